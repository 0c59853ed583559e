//! What the kernel's verifier needs to accept the programs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic, and says what it has measured"
)]

mod support;

use datapath::abi::Config;
use datapath_bpf::MapSizes;
use datapath_bpf::testrun::TestBed;

/// Of the 1,000,000 that every supported kernel allows. Kernels count differently; this leaves room.
const CEILING: u32 = 250_000;

#[test]
fn programs_load_and_stay_far_below_the_verifiers_limit() {
    support::require_root();
    let bed = TestBed::load(&MapSizes::default(), &Config::default()).unwrap();
    let counts = bed.verified_instructions().unwrap();
    assert_eq!(counts.len(), 3);
    for (program, count) in counts {
        println!("{program}: {count} instructions verified");
        assert!(count < CEILING, "{program}: {count}");
    }
}
