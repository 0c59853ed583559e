//! Heads of signed requests.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    aws_wire::fuzz::sigv4(bytes);
    aws_wire::fuzz::time(bytes);
});
