//! The keys in every kubeconfig: real ones, so that kubectl reads them and fails where it should,
//! on the connection. They open nothing, as no cluster listens.
//!
//! They are made once a process, when the first kubeconfig is asked for: a key in the source would
//! look like one that somebody lost.

use std::sync::LazyLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

/// What a kubeconfig holds, each PEM; not to be printed.
#[derive(Default)]
pub(super) struct Keys {
    /// The certificate of the cluster's CA.
    pub(super) authority: String,
    /// The user's certificate, signed by that CA.
    pub(super) certificate: String,
    /// The user's key.
    pub(super) key: String,
}

/// Returns the keys of all clusters.
pub(super) fn of_all() -> &'static Keys {
    // No certificate at all is read by kubectl as well: it fails on the connection, too.
    static KEYS: LazyLock<Keys> = LazyLock::new(|| make().unwrap_or_default());
    &KEYS
}

/// Makes them, with the names that AKS gives.
fn make() -> Result<Keys, Error> {
    let mut ca = named("ca", "")?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    let ca_key = KeyPair::generate()?;
    let authority = ca.self_signed(&ca_key)?.pem();
    let mut user = named("masterclient", "system:masters")?;
    user.is_ca = IsCa::ExplicitNoCa;
    user.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    user.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let certificate = user.signed_by(&key, &Issuer::new(ca, ca_key))?.pem();
    Ok(Keys { authority, certificate, key: key.serialize_pem() })
}

fn named(name: &str, organisation: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.remove(DnType::CommonName);
    if !organisation.is_empty() {
        params.distinguished_name.push(DnType::OrganizationName, organisation);
    }
    params.distinguished_name.push(DnType::CommonName, name);
    // Thirty years, as AKS gives its CA; the same dates always, as no clock is read here.
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2055, 1, 1);
    Ok(params)
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::crypto::aws_lc_rs::sign::any_supported_type;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::sign::CertifiedKey;

    use super::*;

    #[test]
    fn a_tls_client_can_read_them() {
        let keys = make().unwrap();
        let authority = CertificateDer::from_pem_slice(keys.authority.as_bytes()).unwrap();
        RootCertStore::empty().add(authority).unwrap();
        let certificate = CertificateDer::from_pem_slice(keys.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(keys.key.as_bytes()).unwrap();
        let certified = CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap());
        certified.keys_match().unwrap();
    }
}
