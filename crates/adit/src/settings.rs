//! What `adit up` is told about the whole installation: region and DNS suffix, fixed at the first
//! start, and quotas and waiting times, which each start may change.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use anyhow::bail;
use control::Control;
use ipnet::IpNet;
use model::command::Configure;
use model::limits::{DNS_LABEL_BYTES_MAX, Quotas, WAIT_SECS_MAX};
use model::{Settings, State};

use crate::cli::UpArgs;

/// Longest DNS suffix, in bytes. The names below it have about a hundred more, of 253 that a name may have.
const DNS_SUFFIX_BYTES_MAX: usize = 128;

/// Settings of a first start.
///
/// # Errors
/// The region is none.
pub(crate) fn initial(args: &UpArgs) -> anyhow::Result<Settings> {
    let mut settings = match &args.region {
        Some(region) => Settings::of_region(region)?,
        None => Settings::default(),
    };
    if let Some(suffix) = &args.dns_suffix {
        settings.dns_suffix.clone_from(suffix);
    }
    Ok(settings)
}

/// Reads a region's code.
pub(crate) fn region(text: &str) -> Result<String, String> {
    let settings = Settings::of_region(text).map_err(|error| error.to_string())?;
    Ok(settings.region)
}

/// Makes what is stored agree with what was asked for.
///
/// # Errors
/// Something fixed was asked to be otherwise, or the store refuses.
pub(crate) async fn agree(args: &UpArgs, control: &Control) -> anyhow::Result<()> {
    let state = control.snapshot().state.clone();
    check_fixed(args, &state)?;
    let mut settings = state.settings().clone();
    for (name, count) in &args.quotas {
        settings.quotas.set(name, *count)?;
    }
    if let Some(secs) = args.acceptance_timeout {
        settings.acceptance_secs = secs;
    }
    if let Some(secs) = args.verification_timeout {
        settings.verification_secs = secs;
    }
    if settings != *state.settings() {
        control.report(Configure { settings }).await?;
    }
    Ok(())
}

fn check_fixed(args: &UpArgs, state: &State) -> anyhow::Result<()> {
    let (wanted, is) = (initial(args)?, state.settings());
    if args.region.is_some() && wanted.region != is.region {
        bail!(
            "this data is of region {}; a region is fixed at the first start",
            is.region
        );
    }
    if args.dns_suffix.is_some() && wanted.dns_suffix != is.dns_suffix {
        bail!(
            "this data has names below {}; a suffix is fixed at the first start",
            is.dns_suffix
        );
    }
    Ok(())
}

/// Reads `HOST:PORT`, the form of `--listen`. Of a name's addresses it is the first IPv4 one, as of the address that is
/// listened on by default, or else the first.
pub(crate) fn listen(text: &str) -> Result<SocketAddr, String> {
    let found = text
        .to_socket_addrs()
        .map_err(|error| format!("expected HOST:PORT, like 127.0.0.1:4566: {error}"))?;
    found
        .min_by_key(SocketAddr::is_ipv6)
        .ok_or_else(|| format!("'{text}' has no address"))
}

/// Reads a domain name; dots around it and upper case mean nothing.
pub(crate) fn dns_suffix(text: &str) -> Result<String, String> {
    let suffix = text.trim_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=DNS_LABEL_BYTES_MAX).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if suffix.len() <= DNS_SUFFIX_BYTES_MAX && suffix.split('.').all(is_label) {
        return Ok(suffix);
    }
    Err(format!(
        "'{text}' is no domain name: labels of letters, digits and hyphens with single dots between them, \
         {DNS_SUFFIX_BYTES_MAX} characters at most"
    ))
}

/// Reads `ADDRESS/LENGTH`, or a single address.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address
        .parse()
        .map_err(|_| format!("'{address}' is no IP address"))?;
    if !text.contains('/') {
        return Ok(address.into());
    }
    let most = if address.is_ipv4() { 32 } else { 128 };
    let parsed = length.parse().ok();
    parsed
        .and_then(|length| IpNet::new(address, length).ok())
        .ok_or_else(|| format!("the length of the prefix is from 0 to {most}, not '{length}'"))
}

/// Reads `NAME=COUNT`.
pub(crate) fn quota(text: &str) -> Result<(String, u32), String> {
    let (name, count) = text.split_once('=').ok_or("expected NAME=COUNT")?;
    let count = count
        .parse()
        .map_err(|error| format!("'{count}' is no count: {error}"))?;
    match Quotas::default().set(name, count) {
        Ok(()) => Ok((name.to_owned(), count)),
        Err(error) => Err(format!("{error}; there are {}", quota_names())),
    }
}

/// Reads a time like `90s`, `15m`, `36h` or `7d`, in seconds.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let expected =
        || format!("'{text}' is no time like 90s, 15m, 36h or 7d, of one second to a year");
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 24 * 3600)];
    let known = units.iter().find_map(|(unit, secs)| {
        let count = text.strip_suffix(*unit)?;
        let is_count = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        is_count.then(|| count.parse::<u64>().ok()?.checked_mul(*secs))?
    });
    let allowed = known.filter(|secs| (1..=WAIT_SECS_MAX).contains(secs));
    allowed.ok_or_else(expected)
}

/// The names of all quotas, as the documentation writes them.
fn quota_names() -> String {
    Quotas::NAMES.join(", ").replace('_', "-")
}

/// The option's help with all names.
pub(crate) fn quota_help() -> String {
    format!(
        "Raise or lower what each account may have, as AWS does on request (kept for later starts; \
         may be repeated), e.g. vpcs=100. Names: {}",
        quota_names()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_count_and_a_unit() {
        for (text, secs) in [
            ("90s", 90),
            ("15m", 900),
            ("36h", 129_600),
            ("7d", 604_800),
            ("366d", 31_622_400),
        ] {
            assert_eq!(seconds(text), Ok(secs));
        }
        for text in [
            "",
            "s",
            "7",
            "0s",
            "-1s",
            "+1s",
            "1.5h",
            "1w",
            "367d",
            "99999999999999999999d",
            "9999999999999999999d",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_suffix_is_a_domain_name() {
        for (text, suffix) in [
            ("Example.com.", "example.com"),
            (".internal", "internal"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(dns_suffix(text).as_deref(), Ok(suffix));
        }
        let long = ["a".repeat(64), vec!["a"; 65].join(".")];
        let wrong = [
            "",
            ".",
            "a..b",
            "a b",
            "-a.example",
            "a-.example",
            "a_b",
            "ä.example",
        ];
        for text in wrong.into_iter().chain(long.iter().map(String::as_str)) {
            assert!(dns_suffix(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_says_which_half_of_it_is_wrong() {
        let net = |text: &str| network(text).map(|net| net.to_string());
        assert_eq!(net("10.0.0.0/8").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(net("192.0.2.7").as_deref(), Ok("192.0.2.7/32"));
        assert_eq!(net("2001:db8::/32").as_deref(), Ok("2001:db8::/32"));
        for text in ["10.0.0.0/40", "10.0.0.0/", "10.0.0.0/x"] {
            assert!(
                network(text).unwrap_err().contains("from 0 to 32"),
                "{text}"
            );
        }
        assert!(network("::/129").unwrap_err().contains("from 0 to 128"));
        assert!(
            network("10.0.0/8")
                .unwrap_err()
                .contains("'10.0.0' is no IP address")
        );
    }

    #[test]
    fn a_listener_is_an_address_or_a_name_and_a_port() {
        for (text, expected) in [
            ("localhost:4603", "127.0.0.1:4603"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("[::1]:4603", "[::1]:4603"),
        ] {
            assert_eq!(
                listen(text).map(|it| it.to_string()).as_deref(),
                Ok(expected)
            );
        }
        for text in [
            "",
            "localhost",
            "127.0.0.1",
            ":4603",
            "localhost:65536",
            "::1",
        ] {
            assert!(listen(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_quota_is_a_known_name_and_a_count() {
        assert_eq!(quota("vpcs=7"), Ok(("vpcs".to_owned(), 7)));
        assert!(quota("interface-endpoints-per-vpc=1000").is_ok());
        for text in ["vpcs", "vpcs=", "vpcs=-1", "vpcs=4294967296", "wishes=3"] {
            assert!(quota(text).is_err(), "{text}");
        }
    }
}
