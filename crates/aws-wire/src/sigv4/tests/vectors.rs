//! The requests that AWS publishes with their signatures.

use super::*;

#[test]
fn the_documented_iam_example_is_computed_step_by_step() {
    let message = Message::parse(
        "GET /?Action=ListUsers&Version=2010-05-08\n\
         Content-Type:application/x-www-form-urlencoded; charset=utf-8\n\
         Host:iam.amazonaws.com\nX-Amz-Date:20150830T123600Z",
    );
    let signed_headers = SignedHeaders::parse("content-type;host;x-amz-date").unwrap();
    let empty = hex::encode(payload_sha256(b""));
    let canonical = canonical_request(&message.head(), &signed_headers, &empty).unwrap();
    assert_eq!(
        String::from_utf8(canonical.clone()).unwrap(),
        "GET\n/\nAction=ListUsers&Version=2010-05-08\n\
         content-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\n\
         x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );

    let mut message = message;
    message.authorize(&format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={}",
        "0".repeat(64)
    ));
    let request = parse(&message.head()).unwrap();
    let text = string_to_sign(request.signed_at(), request.scope(), &canonical);
    assert_eq!(
        text,
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
         f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
    );
    assert_eq!(
        hex::encode(signature(&signing_key(SECRET, request.scope()), &text)),
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    );
}

/// Requests of AWS's test suite (2015, `us-east-1/service`), signed headers and signatures.
const SUITE: &[(&str, &str, &str)] = &[
    (
        "GET /",
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        "POST /",
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    (
        "GET /?Param2=value2&Param1=value1",
        "host;x-amz-date",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "GET /?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "host;x-amz-date",
        "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ),
    (
        "GET /?Param1=value1",
        "host;x-amz-date",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    ),
    (
        "GET /?ሴ=bar",
        "host;x-amz-date",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    (
        "POST /?Param1=value1",
        "host;x-amz-date",
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    ),
    (
        "GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "host;x-amz-date",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    (
        "GET /ሴ",
        "host;x-amz-date",
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    ),
    (
        "GET /./example",
        "host;x-amz-date",
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
    ),
    (
        "GET //example//",
        "host;x-amz-date",
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    ),
    (
        "GET /example/..",
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        "GET /./",
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    (
        "GET /\nMy-Header1:value2\nMy-Header1:value2\nMy-Header1:value1",
        "host;my-header1;x-amz-date",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        "GET /\nMy-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\nMy-Header1:value2",
        "host;my-header1;x-amz-date",
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    ),
    (
        "GET /\nMy-Header1: value1\nMy-Header2: \"a   b   c\"",
        "host;my-header1;my-header2;x-amz-date",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        "POST /\nMy-Header1:VALUE1",
        "host;my-header1;x-amz-date",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    (
        "POST /\nContent-Type:application/x-www-form-urlencoded\n\nParam1=value1",
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    (
        "POST /\nContent-Type:application/x-www-form-urlencoded; charset=utf8\n\nParam1=value1",
        "content-type;host;x-amz-date",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
];

#[test]
fn the_published_test_suite_is_computed() {
    let scope = "20150830/us-east-1/service/aws4_request";
    for (request, signed_headers, expected) in SUITE {
        let mut message = Message::parse(request);
        message
            .headers
            .insert("host", "example.amazonaws.com".parse().unwrap());
        message
            .headers
            .insert("x-amz-date", "20150830T123600Z".parse().unwrap());
        message.sign(scope, signed_headers);
        let signed = parse(&message.head()).unwrap();
        assert_eq!(hex::encode(signed.signature()), *expected, "{request}");
    }
}

#[test]
fn the_older_suite_with_a_date_header_is_computed() {
    let mut message =
        Message::parse("GET /\nDate:Mon, 09 Sep 2011 23:36:00 GMT\nHost:host.foo.com");
    message.sign("20110909/us-east-1/host/aws4_request", "date;host");
    let signed = parse(&message.head()).unwrap();
    assert_eq!(
        hex::encode(signed.signature()),
        "b27ccfbfa7df52a200ff74193ca6e32d4b48b8856fab7ebf1c595d0670a7e470",
    );
}
