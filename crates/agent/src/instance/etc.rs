//! The texts of an instance's own files below `/etc`. Pure.

use super::files::Boot;

/// Name below `/etc`, and text.
pub(super) type EtcFile = (&'static str, String);

/// The files that differ from the host's. `host_nsswitch` is the host's `nsswitch.conf`, if it has one.
pub(super) fn files(boot: &Boot, host_nsswitch: Option<&str>) -> Vec<EtcFile> {
    let Boot {
        hostname,
        domain,
        address,
        nameserver,
        netns: _,
    } = boot;
    let mut files = vec![
        ("hostname", format!("{hostname}\n")),
        // No ::1, because an instance has no IPv6: a client would try it first and fail.
        (
            "hosts",
            format!("127.0.0.1 localhost\n{address} {hostname}.{domain} {hostname}\n"),
        ),
        (
            "resolv.conf",
            format!("nameserver {nameserver}\nsearch {domain}\n"),
        ),
    ];
    files.extend(host_nsswitch.map(|text| ("nsswitch.conf", plain_hosts(text))));
    files
}

/// Names are looked up in `/etc/hosts` and by DNS only. A host's other ways (`resolve`, `mdns`) end in
/// daemons outside of the instance's network, which would answer with the host's names.
fn plain_hosts(nsswitch: &str) -> String {
    let is_hosts = |line: &&str| line.trim_start().starts_with("hosts:");
    let mut lines: Vec<&str> = nsswitch.lines().filter(|line| !is_hosts(line)).collect();
    lines.push("hosts: files dns");
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot() -> Boot {
        Boot {
            netns: "/run/netns/adit.i-0123456789abcdef0".into(),
            hostname: "ip-10-0-1-5".to_owned(),
            domain: "ec2.internal".to_owned(),
            address: "10.0.1.5".parse().unwrap(),
            nameserver: "10.0.0.2".parse().unwrap(),
        }
    }

    #[test]
    fn an_instance_knows_its_name_and_asks_its_vpc() {
        let expected = [
            ("hostname", "ip-10-0-1-5\n"),
            (
                "hosts",
                "127.0.0.1 localhost\n10.0.1.5 ip-10-0-1-5.ec2.internal ip-10-0-1-5\n",
            ),
            ("resolv.conf", "nameserver 10.0.0.2\nsearch ec2.internal\n"),
        ];
        let files = files(&boot(), None);
        let files: Vec<_> = files
            .iter()
            .map(|(name, text)| (*name, text.as_str()))
            .collect();
        assert_eq!(files, expected);
    }

    #[test]
    fn the_hosts_resolver_daemons_are_never_asked() {
        let host = "passwd: files systemd\nhosts: mymachines resolve [!UNAVAIL=return] files dns\nnetworks: files\n";
        let files = files(&boot(), Some(host));
        let (_, text) = files
            .iter()
            .find(|(name, _)| *name == "nsswitch.conf")
            .unwrap();
        assert_eq!(
            text,
            "passwd: files systemd\nnetworks: files\nhosts: files dns\n"
        );
    }
}
