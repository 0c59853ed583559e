//! The resolvers that are asked about names that are not Adit's: by instances through their VPC's resolver, and by Adit
//! itself when it verifies domains.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use control::{DomainTexts, TextsUnknown};
use dns::{DNS_PORT, Forwarder, HostSockets, Limits, Upstreams};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Reads `ADDR[:PORT]`, the form of `--resolver`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let with_port = text.parse::<SocketAddr>();
    let plain = || {
        text.parse::<IpAddr>()
            .map(|ip| SocketAddr::new(ip, DNS_PORT))
    };
    with_port.or_else(|_| plain()).map_err(|_| {
        format!("'{text}' is no address like 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353")
    })
}

/// The resolvers that an operator named, or else the host's.
///
/// # Errors
/// More than can be asked.
pub(crate) fn upstreams(named: &[SocketAddr]) -> anyhow::Result<Upstreams> {
    let most = Limits::default().upstreams_max;
    anyhow::ensure!(named.len() <= most, "at most {most} resolvers can be asked");
    Ok(Upstreams::fixed_or_host(named.to_vec()))
}

/// Looks up what proves whose a domain is.
pub(crate) struct PublishedTexts {
    upstreams: Upstreams,
    forwarder: Arc<Forwarder>,
}

impl PublishedTexts {
    pub(crate) fn new(upstreams: Upstreams) -> Self {
        let forwarder = Forwarder::new(Vec::new(), HostSockets, Limits::default());
        Self {
            upstreams,
            forwarder,
        }
    }
}

impl DomainTexts for PublishedTexts {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<BTreeSet<String>, TextsUnknown>> {
        self.forwarder.set_upstreams(self.upstreams.current());
        let forwarder = Arc::clone(&self.forwarder);
        async move {
            let found = forwarder.texts(&name).await;
            found.map_err(|error| TextsUnknown(error.to_string()))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_an_address_with_or_without_a_port() {
        for (text, expected) in [
            ("192.0.2.1", "192.0.2.1:53"),
            ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"),
            ("[2001:db8::1]:5353", "[2001:db8::1]:5353"),
        ] {
            assert_eq!(
                address(text).map(|it| it.to_string()).as_deref(),
                Ok(expected)
            );
        }
        for text in [
            "",
            "dns.example.com",
            "192.0.2.1:",
            "192.0.2.1:x",
            "192.0.2.1:65536",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
