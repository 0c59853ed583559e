//! botocore, the library under the `aws` command and boto3, as oracle: it signs and writes requests that must verify
//! and decode here, and it reads the documents that are encoded here.
//!
//! Runs where `python3` finds botocore, and otherwise says that it was skipped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

use aws_wire::query::TargetGroupArn;
use aws_wire::query::{
    AttributeEntry, Call, ClientToken, DryRun, Entries, Filters, Page, Request, TagSpecifications,
};
use aws_wire::sigv4::{self, AuthError, Expected, RequestHead};
use aws_wire::xml::{Empty, Map, Return, ToXml, encode_error, encode_response};
use aws_wire::{ApiError, Dialect, Service};
use http::{HeaderMap, HeaderName, HeaderValue};
use model::Timestamp;
use model::id::{SubnetId, VpcEndpointId, VpcId};
use serde_json::json;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/botocore/oracle.py");

/// A running `oracle.py`.
struct Oracle(Child, BufReader<std::process::ChildStdout>);

impl Oracle {
    /// Starts it; `None`, with a line on standard error that the test harness does not hide, when there is none.
    fn start(test: &str) -> Option<Self> {
        let found = Command::new("python3")
            .args(["-c", "import botocore"])
            .output();
        let reason = match found {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Some(format!("python3: {error}")),
        };
        if let Some(reason) = reason {
            let line = reason.lines().last().unwrap_or_default();
            let skipped = format!("SKIPPED aws-wire {test} ({line})\n");
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        }
        let mut child = Command::new("python3")
            .arg(ORACLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Some(Self(child, answers))
    }

    fn ask(&mut self, question: &serde_json::Value) -> serde_json::Value {
        writeln!(self.0.stdin.as_mut().unwrap(), "{question}").unwrap();
        let mut answer = String::new();
        self.1.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).expect("the oracle failed; see its error above")
    }

    fn send(
        &mut self,
        service: &str,
        operation: &str,
        params: serde_json::Value,
        token: Option<&str>,
    ) -> Sent {
        let question = json!({
            "do": "send", "service": service, "operation": operation, "params": params, "token": token,
        });
        Sent::new(&self.ask(&question))
    }

    fn read(
        &mut self,
        service: &str,
        operation: &str,
        status: u16,
        body: &str,
    ) -> serde_json::Value {
        self.ask(&json!({
            "do": "read", "service": service, "operation": operation, "status": status, "body": body,
        }))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A request that botocore made.
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: String,
}

impl Sent {
    fn new(answer: &serde_json::Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        for pair in answer["headers"].as_array().unwrap() {
            headers.append(
                HeaderName::from_bytes(pair[0].as_str().unwrap().as_bytes()).unwrap(),
                HeaderValue::from_str(pair[1].as_str().unwrap()).unwrap(),
            );
        }
        Self {
            method: text("method"),
            path: text("path"),
            query: text("query"),
            headers,
            body: text("body"),
        }
    }

    fn verify(&self, secret: &str, services: &[Service]) -> Result<(), AuthError> {
        let head = RequestHead {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
        };
        let request = sigv4::parse(&head)?;
        assert_eq!(request.access_key_id(), "AKIDEXAMPLE");
        let body = sigv4::payload_sha256(self.body.as_bytes());
        let expected = Expected {
            regions: &["us-east-1"],
            services,
        };
        sigv4::verify(
            &request,
            secret,
            &head,
            &body,
            request.signed_at(),
            &expected,
        )
    }

    fn decode<R: Request>(&self) -> R {
        let call = Call::parse(R::ACTION.service, &self.query, self.body.as_bytes()).unwrap();
        assert_eq!(call.action(), R::ACTION.name);
        call.decode().unwrap()
    }
}

aws_wire::request! {
    /// As AWS has it, in part.
    struct CreateVpcEndpoint(Ec2, "EC2 API reference") {
        /// The VPC.
        vpc_id: VpcId = "VpcId",
        /// The kind.
        kind: Option<String> = "VpcEndpointType",
        /// The service.
        service_name: Option<String> = "ServiceName",
        /// Subnets.
        subnet_ids: Vec<SubnetId> = "SubnetId",
        /// Subnets with addresses.
        subnets: Vec<SubnetConfiguration> = "SubnetConfiguration",
        /// Policy.
        policy: Option<String> = "PolicyDocument",
        /// Private names.
        private_dns: Option<bool> = "PrivateDnsEnabled",
    }
    groups {
        /// Tags.
        tags: TagSpecifications,
        /// Token.
        client_token: ClientToken,
        /// Dry run.
        dry_run: DryRun,
    }
}

aws_wire::structure! {
    /// A subnet with an address.
    struct SubnetConfiguration("EC2 API reference") {
        /// The subnet.
        subnet_id: SubnetId = "SubnetId",
        /// The address.
        ipv4: Option<Ipv4Addr> = "Ipv4",
    }
}

aws_wire::request! {
    /// As AWS has it.
    struct DescribeVpcEndpoints(Ec2, "EC2 API reference") {
        /// Which.
        ids: Vec<VpcEndpointId> = "VpcEndpointId",
    }
    groups {
        /// Filters.
        filters: Filters,
        /// Paging.
        page: Page,
        /// Dry run.
        dry_run: DryRun,
    }
}

aws_wire::request! {
    /// As AWS has it.
    struct RegisterTargets(ElasticLoadBalancing, "ELBv2 API reference") {
        /// The group.
        group: TargetGroupArn = "TargetGroupArn",
        /// The targets.
        targets: Vec<TargetDescription> = "Targets",
    }
}

aws_wire::structure! {
    /// A target.
    struct TargetDescription("ELBv2 API reference") {
        /// Id.
        id: String = "Id",
        /// Port.
        port: Option<u16> = "Port",
    }
}

aws_wire::request! {
    /// As AWS has it.
    struct GetCallerIdentity(Sts, "STS API reference") {}
}

aws_wire::request! {
    /// As AWS has it, in part.
    struct CreateTopic(Sns, "Amazon SNS API reference") {
        /// Name.
        name: String = "Name",
        /// Attributes.
        attributes: Entries<AttributeEntry> = "Attributes",
    }
}

aws_wire::response! {
    /// As AWS has it.
    struct TopicAttributes {
        /// Attributes.
        attributes: Map = "Attributes",
    }
}

#[test]
fn what_botocore_signs_for_ec2_verifies_and_decodes() {
    let Some(mut oracle) = Oracle::start("what_botocore_signs_for_ec2_verifies_and_decodes") else {
        return;
    };
    let policy = "{\n \"Statement\": \"*&=+% é\"\r\n}";
    let params = json!({
        "VpcId": "vpc-0123456789abcdef0", "VpcEndpointType": "Interface", "ServiceName": "com.example",
        "SubnetIds": ["subnet-00000000000000001", "subnet-00000000000000002"],
        "SubnetConfigurations": [{"SubnetId": "subnet-00000000000000001", "Ipv4": "10.0.0.9"}],
        "PolicyDocument": policy, "PrivateDnsEnabled": false, "DryRun": true,
        "TagSpecifications": [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "k", "Value": ""}]}],
    });
    let sent = oracle.send("ec2", "CreateVpcEndpoint", params, None);
    assert_eq!(sent.verify(SECRET, &[Service::Ec2]), Ok(()));
    assert_eq!(
        sent.verify("wrong", &[Service::Ec2]),
        Err(AuthError::Mismatch)
    );
    let request: CreateVpcEndpoint = sent.decode();
    assert_eq!(request.policy.as_deref(), Some(policy));
    assert_eq!(
        request.subnet_ids,
        [SubnetId::from_bits(1), SubnetId::from_bits(2)]
    );
    assert_eq!(request.subnets[0].ipv4, Some(Ipv4Addr::new(10, 0, 0, 9)));
    assert_eq!(
        (request.private_dns, request.dry_run),
        (Some(false), DryRun(true))
    );
    let [tags] = request.tags.tags_for(["vpc-endpoint"]).unwrap();
    assert_eq!(tags.get("k"), Some(""));

    let params = json!({
        "VpcEndpointIds": ["vpce-00000000000000abc"], "MaxResults": 7, "NextToken": "n",
        "Filters": [{"Name": "vpc-id", "Values": ["a", ""]}, {"Name": "state", "Values": []}],
    });
    let sent = oracle.send("ec2", "DescribeVpcEndpoints", params, Some("a+/= token"));
    assert_eq!(sent.verify(SECRET, &[Service::Ec2]), Ok(()));
    let request: DescribeVpcEndpoints = sent.decode();
    assert_eq!(
        (
            request.ids.len(),
            request.page.limit(),
            request.page.token()
        ),
        (1, 7, Some("n"))
    );
    assert_eq!(request.filters.0[0].values, ["a", ""]);
    assert!(request.filters.0[1].values.is_empty());
}

#[test]
fn what_botocore_signs_for_query_services_verifies_and_decodes() {
    let Some(mut oracle) =
        Oracle::start("what_botocore_signs_for_query_services_verifies_and_decodes")
    else {
        return;
    };
    let arn =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";
    let params = json!({
        "TargetGroupArn": arn, "Targets": [{"Id": "i-1", "Port": 80}, {"Id": "10.0.0.1"}],
    });
    let sent = oracle.send("elbv2", "RegisterTargets", params, None);
    assert_eq!(
        sent.verify(SECRET, &[Service::Ec2, Service::ElasticLoadBalancing]),
        Ok(())
    );
    let request: RegisterTargets = sent.decode();
    assert_eq!(request.group.id.to_string(), "0123456789abcdef");
    assert_eq!(
        request.targets[0],
        TargetDescription {
            id: "i-1".to_owned(),
            port: Some(80)
        }
    );
    assert_eq!(request.targets[1].port, None);
    let empty = json!({ "TargetGroupArn": arn, "Targets": [] });
    let request: RegisterTargets = oracle
        .send("elbv2", "RegisterTargets", empty, None)
        .decode();
    assert!(request.targets.is_empty());

    let sent = oracle.send("sts", "GetCallerIdentity", json!({}), None);
    assert_eq!(sent.verify(SECRET, &[Service::Sts]), Ok(()));
    let GetCallerIdentity {} = sent.decode();
}

#[test]
fn maps_that_botocore_sends_decode_and_maps_that_are_encoded_are_read() {
    let Some(mut oracle) =
        Oracle::start("maps_that_botocore_sends_decode_and_maps_that_are_encoded_are_read")
    else {
        return;
    };
    let params = json!({"Name": "alerts", "Attributes": {"DisplayName": "a & b", "Policy": ""}});
    let sent = oracle.send("sns", "CreateTopic", params, None);
    assert_eq!(sent.verify(SECRET, &[Service::Sns]), Ok(()));
    let request: CreateTopic = sent.decode();
    let entries = request.attributes.0.iter();
    let entries: Vec<_> = entries
        .map(|entry| (entry.key.as_str(), entry.value.as_str()))
        .collect();
    assert_eq!(entries, [("DisplayName", "a & b"), ("Policy", "")]);

    let attributes = Map(vec![
        ("DisplayName", "a & b".to_owned()),
        ("Policy", String::new()),
    ]);
    let body = TopicAttributes { attributes };
    let document = encode_response(Service::Sns, "GetTopicAttributes", "r-1", &body);
    let read = oracle.read("sns", "GetTopicAttributes", 200, &document);
    assert_eq!(
        read["Attributes"],
        json!({"DisplayName": "a & b", "Policy": ""})
    );
    let error = ApiError::throttled(Dialect::Sns);
    let document = encode_error(Service::Sns, &error, "r-2");
    let read = oracle.read("sns", "Publish", error.status().as_u16(), &document);
    assert_eq!(read["Error"]["Code"], "Throttled");
}

aws_wire::response! {
    /// As AWS has it, in part.
    struct Endpoint {
        /// Id.
        vpc_endpoint_id: VpcEndpointId = "vpcEndpointId",
        /// Policy.
        policy_document: Option<String> = "policyDocument",
        /// Subnets.
        subnet_ids: Vec<SubnetId> = "subnetIdSet",
        /// Groups.
        groups: Vec<Group> = "groupSet",
        /// Flag.
        private_dns_enabled: bool = "privateDnsEnabled",
        /// Time.
        creation_timestamp: Timestamp = "creationTimestamp",
        /// Absent.
        service_name: Option<String> = "serviceName",
    }
}

aws_wire::response! {
    /// A group.
    struct Group {
        /// Id.
        group_id: String = "groupId",
    }
}

aws_wire::response! {
    /// The response.
    struct DescribeVpcEndpointsResponse {
        /// Endpoints.
        endpoints: Vec<Endpoint> = "vpcEndpointSet",
        /// Next page.
        next_token: Option<String> = "nextToken",
    }
}

aws_wire::response! {
    /// The result.
    struct DescribeTargetHealthResult {
        /// Targets.
        descriptions: Vec<TargetHealthDescription> = "TargetHealthDescriptions",
    }
}

aws_wire::response! {
    /// One target.
    struct TargetHealthDescription {
        /// Its port for checks.
        health_check_port: String = "HealthCheckPort",
    }
}

/// Asks the oracle and takes the response metadata off.
fn read(
    oracle: &mut Oracle,
    (service, client): (Service, &str),
    operation: &'static str,
    body: &impl ToXml,
) -> serde_json::Value {
    let document = encode_response(service, operation, "req-1", body);
    let mut answer = oracle.read(client, operation, 200, &document);
    let metadata = answer
        .as_object_mut()
        .unwrap()
        .remove("ResponseMetadata")
        .unwrap();
    assert_eq!(metadata["RequestId"], "req-1");
    answer
}

#[test]
fn botocore_reads_responses() {
    let Some(mut oracle) = Oracle::start("botocore_reads_responses") else {
        return;
    };
    let ec2 = (Service::Ec2, "ec2");
    let policy = " {\"Statement\": [\"<&>\"]}\r\n\u{85}";
    let body = DescribeVpcEndpointsResponse {
        endpoints: vec![Endpoint {
            vpc_endpoint_id: VpcEndpointId::from_bits(0xabc),
            policy_document: Some(policy.to_owned()),
            subnet_ids: vec![SubnetId::from_bits(1)],
            groups: vec![Group {
                group_id: "sg-1".to_owned(),
            }],
            private_dns_enabled: false,
            creation_timestamp: Timestamp::from_millis(1_508_416_570_939),
            service_name: None,
        }],
        next_token: Some("next".to_owned()),
    };
    assert_eq!(
        read(&mut oracle, ec2, "DescribeVpcEndpoints", &body),
        json!({
            "VpcEndpoints": [{
                "VpcEndpointId": "vpce-00000000000000abc", "PolicyDocument": policy,
                "SubnetIds": ["subnet-00000000000000001"], "Groups": [{"GroupId": "sg-1"}],
                "PrivateDnsEnabled": false, "CreationTimestamp": "2017-10-19T12:36:10.939000+00:00",
            }],
            "NextToken": "next",
        })
    );
    let none = DescribeVpcEndpointsResponse {
        endpoints: Vec::new(),
        next_token: None,
    };
    let answer = read(&mut oracle, ec2, "DescribeVpcEndpoints", &none);
    assert_eq!(answer, json!({ "VpcEndpoints": [] }));
    let answer = read(&mut oracle, ec2, "ModifyVpcEndpoint", &Return::TRUE);
    assert_eq!(answer, json!({ "Return": true }));

    let elb = (Service::ElasticLoadBalancing, "elbv2");
    let port = TargetHealthDescription {
        health_check_port: "80".to_owned(),
    };
    let body = DescribeTargetHealthResult {
        descriptions: vec![port.clone(), port],
    };
    let answer = read(&mut oracle, elb, "DescribeTargetHealth", &body);
    assert_eq!(
        answer["TargetHealthDescriptions"][1],
        json!({ "HealthCheckPort": "80" })
    );
    let answer = read(&mut oracle, elb, "DeleteLoadBalancer", &Empty);
    assert_eq!(answer, json!({}));
}

#[test]
fn botocore_reads_errors() {
    let Some(mut oracle) = Oracle::start("botocore_reads_errors") else {
        return;
    };
    let not_found = ApiError::client("InvalidVpcID.NotFound", "The vpc ID '<é>' does not exist");
    let denied = AuthError::UnknownAccessKey.to_api_error(Dialect::Query);
    for (service, client, operation, error) in [
        (Service::Ec2, "ec2", "DescribeVpcs", &not_found),
        (
            Service::ElasticLoadBalancing,
            "elbv2",
            "DescribeListeners",
            &not_found,
        ),
        (Service::Sts, "sts", "GetCallerIdentity", &denied),
    ] {
        let document = encode_error(service, error, "req-1");
        let answer = oracle.read(client, operation, error.status().as_u16(), &document);
        assert_eq!(answer["Error"]["Code"], error.code());
        assert_eq!(answer["Error"]["Message"], error.message());
        assert_eq!(answer["ResponseMetadata"]["RequestId"], "req-1", "{client}");
    }
}
