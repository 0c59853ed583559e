//! How this installation delivers messages: from the command line, and where its files are.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use control::{DeliveryOptions, Destinations};

use crate::cli::UpArgs;

/// The folder of what could not be delivered, below a data folder.
pub(crate) fn dead_letter_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("dead-letters")
}

/// How to deliver messages while the API listens on an address.
pub(crate) fn options(args: &UpArgs, data_dir: &Path, listen: SocketAddr) -> DeliveryOptions {
    let api_url = args.api_url.as_ref().map_or_else(
        || format!("http://{}", reachable(listen)),
        |url| url.trim_end_matches('/').to_owned(),
    );
    let destinations = if args.subscriber_nets.is_empty() {
        Destinations::of_api(listen)
    } else {
        Destinations::Within(args.subscriber_nets.clone())
    };
    let mut options = DeliveryOptions::new(api_url, dead_letter_folder(data_dir), destinations);
    options.retry.patience = Duration::from_secs(args.delivery_patience.into());
    options
}

/// An address by which at least this host reaches what listens on `listen`.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => listen.ip(),
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_an_address_and_not_to_all_of_them() {
        for (listen, reached) in [
            ("127.0.0.1:4566", "127.0.0.1:4566"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.1:4566", "192.0.2.1:4566"),
        ] {
            let reached: SocketAddr = reached.parse().unwrap();
            assert_eq!(reachable(listen.parse().unwrap()), reached);
        }
    }
}
