//! The key that messages are signed with, and the certificate that they are verified by.
//!
//! Signatures are of version 2: RSA PKCS #1 with SHA256. The certificate is the key's own: it proves that messages come
//! from whoever serves it, and it is served by the API, under the name of the key. Invariant: one key has one
//! certificate. Source: Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages", 2026.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, PKCS_RSA_SHA256, SerialNumber};
use rustls::pki_types::PrivatePkcs8KeyDer;

/// The one version of signatures that is made, as messages and topics name it.
pub(crate) const SIGNATURE_VERSION: &str = "2";
/// Bytes of the digest that a key is named by.
const NAME_BYTES: usize = 16;

/// Why there is no key, or it does not sign.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The operating system gives no random numbers, or the key is damaged.
    #[error("the key that messages are signed with cannot be made or read")]
    Key,
    /// The certificate of the key cannot be made.
    #[error("the certificate of messages cannot be made")]
    Certificate(#[from] rcgen::Error),
}

/// Signs messages.
pub(crate) struct Signer {
    key: KeyPair,
    certificate: String,
    certificate_path: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("certificate_path", &self.certificate_path)
            .finish_non_exhaustive()
    }
}

/// A new key, as PKCS #8.
///
/// # Errors
/// [`SigningError::Key`]
pub(crate) fn new_key() -> Result<Vec<u8>, SigningError> {
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| SigningError::Key)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| SigningError::Key)?;
    Ok(der.as_ref().to_vec())
}

impl Signer {
    /// The signer with a key, in the name of a host.
    ///
    /// # Errors
    /// See [`SigningError`].
    pub(crate) fn new(pkcs8: &[u8], host: &str) -> Result<Self, SigningError> {
        let key = KeyPair::from_pkcs8(pkcs8).map_err(|_| SigningError::Key)?;
        let own = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(pkcs8),
            &PKCS_RSA_SHA256,
        )?;
        let mut params = CertificateParams::new([host.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, host);
        // The same for ever, so that a certificate that was fetched stays the key's.
        params.serial_number = Some(SerialNumber::from(1));
        let certificate = params.self_signed(&own)?.pem();
        let name = digest::digest(&digest::SHA256, key.public_key().as_ref());
        let name: String = name
            .as_ref()
            .iter()
            .take(NAME_BYTES)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            key,
            certificate,
            certificate_path: format!("/SimpleNotificationService-{name}.pem"),
        })
    }

    /// The certificate, in PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The public half of the key, as DER.
    #[cfg(test)]
    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.key.public_key().as_ref().to_vec()
    }

    /// Where the API serves the certificate.
    pub(crate) fn certificate_path(&self) -> &str {
        &self.certificate_path
    }

    /// The signature of a text, in base64.
    ///
    /// # Errors
    /// [`SigningError::Key`]
    pub(crate) fn sign(&self, text: &str) -> Result<String, SigningError> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        let text = text.as_bytes();
        let signed = self
            .key
            .sign(&RSA_PKCS1_SHA256, &random, text, &mut signature);
        signed.map_err(|_| SigningError::Key)?;
        Ok(STANDARD.encode(signature))
    }
}
