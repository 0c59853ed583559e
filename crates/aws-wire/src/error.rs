//! The errors a caller sees: AWS's code, HTTP status and text.
//!
//! Not the errors of our own parts: those become [`ApiError::internal`] after being logged. Invariant: a status of
//! 500 and above is the receiver's fault, anything else the sender's. Source: EC2 API reference, "Error codes";
//! "Common errors" of the query services; statuses and texts as seen in public reports, 2026.

mod messaging;
mod rejection;

#[cfg(test)]
mod tests;

pub use rejection::{rejection_error, tag_error};

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;

use crate::service::{Dialect, Service};

/// How many characters of a caller's own text an error repeats.
const ECHO_CHARS_MAX: usize = 128;

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} ({status}): {message}")]
pub struct ApiError {
    code: Cow<'static, str>,
    status: StatusCode,
    message: String,
}

/// Whose fault an error is; the query dialect tells it to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request's.
    Sender,
    /// The service's.
    Receiver,
}

impl Fault {
    /// As it stands in an error body.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "Sender",
            Self::Receiver => "Receiver",
        }
    }
}

impl ApiError {
    /// An error with a status of its own. Most have one of the constructors below.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            status,
            message: message.into(),
        }
    }

    /// A refusal with status 400, as nearly all are.
    pub fn client(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// AWS's code, for example `InvalidVpcID.NotFound`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The HTTP status of the response.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        if self.status.is_server_error() {
            Fault::Receiver
        } else {
            Fault::Sender
        }
    }
}

/// Errors about which action is called.
impl ApiError {
    /// There is no `Action` parameter.
    pub fn missing_action() -> Self {
        Self::client(
            "MissingAction",
            "The request must contain the parameter Action",
        )
    }

    /// The service has no such action, or it is not served here.
    pub fn invalid_action(service: Service, action: &str, version: &str) -> Self {
        let action = echo(action);
        let message = match service.dialect() {
            Dialect::Ec2 => format!("The action {action} is not valid for this web service."),
            Dialect::Query | Dialect::Sns => {
                format!(
                    "Could not find operation {action} for version {}",
                    echo(version)
                )
            }
        };
        Self::client("InvalidAction", message)
    }

    /// `Version` names another edition of the API.
    pub fn no_such_version(service: Service, version: &str) -> Self {
        let message = format!(
            "The requested version ({}) of service {service} does not exist",
            echo(version)
        );
        Self::client("NoSuchVersion", message)
    }

    /// The parameters as a whole are not a well-formed form.
    pub fn malformed_query(message: impl fmt::Display) -> Self {
        Self::client("MalformedQueryString", message.to_string())
    }
}

/// Errors about single parameters that have one form in both dialects, or belong to one of them.
impl ApiError {
    /// The action has no such parameter.
    pub fn unknown_parameter(path: impl fmt::Display) -> Self {
        let path = path.to_string();
        Self::client(
            "UnknownParameter",
            format!("The parameter {} is not recognized", echo(&path)),
        )
    }

    /// AWS has the parameter, and it is not offered here, whatever its value; `why` is a sentence.
    pub fn unsupported_parameter(path: impl fmt::Display, why: &str) -> Self {
        let path = path.to_string();
        let message = format!("The parameter {} is not supported. {why}", echo(&path));
        Self::client("UnsupportedOperation", message)
    }

    /// AWS has this value of the parameter, and it is not offered here; `why` is a sentence.
    pub fn unsupported_value(path: impl fmt::Display, why: &str) -> Self {
        let path = path.to_string();
        let message = format!(
            "The parameter {} is not supported with this value. {why}",
            echo(&path)
        );
        Self::client("UnsupportedOperation", message)
    }

    /// Parameters that do not go together, or lack one another.
    pub fn invalid_combination(dialect: Dialect, message: impl Into<String>) -> Self {
        match dialect {
            Dialect::Ec2 => Self::client("InvalidParameterCombination", message),
            Dialect::Query => Self::client("ValidationError", message),
            Dialect::Sns => Self::client("InvalidParameter", message),
        }
    }

    /// A page token that this server did not make for this very question.
    pub fn invalid_page_token(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Ec2 => {
                Self::client("InvalidNextToken", "The specified NextToken is not valid.")
            }
            Dialect::Query => Self::client("ValidationError", "The specified Marker is not valid."),
            Dialect::Sns => Self::client("InvalidParameter", "Invalid parameter: NextToken"),
        }
    }

    /// A client token that was used with other parameters before.
    pub fn idempotent_parameter_mismatch(token: &str) -> Self {
        let message = format!(
            "The client token '{}' was used before with different request parameters.",
            echo(token)
        );
        Self::client("IdempotentParameterMismatch", message)
    }
}

/// Errors about what the caller may do, and about the service's own state.
impl ApiError {
    /// The end of every EC2 request with `DryRun` that would have succeeded.
    pub fn dry_run_operation() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        )
    }

    /// The caller is known and may not do this; `reason` is the sentence that says who may not do what to what and why.
    pub fn access_denied(dialect: Dialect, reason: impl fmt::Display) -> Self {
        match dialect {
            Dialect::Ec2 => Self::new(
                StatusCode::FORBIDDEN,
                "UnauthorizedOperation",
                format!("You are not authorized to perform this operation. {reason}"),
            ),
            Dialect::Query => Self::new(StatusCode::FORBIDDEN, "AccessDenied", reason.to_string()),
            Dialect::Sns => Self::new(
                StatusCode::FORBIDDEN,
                "AuthorizationError",
                reason.to_string(),
            ),
        }
    }

    /// The caller asks too often.
    pub fn throttled(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Ec2 => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "RequestLimitExceeded",
                "Request limit exceeded.",
            ),
            Dialect::Query => Self::client("Throttling", "Rate exceeded"),
            Dialect::Sns => Self::new(StatusCode::TOO_MANY_REQUESTS, "Throttled", "Rate exceeded"),
        }
    }

    /// The service cannot answer now; SDKs try again.
    pub fn unavailable(dialect: Dialect) -> Self {
        let code = match dialect {
            Dialect::Ec2 => "Unavailable",
            Dialect::Query | Dialect::Sns => "ServiceUnavailable",
        };
        let message = "The service is unavailable. Please try again shortly.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    /// A fault of ours. Tells the caller nothing; the log has the cause under the request's id.
    pub fn internal(dialect: Dialect) -> Self {
        let code = match dialect {
            Dialect::Ec2 => "InternalError",
            Dialect::Query => "InternalFailure",
            Dialect::Sns => "InternalError",
        };
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            code,
            "An internal error has occurred",
        )
    }
}

/// A caller's text as an error repeats it: at most [`ECHO_CHARS_MAX`] characters.
pub(crate) fn echo(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(ECHO_CHARS_MAX) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}...", text.get(..end).unwrap_or_default())),
    }
}
