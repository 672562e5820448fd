//! The certificate a server shows: made at start by a CA that exists for nothing else, or read.
//!
//! A client must trust the CA's certificate, which is the only thing written to a file. The CA's
//! key signs once and is gone, so nobody can ever sign a second certificate with it; the leaf's
//! key stays in memory. Two certificates are needed because rustls refuses a CA as a server's own.

use std::io::{Error as IoError, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

use super::Error;
use super::token::wall;

/// How long a made certificate is good; chosen, because a rehearsal lasts hours and every client
/// accepts so short a life.
const LIFE: Duration = Duration::days(30);

/// Who the server is.
pub(super) struct Identity {
    /// Greets clients.
    pub(super) acceptor: TlsAcceptor,
    /// What clients must trust, PEM.
    pub(super) ca_file: PathBuf,
    /// Goes with the server.
    _folder: Option<TempDir>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("ca_file", &self.ca_file).finish_non_exhaustive()
    }
}

impl Identity {
    /// Makes a CA and a certificate for these names, and writes the CA's certificate.
    pub(super) fn make(names: &[String], ca_file: Option<&Path>) -> Result<Self, Error> {
        let (ca, leaf, key) = sign(names).map_err(|error| Error::Making(error.to_string()))?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let acceptor =
            acceptor(vec![leaf], key).map_err(|error| Error::Making(error.to_string()))?;
        let (path, folder) = match ca_file {
            Some(path) => (path.to_owned(), None),
            None => temporary()?,
        };
        let path = write(&path, ca.as_bytes())
            .map_err(|source| Error::File { path: path.clone(), source })?;
        Ok(Self { acceptor, ca_file: path, _folder: folder })
    }

    /// Reads a chain and its key.
    pub(super) fn read(chain: &Path, key: &Path) -> Result<Self, Error> {
        let wrong =
            |path: &Path, reason: String| Error::Certificate { path: path.to_owned(), reason };
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
        };
        let certificates = CertificateDer::pem_slice_iter(&read(chain)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(chain, error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong(chain, "it holds no certificate in PEM form".to_owned()));
        }
        let private = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|_| wrong(key, "it holds no private key in PEM form".to_owned()))?;
        let acceptor =
            acceptor(certificates, private).map_err(|error| wrong(chain, error.to_string()))?;
        let ca_file = std::path::absolute(chain).unwrap_or_else(|_| chain.to_owned());
        Ok(Self { acceptor, ca_file, _folder: None })
    }
}

fn temporary() -> Result<(PathBuf, Option<TempDir>), Error> {
    let folder = tempfile::Builder::new().prefix("akstool-sim-").tempdir();
    let folder = folder.map_err(|source| Error::File { path: std::env::temp_dir(), source })?;
    Ok((folder.path().join("ca.pem"), Some(folder)))
}

/// Writes a file in one go; who reads it sees all of it.
fn write(path: &Path, text: &[u8]) -> Result<PathBuf, IoError> {
    let path = std::path::absolute(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(path)
}

/// Returns the CA's certificate as PEM, the leaf and the leaf's key.
fn sign(names: &[String]) -> Result<(String, CertificateDer<'static>, KeyPair), rcgen::Error> {
    let mut ca = dated(CertificateParams::new(Vec::new())?);
    ca.distinguished_name = named("akstool sim CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_key = KeyPair::generate()?;
    let ca_certificate = ca.self_signed(&ca_key)?;
    let mut leaf = dated(CertificateParams::new(names.to_vec())?);
    leaf.distinguished_name = named("akstool sim");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Python refuses a leaf without it since 3.13.
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let signed = leaf.signed_by(&key, &Issuer::new(ca, ca_key))?;
    Ok((ca_certificate.pem(), signed.into(), key))
}

fn named(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::CommonName, name);
    full
}

fn dated(mut params: CertificateParams) -> CertificateParams {
    let now = OffsetDateTime::from(wall());
    // A day back, for machines whose clock is behind.
    params.not_before = now - Duration::DAY;
    params.not_after = now + LIFE;
    params
}

fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
