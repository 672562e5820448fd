//! How the keys are made.

use std::sync::LazyLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

/// Returns what every kubeconfig holds, made once: the CA's certificate, the user's, the user's key.
pub(super) fn of_all() -> [String; 3] {
    static KEYS: LazyLock<[String; 3]> = LazyLock::new(|| make().unwrap_or_default());
    KEYS.clone()
}

/// Makes them, with the names that AKS gives.
fn make() -> Result<[String; 3], Error> {
    let mut ca = named("ca", "")?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    let ca_key = key("akstool sim: authority")?;
    let authority = ca.self_signed(&ca_key)?.pem();
    let mut user = named("masterclient", "system:masters")?;
    user.is_ca = IsCa::ExplicitNoCa;
    user.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    user.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = key("akstool sim: masterclient")?;
    let certificate = user.signed_by(&key, &Issuer::new(ca, ca_key))?.pem();
    Ok([authority, certificate, key.serialize_pem()])
}

/// An Ed25519 key that follows from a word: its PKCS#8 form is a heading and the seed (RFC 8410).
fn key(word: &str) -> Result<KeyPair, Error> {
    const HEADING: [u8; 16] =
        [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let mut pkcs8 = HEADING.to_vec();
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for at in 0..32_usize {
        let byte = word.as_bytes()[at % word.len()];
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        pkcs8.push(state.to_le_bytes()[5]);
    }
    KeyPair::try_from(pkcs8.as_slice())
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
    fn they_are_the_same_each_time() {
        let (one, two) = (make().unwrap(), make().unwrap());
        assert_eq!(one, two);
    }

    #[test]
    fn a_tls_client_can_read_them() {
        let [authority, certificate, key] = make().unwrap();
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
        RootCertStore::empty().add(authority).unwrap();
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let certified = CertifiedKey::new(vec![certificate], any_supported_type(&key).unwrap());
        certified.keys_match().unwrap();
    }
}
