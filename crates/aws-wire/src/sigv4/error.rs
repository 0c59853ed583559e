//! Why a request is not authenticated, and what each service answers then.
//!
//! Not authorisation: that is decided after the caller is known. Invariant: no text holds a secret, the received or
//! computed signature, or the canonical request. Source: texts and statuses as answered by AWS in public reports;
//! EC2 API reference, "Error codes"; "Common errors" of the query services, 2026.

use http::StatusCode;

use crate::error::ApiError;
use crate::service::Dialect;

/// A request whose sender could not be established. The text is what the query services answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// `Credential` is not an access key and a scope.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
    )]
    CredentialShape,
    /// The date is not in a known form.
    #[error("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601.")]
    DateShape,
    /// Signed longer than 15 minutes ago.
    #[error("Signature expired: {signed_at} is now earlier than {limit} ({now} - 15 min.)")]
    Expired {
        /// When it was signed.
        signed_at: String,
        /// The bound that it missed.
        limit: String,
        /// The server's time.
        now: String,
    },
    /// A field of the Authorization header is absent.
    #[error("Authorization header requires '{0}' parameter.")]
    FieldMissing(&'static str),
    /// A field of the Authorization header is there twice, is unknown or has no value.
    #[error(
        "Authorization header is not a list of distinct Credential, SignedHeaders and Signature key=value pairs."
    )]
    FieldShape,
    /// The request's date is absent.
    #[error("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")]
    DateMissing,
    /// A header listed as signed is not in the request.
    #[error(
        "The header '{0}' is a 'SignedHeader' in the AWS Authorization but not in the request."
    )]
    HeaderAbsent(String),
    /// A header that had to be signed was not.
    #[error("'{0}' must be a 'SignedHeader' in the AWS Authorization.")]
    HeaderNotSigned(String),
    /// A header that must be single is there twice, or has bytes outside visible ASCII.
    #[error("The header '{0}' must occur once, in visible ASCII.")]
    HeaderShape(&'static str),
    /// `host` is not among the signed headers.
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    /// The signature is not that of this request under the secret.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
    /// There is no Authorization header.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// Signed for a time further ahead than 15 minutes.
    #[error("Signature not yet current: {signed_at} is still later than {limit} ({now} + 15 min.)")]
    NotYetCurrent {
        /// When it was signed.
        signed_at: String,
        /// The bound that it missed.
        limit: String,
        /// The server's time.
        now: String,
    },
    /// The declared payload hash is not that of the body.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    Payload,
    /// The credentials are in the query string (a presigned URL).
    #[error(
        "Authentication by query string parameters is not supported; sign with the Authorization header."
    )]
    Presigned,
    /// The query string is not well-formed.
    #[error("The query string contains a syntax error.")]
    QuerySyntax,
    /// The scope names another day than the request's date.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{signed_at}'."
    )]
    ScopeDate {
        /// The scope's day.
        scope: String,
        /// The request's date.
        signed_at: String,
    },
    /// The scope names a region that is not served here.
    #[error(
        "Credential should be scoped to a valid region, not '{scope}'. This installation serves '{served}'."
    )]
    ScopeRegion {
        /// The scope's region.
        scope: String,
        /// The one that is served.
        served: String,
    },
    /// The scope names a service that is not served here.
    #[error("The service '{0}' is not offered here.")]
    ScopeService(String),
    /// The scope does not end in `aws4_request`.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request'.")]
    ScopeTerminator,
    /// `Signature` is not 64 lower-case hexadecimal digits.
    #[error("Signature must be 64 lower-case hexadecimal digits.")]
    SignatureShape,
    /// `SignedHeaders` is not a sorted list of distinct lower-case names.
    #[error(
        "SignedHeaders must be a sorted, semicolon-delimited list of distinct lower-case names."
    )]
    SignedHeadersShape,
    /// A session token that has run out. Found by the caller of this module, who keeps the tokens.
    #[error("The security token included in the request is expired")]
    TokenExpired,
    /// No such access key, or a session token that does not belong to it. Found by the caller of this module.
    #[error("The security token included in the request is invalid.")]
    UnknownAccessKey,
    /// Another algorithm than `AWS4-HMAC-SHA256`.
    #[error("Unsupported AWS 'algorithm' in the Authorization header; use 'AWS4-HMAC-SHA256'.")]
    UnsupportedAlgorithm,
}

/// What kinds of answer there are; each dialect has one per kind.
enum Kind {
    Clock,
    Incomplete,
    Missing,
    QuerySyntax,
    Signature,
    TokenExpired,
    UnknownAccessKey,
    UnknownService,
    Unsupported,
}

impl AuthError {
    const fn kind(&self) -> Kind {
        match self {
            Self::Expired { .. } | Self::NotYetCurrent { .. } => Kind::Clock,
            Self::CredentialShape
            | Self::DateMissing
            | Self::DateShape
            | Self::FieldMissing(_)
            | Self::FieldShape
            | Self::HeaderShape(_)
            | Self::SignatureShape
            | Self::SignedHeadersShape
            | Self::UnsupportedAlgorithm => Kind::Incomplete,
            Self::Missing => Kind::Missing,
            Self::QuerySyntax => Kind::QuerySyntax,
            Self::HeaderAbsent(_)
            | Self::HeaderNotSigned(_)
            | Self::HostNotSigned
            | Self::Mismatch
            | Self::Payload
            | Self::ScopeDate { .. }
            | Self::ScopeRegion { .. }
            | Self::ScopeTerminator => Kind::Signature,
            Self::TokenExpired => Kind::TokenExpired,
            Self::UnknownAccessKey => Kind::UnknownAccessKey,
            Self::Presigned => Kind::Unsupported,
            Self::ScopeService(_) => Kind::UnknownService,
        }
    }

    /// EC2's words for credentials that could not be validated. Which region is served is no secret, and is what most
    /// often explains them.
    fn told_by_ec2(&self) -> String {
        let message = "AWS was not able to validate the provided access credentials";
        if let Self::ScopeRegion { scope, served } = self {
            return format!(
                "{message}: this installation serves the region '{served}', not '{scope}'"
            );
        }
        message.to_owned()
    }

    /// What a service of this dialect answers.
    ///
    /// EC2 tells a stranger only that the credentials could not be validated, and which region is served; the query
    /// services say why.
    pub fn to_api_error(&self, dialect: Dialect) -> ApiError {
        let (status, code) = match (self.kind(), dialect) {
            (Kind::Incomplete, _) => (StatusCode::BAD_REQUEST, "IncompleteSignature"),
            (Kind::Missing, _) => (StatusCode::FORBIDDEN, "MissingAuthenticationToken"),
            (Kind::Unsupported, _) => (StatusCode::BAD_REQUEST, "UnsupportedOperation"),
            // One port has all services: an unknown one is an unknown action, not a wrong key.
            (Kind::UnknownService, _) => (StatusCode::BAD_REQUEST, "InvalidAction"),
            (Kind::QuerySyntax, _) => (StatusCode::BAD_REQUEST, "MalformedQueryString"),
            (Kind::Clock | Kind::TokenExpired, Dialect::Ec2) => {
                return ApiError::client("RequestExpired", "Request has expired.");
            }
            (Kind::Signature | Kind::UnknownAccessKey, Dialect::Ec2) => {
                return ApiError::new(StatusCode::UNAUTHORIZED, "AuthFailure", self.told_by_ec2());
            }
            (Kind::Clock | Kind::Signature, Dialect::Query | Dialect::Sns) => {
                (StatusCode::FORBIDDEN, "SignatureDoesNotMatch")
            }
            (Kind::TokenExpired, Dialect::Query | Dialect::Sns) => {
                (StatusCode::FORBIDDEN, "ExpiredToken")
            }
            (Kind::UnknownAccessKey, Dialect::Query | Dialect::Sns) => {
                (StatusCode::FORBIDDEN, "InvalidClientTokenId")
            }
        };
        ApiError::new(status, code, self.to_string())
    }
}
