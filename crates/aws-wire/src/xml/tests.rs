//! Whole documents as snapshots, and text that comes back through an independent parser.

use std::net::Ipv4Addr;

use model::Timestamp;
use model::id::VpcEndpointId;
use proptest::prelude::*;
use quick_xml::events::Event;

use super::*;

crate::response! {
    /// An endpoint, in part.
    struct Endpoint {
        /// Id.
        vpc_endpoint_id: VpcEndpointId = "vpcEndpointId",
        /// Policy.
        policy_document: Option<String> = "policyDocument",
        /// Flag.
        private_dns_enabled: bool = "privateDnsEnabled",
        /// Time.
        creation_timestamp: Timestamp = "creationTimestamp",
        /// A list of nothing.
        route_table_ids: Vec<String> = "routeTableIdSet",
        /// A list of structures.
        dns_entries: Vec<DnsEntry<'static>> = "dnsEntrySet",
        /// Address.
        address: Option<Ipv4Addr> = "address",
        /// An optional structure.
        last_error: Option<LastError> = "lastError",
    }
}

crate::response! {
    /// A name of an endpoint.
    struct DnsEntry<'a> {
        /// Name.
        dns_name: &'a str = "dnsName",
    }
}

crate::response! {
    /// What failed.
    struct LastError {
        /// Code.
        code: String = "code",
    }
}

crate::response! {
    /// The response to a Describe action.
    struct Endpoints {
        /// The endpoints.
        endpoints: Vec<Endpoint> = "vpcEndpointSet",
        /// Where to go on.
        next_token: Option<String> = "nextToken",
    }
}

fn endpoint() -> Endpoint {
    Endpoint {
        vpc_endpoint_id: VpcEndpointId::from_bits(0xabc),
        policy_document: Some("{\"Statement\": [\"<&>\"]}\r\n".to_owned()),
        private_dns_enabled: false,
        creation_timestamp: Timestamp::from_millis(1_508_416_570_939),
        route_table_ids: Vec::new(),
        dns_entries: vec![
            DnsEntry {
                dns_name: "a.example",
            },
            DnsEntry { dns_name: "" },
        ],
        address: Some(Ipv4Addr::new(10, 0, 0, 7)),
        last_error: None,
    }
}

#[test]
fn ec2_responses() {
    let body = Endpoints {
        endpoints: vec![endpoint()],
        next_token: None,
    };
    insta::assert_snapshot!(
        encode_response(Service::Ec2, "DescribeVpcEndpoints", "r-1", &body),
        @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <DescribeVpcEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId><vpcEndpointSet><item><vpcEndpointId>vpce-00000000000000abc</vpcEndpointId><policyDocument>{"Statement": ["&lt;&amp;&gt;"]}&#13;
    </policyDocument><privateDnsEnabled>false</privateDnsEnabled><creationTimestamp>2017-10-19T12:36:10.939Z</creationTimestamp><routeTableIdSet/><dnsEntrySet><item><dnsName>a.example</dnsName></item><item><dnsName/></item></dnsEntrySet><address>10.0.0.7</address></item></vpcEndpointSet></DescribeVpcEndpointsResponse>
    "#
    );
    insta::assert_snapshot!(
        encode_response(Service::Ec2, "ModifyVpcEndpoint", "r-2", &Return::TRUE),
        @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <ModifyVpcEndpointResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-2</requestId><return>true</return></ModifyVpcEndpointResponse>
    "#
    );
}

#[test]
fn query_responses() {
    let body = Endpoints {
        endpoints: vec![endpoint()],
        next_token: Some("n".to_owned()),
    };
    insta::assert_snapshot!(
        encode_response(Service::ElasticLoadBalancing, "DescribeThings", "r-1", &body),
        @r#"
    <DescribeThingsResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeThingsResult><vpcEndpointSet><member><vpcEndpointId>vpce-00000000000000abc</vpcEndpointId><policyDocument>{"Statement": ["&lt;&amp;&gt;"]}&#13;
    </policyDocument><privateDnsEnabled>false</privateDnsEnabled><creationTimestamp>2017-10-19T12:36:10.939Z</creationTimestamp><routeTableIdSet/><dnsEntrySet><member><dnsName>a.example</dnsName></member><member><dnsName/></member></dnsEntrySet><address>10.0.0.7</address></member></vpcEndpointSet><nextToken>n</nextToken></DescribeThingsResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DescribeThingsResponse>
    "#
    );
    insta::assert_snapshot!(
        encode_response(Service::Sts, "DoNothing", "r-2", &Empty),
        @r#"<DoNothingResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><DoNothingResult/><ResponseMetadata><RequestId>r-2</RequestId></ResponseMetadata></DoNothingResponse>"#
    );
}

#[test]
fn bytes_are_base64() {
    let mut out = String::new();
    Content::new(&mut out, Service::Ec2).member("output", &crate::query::Blob(b"hi\0".to_vec()));
    assert_eq!(out, "<output>aGkA</output>");
}

#[test]
fn errors_of_both_dialects() {
    let error = ApiError::client("InvalidVpcID.NotFound", "The vpc ID '<x>' does not exist");
    insta::assert_snapshot!(
        encode_error(Service::Ec2, &error, "r-1"),
        @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>The vpc ID '&lt;x&gt;' does not exist</Message></Error></Errors><RequestID>r-1</RequestID></Response>
    "#
    );
    insta::assert_snapshot!(
        encode_error(Service::ElasticLoadBalancing, &error, "r-1"),
        @r#"<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type><Code>InvalidVpcID.NotFound</Code><Message>The vpc ID '&lt;x&gt;' does not exist</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"#
    );
    insta::assert_snapshot!(
        encode_error(Service::Sts, &ApiError::internal(Dialect::Query), "r-1"),
        @r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>An internal error has occurred</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"#
    );
    insta::assert_snapshot!(
        encode_foreign_error(&error, "r-1"),
        @"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidVpcID.NotFound</Code><Message>The vpc ID '&lt;x&gt;' does not exist</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
    );
}

#[test]
fn what_xml_cannot_carry_is_replaced() {
    for (text, expected) in [
        ("a\0b", "a\u{fffd}b"),
        (
            "\u{1}\u{1f}\u{fffe}\u{ffff}",
            "\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
        ),
        (
            "\t\n\u{7f}\u{85}\u{fffd}\u{10ffff}",
            "\t\n\u{7f}\u{85}\u{fffd}\u{10ffff}",
        ),
        ("\r", "&#13;"),
        ("]]>", "]]&gt;"),
    ] {
        let mut out = String::new();
        Content::new(&mut out, Service::Ec2).text(text);
        assert_eq!(out, expected);
    }
}

/// The text of the one element `x` of a document, as an independent parser reads it.
fn read_back(document: &str) -> String {
    let mut reader = quick_xml::Reader::from_str(document);
    let mut text = String::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "x" => depth += 1,
            Event::End(tag) if tag.name().as_ref() == "x" => depth -= 1,
            Event::Text(part) if depth > 0 => text.push_str(&part),
            Event::GeneralRef(entity) if depth > 0 => {
                let character = entity.resolve_char_ref().unwrap();
                let name: &str = &entity;
                let named = || quick_xml::escape::resolve_predefined_entity(name).unwrap();
                match character {
                    Some(c) => text.push(c),
                    None => text.push_str(named()),
                }
            }
            Event::Eof => return text,
            Event::Start(_)
            | Event::End(_)
            | Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

struct X(String);

impl ToXml for X {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.member("x", &self.0);
    }
}

proptest! {
    #[test]
    fn any_text_comes_back(text in "(\\PC|[&<>\r\n\t\u{0}-\u{1f}\u{7f}\u{fffe}\u{ffff}]){0,40}") {
        let document = encode_response(Service::Ec2, "A", "r", &X(text.clone()));
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        let expected: String =
            text.chars().map(|c| if allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
        prop_assert_eq!(read_back(&document), expected);
    }

    #[test]
    fn any_error_is_well_formed(code in any::<String>(), message in any::<String>()) {
        let error = ApiError::client(code, message);
        for service in Service::ALL {
            read_back(&encode_error(service, &error, "r"));
        }
    }
}

#[test]
fn url_encoded_text_keeps_unreserved_characters_alone() {
    let mut out = String::new();
    let text = UrlEncoded("{\"a\": \"ä+/*\"} -._~".to_owned());
    Content::new(&mut out, Service::Iam).member("Document", &text);
    let encoded = "%7B%22a%22%3A%20%22%C3%A4%2B%2F%2A%22%7D%20-._~";
    assert_eq!(out, format!("<Document>{encoded}</Document>"));
}
