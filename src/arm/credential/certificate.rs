//! A certificate with its private key, from a file: PEM, or PKCS#12 (`.pfx`, `.p12`) as Azure's own
//! tools and Windows keep it. Which of the two it is, the content tells.

use std::path::Path;

use p12_keystore::KeyStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Secret;

/// A chain, the own certificate first, and the key of that certificate.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads a file; the error says what is wrong with it, on one line.
    pub(super) fn read(path: &Path, password: Option<&Secret>) -> Result<Self, String> {
        let shown = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        if bytes.windows(10).any(|window| window == b"-----BEGIN") {
            return Self::of_pem(&bytes, &shown);
        }
        // Every PKCS#12 file is one ASN.1 sequence.
        if bytes.first() == Some(&0x30) {
            return Self::of_pkcs12(&bytes, &shown, password);
        }
        Err(format!("`{shown}` is neither PEM nor PKCS#12 (.pfx)"))
    }

    fn of_pem(bytes: &[u8], shown: &str) -> Result<Self, String> {
        if bytes.windows(21).any(|window| window == b"ENCRYPTED PRIVATE KEY") {
            return Err(format!(
                "the key in `{shown}` is encrypted; take the password off with \
                 `openssl pkey -in {shown} -out key.pem` and put certificate and key in one file"
            ));
        }
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(bytes).collect::<Result<_, _>>().map_err(|error| {
                format!("`{shown}` holds a certificate that cannot be read: {error}")
            })?;
        if chain.is_empty() {
            return Err(format!("`{shown}` holds no certificate"));
        }
        let key = PrivateKeyDer::from_pem_slice(bytes)
            .map_err(|_| format!("`{shown}` holds no private key"))?;
        Ok(Self { chain, key })
    }

    fn of_pkcs12(bytes: &[u8], shown: &str, password: Option<&Secret>) -> Result<Self, String> {
        // A file "without a password", as Key Vault gives it, is encrypted with an empty one.
        let word = password.map_or("", Secret::reveal);
        let store =
            KeyStore::from_pkcs12(bytes, word).map_err(|error| match (error, password) {
                (p12_keystore::error::Error::MacError(_), Some(_)) => {
                    format!("AZURE_CLIENT_CERTIFICATE_PASSWORD does not open `{shown}`")
                }
                (p12_keystore::error::Error::MacError(_), None) => {
                    format!(
                        "`{shown}` has a password: AZURE_CLIENT_CERTIFICATE_PASSWORD is not set"
                    )
                }
                (error, _) => format!(
                    "`{shown}` cannot be read as PKCS#12 ({error}); \
                 `openssl pkcs12 -in {shown} -out certificate.pem -nodes` makes PEM of it"
                ),
            })?;
        let (_, found) = store
            .private_key_chain()
            .ok_or_else(|| format!("`{shown}` holds no private key with its certificate"))?;
        let key = PrivateKeyDer::try_from(found.key().to_vec())
            .map_err(|_| format!("the key in `{shown}` cannot be used"))?;
        let chain = found.chain().iter().map(|one| one.as_der().to_vec().into()).collect();
        Ok(Self { chain, key })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use p12_keystore::{
        Certificate, EncryptionAlgorithm, KeyStoreEntry, MacAlgorithm, PrivateKeyChain,
    };
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

    use super::*;

    /// A key and a certificate that it signed.
    fn made() -> (KeyPair, rcgen::Certificate) {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let params = CertificateParams::new(vec!["app".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (key, certificate)
    }

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn read(bytes: &[u8], password: Option<&str>) -> Result<Identity, String> {
        Identity::read(written(bytes).path(), password.map(Secret::new).as_ref())
    }

    #[test]
    fn a_pkcs12_file_opens_with_its_password_and_no_other() {
        use EncryptionAlgorithm::{PbeWithHmacSha256AndAes256, PbeWithShaAnd3KeyTripleDesCbc};
        let (key, certificate) = made();
        let entry = Certificate::from_der(certificate.der()).unwrap();
        let entry = PrivateKeyChain::new(key.serialize_der(), [1, 2, 3], [entry]);
        let mut store = KeyStore::new();
        store.add_entry("app", KeyStoreEntry::PrivateKeyChain(entry));
        for (encryption, mac) in [
            (PbeWithHmacSha256AndAes256, MacAlgorithm::HmacSha256),
            (PbeWithShaAnd3KeyTripleDesCbc, MacAlgorithm::HmacSha1),
        ] {
            let writer = |word| {
                let writer = store.writer(word).encryption_algorithm(encryption);
                writer.encryption_iterations(2).mac_algorithm(mac).write().unwrap()
            };
            let found = read(&writer("planted"), Some("planted")).unwrap();
            assert_eq!(found.chain, [certificate.der().clone()]);
            assert_eq!(found.key.secret_der(), key.serialize_der());
            assert!(read(&writer(""), None).is_ok(), "as Key Vault gives it");
            let reason = read(&writer("planted"), Some("wrong")).unwrap_err();
            assert!(reason.contains("PASSWORD does not open"), "{reason}");
            let reason = read(&writer("planted"), None).unwrap_err();
            assert!(reason.contains("PASSWORD is not set"), "{reason}");
        }
    }

    #[test]
    fn what_openssl_exports_is_read_old_and_new() {
        let (key, certificate) = made();
        let folder = tempfile::tempdir().unwrap();
        let (pem, pfx) = (folder.path().join("app.pem"), folder.path().join("app.pfx"));
        std::fs::write(&pem, certificate.pem() + &key.serialize_pem()).unwrap();
        let ways: [&[&str]; 4] = [
            &[],
            &["-legacy"],
            &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
            &["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC"],
        ];
        for way in ways {
            for word in ["planted", ""] {
                let mut openssl = Command::new("openssl");
                openssl.args(["pkcs12", "-export", "-in"]).arg(&pem).arg("-out").arg(&pfx);
                openssl.arg("-passout").arg(format!("pass:{word}")).args(way);
                // A machine without openssl, or without its old algorithms, has nothing to show.
                if !openssl.output().is_ok_and(|output| output.status.success()) {
                    continue;
                }
                let found = Identity::read(&pfx, Some(&Secret::new(word))).unwrap();
                assert_eq!(found.chain, [certificate.der().clone()], "{way:?}");
            }
        }
    }

    #[test]
    fn what_is_no_certificate_is_named() {
        let reason = read(b"hello", None).unwrap_err();
        assert!(reason.contains("neither PEM nor PKCS#12"), "{reason}");
        let reason = read(&[0x30, 0x82, 0, 1], None).unwrap_err();
        assert!(reason.contains("openssl pkcs12 -in"), "{reason}");
        let reason = read(b"-----BEGIN ENCRYPTED PRIVATE KEY-----", None).unwrap_err();
        assert!(reason.contains("is encrypted"), "{reason}");
    }
}
