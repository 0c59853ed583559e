//! Forms, as calls and as the parameters of requests.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    aws_wire::fuzz::query(bytes);
    aws_wire::fuzz::filter(bytes);
    aws_wire::fuzz::page_token(bytes);
});
