//! Which Azure: the endpoints of ARM and of the login, and the scope a token is asked for.

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::http::Url;

use super::error::Error;

/// A cloud: where ARM stands and where one logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    endpoint: Url,
    authority: String,
    login: CloudConfiguration,
}

impl Cloud {
    /// Returns the public cloud.
    pub fn public() -> Self {
        Self::known(
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            CloudConfiguration::AzurePublic,
        )
    }

    /// Returns the cloud of the US government.
    pub fn us_government() -> Self {
        Self::known(
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
            CloudConfiguration::AzureGovernment,
        )
    }

    /// Returns the cloud in China.
    pub fn china() -> Self {
        Self::known(
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            CloudConfiguration::AzureChina,
        )
    }

    /// Returns the embedded Azure: a name that no resolver knows, as nothing leaves the process.
    pub fn sim() -> Self {
        Self::known(
            "https://management.sim.akstool.invalid",
            "https://login.sim.akstool.invalid",
            CloudConfiguration::AzurePublic,
        )
    }

    /// Returns the cloud behind another endpoint; one logs in at `authority`, by default where the
    /// public cloud does.
    pub fn custom(endpoint: &str, authority: Option<&str>) -> Result<Self, Error> {
        let endpoint = https(endpoint)?;
        let Some(authority) = authority else {
            return Ok(Self { endpoint, ..Self::public() });
        };
        let authority = https(authority)?.as_str().trim_end_matches('/').to_owned();
        Ok(Self { endpoint, login: custom_login(&authority), authority })
    }

    /// Returns this cloud with another place to log in, as `AZURE_AUTHORITY_HOST` may say.
    pub fn with_authority(self, authority: &str) -> Result<Self, Error> {
        let authority = https(authority)?.as_str().trim_end_matches('/').to_owned();
        Ok(Self { login: custom_login(&authority), authority, ..self })
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

    /// Returns the scope a token for ARM is asked for.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.endpoint.as_str().trim_end_matches('/'))
    }

    /// Returns the audience of a token that is exchanged for one of this cloud's
    /// (learn.microsoft.com, workload identity federation).
    pub fn exchange(&self) -> &'static str {
        match self.login {
            CloudConfiguration::AzureGovernment => "api://AzureADTokenExchangeUSGov",
            CloudConfiguration::AzureChina => "api://AzureADTokenExchangeChina",
            _ => "api://AzureADTokenExchange",
        }
    }

    /// Returns this cloud as the official SDK wants it.
    pub(crate) fn for_sdk(&self) -> CloudConfiguration {
        self.login.clone()
    }

    fn known(endpoint: &str, authority: &str, login: CloudConfiguration) -> Self {
        let endpoint = Url::parse(endpoint).expect("the endpoints written in this file are URLs");
        Self { endpoint, authority: authority.to_owned(), login }
    }
}

fn custom_login(authority: &str) -> CloudConfiguration {
    let mut custom = CustomConfiguration::default();
    authority.clone_into(&mut custom.authority_host);
    custom.into()
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
    fn plain_http_is_refused_before_a_token_is_asked_for() {
        let error = Cloud::custom("http://localhost", None).unwrap_err();
        assert!(error.to_string().contains("does not begin with `https://`"), "{error}");
        assert!(Cloud::custom("localhost:8443", None).is_err());
        assert!(Cloud::custom("https://user@host", None).is_err());
    }
}
