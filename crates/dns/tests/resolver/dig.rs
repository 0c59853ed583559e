//! A client that is not ours: BIND's dig.

use std::net::Ipv4Addr;
use std::process::Stdio;

use dns::{Limits, Rtype};
use tokio::process::Command;

use crate::stage::{Names, Stage, Upstream};

/// What dig prints; none, and a word about it, where there is no dig.
async fn dig(stage: &Stage, args: &[&str]) -> Option<String> {
    let output = Command::new("dig")
        .arg("@::1")
        .args(["-p", &stage.addr.port().to_string(), "+tries=1", "+time=10"])
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    let output = match output {
        Ok(output) => output,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: dig is not installed (Debian: bind9-dnsutils)");
            return None;
        }
        Err(err) => panic!("{err}"),
    };
    Some(String::from_utf8(output.stdout).unwrap())
}

type Cases<'c> = &'c [(&'c [&'c str], &'c [&'c str])];

#[tokio::test]
async fn dig_understands_every_answer() {
    let many: Vec<Ipv4Addr> = (0..100).map(|last| Ipv4Addr::new(10, 0, 1, last)).collect();
    let names = Names::default()
        .address("www.own.example", &[Ipv4Addr::new(10, 0, 0, 1)])
        .address("many.own.example", &many)
        .alias("alias.own.example", "www.own.example");
    let upstream = Upstream::simple("192.0.2.1", 300);
    let stage = Stage::new(names, vec![upstream.addr], Limits::default());
    for (args, expected) in CASES {
        let Some(output) = dig(&stage, args).await else {
            return;
        };
        for words in *expected {
            assert!(
                output.contains(words),
                "dig {args:?}: no {words:?} in\n{output}"
            );
        }
        for warning in ["WARNING", "Warning", "mismatch", "malformed"] {
            assert!(
                !output.contains(warning),
                "dig {args:?}: {warning} in\n{output}"
            );
        }
    }
    assert!(upstream.seen().iter().all(|seen| seen.rtype == Rtype::A));
}

/// Arguments of dig, and what stands in its output.
const CASES: Cases<'_> = &[
    (
        &["www.own.example"],
        &[
            "status: NOERROR",
            "flags: qr aa rd ra;",
            "udp: 1232",
            "10.0.0.1",
        ],
    ),
    (
        &["+tcp", "www.own.example"],
        &["status: NOERROR", "10.0.0.1", "(TCP)"],
    ),
    (
        &["+noedns", "alias.own.example"],
        &["CNAME\twww.own.example.", "10.0.0.1"],
    ),
    (
        &["nope.own.example"],
        &[
            "status: NXDOMAIN",
            "SOA\town.example. hostmaster.own.example.",
        ],
    ),
    (
        &["www.own.example", "AAAA"],
        &["status: NOERROR", "AUTHORITY: 1"],
    ),
    (&["www.own.example", "ANY"], &["HINFO\t\"RFC8482\" \"\""]),
    (
        &["many.own.example"],
        &[
            "Truncated, retrying in TCP mode",
            "ANSWER: 100",
            "10.0.1.99",
        ],
    ),
    (
        &["+edns=1", "+noednsnegotiation", "www.own.example"],
        &["status: BADVERS"],
    ),
    (
        &["www.elsewhere.example"],
        &["flags: qr rd ra;", "192.0.2.1"],
    ),
];
