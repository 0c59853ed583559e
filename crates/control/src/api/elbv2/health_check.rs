//! Health check parameters of `CreateTargetGroup` and `ModifyTargetGroup`.

use aws_wire::{ApiError, enumeration, structure};
use model::command::{HealthCheckSettings, ProbeKind};
use model::target_group::{HealthCheckPort, StatusMatcher};

use super::view::target_group::TRAFFIC_PORT;

enumeration! {
    /// A protocol of health checks.
    pub(super) enum HealthCheckProtocol {
        /// A connection.
        Tcp = "TCP",
        /// A request.
        Http = "HTTP",
        /// A request over TLS, which is refused.
        Https = "HTTPS",
    }
}

structure! {
    /// What HTTP checks expect.
    pub(super) struct MatcherParam("ELBv2 API reference, Matcher") {
        /// Status codes: `200-399`, `200,204`.
        http_code: Option<String> = "HttpCode",
    }
    refused {
        /// There is no gRPC.
        "GrpcCode": Option<String>,
    }
}

structure! {
    /// How targets are checked. The model knows the bounds.
    pub(super) struct HealthCheckParams("ELBv2 API reference, CreateTargetGroup") {
        /// Protocol.
        protocol: Option<HealthCheckProtocol> = "HealthCheckProtocol",
        /// Port, or `traffic-port`.
        port: Option<String> = "HealthCheckPort",
        /// Path.
        path: Option<String> = "HealthCheckPath",
        /// Seconds between checks.
        interval_seconds: Option<u32> = "HealthCheckIntervalSeconds",
        /// Seconds that a check waits.
        timeout_seconds: Option<u32> = "HealthCheckTimeoutSeconds",
        /// Successes until healthy.
        healthy_threshold: Option<u32> = "HealthyThresholdCount",
        /// Failures until unhealthy.
        unhealthy_threshold: Option<u32> = "UnhealthyThresholdCount",
        /// What HTTP checks expect.
        matcher: Option<MatcherParam> = "Matcher",
    }
    refused {
        /// Targets are always checked.
        "HealthCheckEnabled" except ["true"]: Option<bool>,
    }
}

impl HealthCheckParams {
    /// In the model's words.
    ///
    /// # Errors
    /// `ValidationError` for a port or status codes that are none; `UnsupportedOperation` for HTTPS.
    pub(super) fn settings(&self) -> Result<HealthCheckSettings, ApiError> {
        let codes = self
            .matcher
            .as_ref()
            .and_then(|matcher| matcher.http_code.as_deref());
        let protocol = match self.protocol {
            None => None,
            Some(HealthCheckProtocol::Tcp) => Some(ProbeKind::Tcp),
            Some(HealthCheckProtocol::Http) => Some(ProbeKind::Http),
            Some(HealthCheckProtocol::Https) => {
                return Err(ApiError::unsupported_value(
                    "HealthCheckProtocol",
                    "Targets are checked by TCP and HTTP.",
                ));
            }
        };
        Ok(HealthCheckSettings {
            protocol,
            port: self.port.as_deref().map(port).transpose()?,
            path: self.path.clone(),
            matcher: codes.map(matcher).transpose()?,
            interval_secs: self.interval_seconds,
            timeout_secs: self.timeout_seconds,
            healthy_threshold: self.healthy_threshold,
            unhealthy_threshold: self.unhealthy_threshold,
        })
    }
}

fn port(text: &str) -> Result<HealthCheckPort, ApiError> {
    if text == TRAFFIC_PORT {
        return Ok(HealthCheckPort::Traffic);
    }
    let port = text.parse().ok().filter(|port| *port > 0);
    port.map(HealthCheckPort::Port).ok_or_else(|| {
        let message = format!("Health check port '{text}' must be '{TRAFFIC_PORT}' or 1 to 65535");
        ApiError::client("ValidationError", message)
    })
}

fn matcher(text: &str) -> Result<StatusMatcher, ApiError> {
    StatusMatcher::new(text).ok_or_else(|| {
        let message = format!("Health check matcher HTTP code '{text}' must be within '200-599'");
        ApiError::client("ValidationError", message)
    })
}
