//! Which Azure: the endpoints of ARM and of the login, and the scope a token is asked for.

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::http::Url;

use super::error::Error;

/// Azure's clouds, each with a directory and names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Public,
    UsGovernment,
    China,
}

impl Base {
    /// Returns whose login a host is, if it is a known one: Microsoft's list of national clouds'
    /// endpoints, with the older name of China's.
    fn of_login(host: &str) -> Option<Self> {
        match host {
            "login.microsoftonline.com" => Some(Self::Public),
            "login.microsoftonline.us" => Some(Self::UsGovernment),
            "login.chinacloudapi.cn" | "login.partner.microsoftonline.cn" => Some(Self::China),
            _ => None,
        }
    }

    fn authority(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::UsGovernment => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    fn endpoint(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com",
            Self::UsGovernment => "https://management.usgovcloudapi.net",
            Self::China => "https://management.chinacloudapi.cn",
        }
    }
}

/// A cloud: where ARM stands and where one logs in. Either may be another place than the named
/// cloud's; the rest stays that cloud's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    base: Base,
    endpoint: Url,
    authority: String,
}

impl Cloud {
    /// Returns the public cloud.
    pub fn public() -> Self {
        Self::known(Base::Public)
    }

    /// Returns the cloud of the US government.
    pub fn us_government() -> Self {
        Self::known(Base::UsGovernment)
    }

    /// Returns the cloud in China.
    pub fn china() -> Self {
        Self::known(Base::China)
    }

    /// Returns the embedded Azure: a name that no resolver knows, as nothing leaves the process.
    pub fn sim() -> Self {
        let authority = "https://login.sim.akstool.invalid".to_owned();
        let endpoint = written("https://management.sim.akstool.invalid");
        Self { base: Base::Public, endpoint, authority }
    }

    /// Returns the cloud behind another endpoint; one logs in at `authority`, by default where the
    /// public cloud does.
    pub fn custom(endpoint: &str, authority: Option<&str>) -> Result<Self, Error> {
        let cloud = Self::public().with_endpoint(endpoint)?;
        match authority {
            Some(authority) => cloud.with_authority(authority),
            None => Ok(cloud),
        }
    }

    /// Returns this cloud with another ARM, as `--arm-endpoint` may say.
    pub fn with_endpoint(self, endpoint: &str) -> Result<Self, Error> {
        Ok(Self { endpoint: https(endpoint)?, ..self })
    }

    /// Returns this cloud with another place to log in, as `AZURE_AUTHORITY_HOST` may say.
    pub fn with_authority(self, authority: &str) -> Result<Self, Error> {
        let authority = https(authority)?.as_str().trim_end_matches('/').to_owned();
        Ok(Self { authority, ..self })
    }

    /// Returns the URL of ARM.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Returns the URL of the login, without a slash at its end.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Tells whether ARM and the login are two servers, so that a connection to one is none to the
    /// other.
    pub fn stands_apart(&self) -> bool {
        let place = |url: &Url| (url.host_str().map(str::to_owned), url.port_or_known_default());
        Url::parse(&self.authority).map_or(true, |login| place(&login) != place(&self.endpoint))
    }

    /// Returns the scope a token for ARM is asked for: that of the endpoint, and of the cloud's ARM
    /// where the endpoint is one of its regions, for which no token of its own is given out.
    pub fn scope(&self) -> String {
        let home = written(self.base.endpoint());
        let (host, whole) = (self.endpoint.host_str(), home.host_str());
        let region = host.zip(whole).and_then(|(host, whole)| host.strip_suffix(whole));
        let endpoint =
            if region.is_some_and(|region| region.ends_with('.')) { &home } else { &self.endpoint };
        format!("{}/.default", endpoint.as_str().trim_end_matches('/'))
    }

    /// Returns the audience of a token that is exchanged for one of this cloud's
    /// (learn.microsoft.com, workload identity federation). A login that is known tells whose it is,
    /// as AKS and others set `AZURE_AUTHORITY_HOST` where nobody names the cloud.
    pub fn exchange(&self) -> &'static str {
        let login = Url::parse(&self.authority).ok();
        let known = login.as_ref().and_then(Url::host_str).and_then(Base::of_login);
        match known.unwrap_or(self.base) {
            Base::Public => "api://AzureADTokenExchange",
            Base::UsGovernment => "api://AzureADTokenExchangeUSGov",
            Base::China => "api://AzureADTokenExchangeChina",
        }
    }

    /// Returns this cloud as the official SDK wants it: the SDK only asks where one logs in.
    pub(crate) fn for_sdk(&self) -> CloudConfiguration {
        let mut custom = CustomConfiguration::default();
        self.authority.clone_into(&mut custom.authority_host);
        custom.into()
    }

    fn known(base: Base) -> Self {
        let authority = base.authority().to_owned();
        Self { base, endpoint: written(base.endpoint()), authority }
    }
}

fn written(url: &str) -> Url {
    Url::parse(url).expect("the endpoints written in this file are URLs")
}

fn https(text: &str) -> Result<Url, Error> {
    let wrong = |why: &str| Error::Url { url: super::error::clean(text), why: why.to_owned() };
    let url = Url::parse(text.trim()).map_err(|_| wrong("is no URL"))?;
    if url.scheme() != "https" {
        return Err(wrong("does not begin with `https://`, and tokens are sent to no other"));
    }
    if url.host_str().is_none() || url.query().is_some() || !url.username().is_empty() {
        return Err(wrong("must be a host with an optional port and path"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_asked_for_the_cloud_it_is_sent_to() {
        assert_eq!(Cloud::public().scope(), "https://management.azure.com/.default");
        assert_eq!(Cloud::china().scope(), "https://management.chinacloudapi.cn/.default");
        let own =
            Cloud::custom("https://localhost:8443/", Some("https://localhost:8443/")).unwrap();
        assert_eq!(own.scope(), "https://localhost:8443/.default");
        assert_eq!(own.authority(), "https://localhost:8443");
        assert!(!own.stands_apart() && Cloud::public().stands_apart());
    }

    #[test]
    fn a_cloud_stays_itself_where_one_of_its_places_is_another() {
        let gov = Cloud::us_government().with_endpoint("https://arm.example:8443").unwrap();
        assert_eq!(gov.authority(), "https://login.microsoftonline.us");
        assert_eq!(gov.scope(), "https://arm.example:8443/.default");
        assert_eq!(gov.exchange(), "api://AzureADTokenExchangeUSGov");
        let china = Cloud::china().with_authority("https://login.example/").unwrap();
        assert_eq!(china.scope(), "https://management.chinacloudapi.cn/.default");
        assert_eq!(china.exchange(), "api://AzureADTokenExchangeChina");
    }

    #[test]
    fn a_login_that_is_known_tells_the_cloud_whose_tokens_are_exchanged() {
        for (host, audience) in [
            ("https://login.microsoftonline.us/", "api://AzureADTokenExchangeUSGov"),
            ("https://login.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
            ("https://login.microsoftonline.com/", "api://AzureADTokenExchange"),
            ("https://login.example", "api://AzureADTokenExchange"),
        ] {
            let cloud = Cloud::public().with_authority(host).unwrap();
            assert_eq!(cloud.exchange(), audience, "{host}");
        }
    }

    #[test]
    fn a_region_of_arm_takes_the_tokens_of_the_whole() {
        let region = Cloud::public().with_endpoint("https://westeurope.management.azure.com");
        assert_eq!(region.unwrap().scope(), "https://management.azure.com/.default");
        let other = Cloud::public().with_endpoint("https://notmanagement.azure.com").unwrap();
        assert_eq!(other.scope(), "https://notmanagement.azure.com/.default");
    }

    #[test]
    fn plain_http_is_refused_before_a_token_is_asked_for() {
        let error = Cloud::custom("http://localhost", None).unwrap_err();
        assert!(error.to_string().contains("does not begin with `https://`"), "{error}");
        assert!(Cloud::custom("localhost:8443", None).is_err());
        assert!(Cloud::custom("https://user@host", None).is_err());
    }
}
