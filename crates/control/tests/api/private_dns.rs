//! Private DNS names through the API, with what is published said by the test.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use control::{DomainTexts, TextsUnknown};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::link::Link;
use crate::world::{Answer, EC2, endpoint_params};

const RETRY: Duration = Duration::from_millis(5);

/// What is published under which name, and what was asked.
#[derive(Clone, Default)]
struct Published(Arc<Mutex<Zone>>);

#[derive(Default)]
struct Zone {
    texts: BTreeMap<String, BTreeSet<String>>,
    asked: Vec<String>,
    is_down: bool,
}

impl Published {
    fn text(&self, name: String, text: String) {
        let mut zone = self.0.lock().unwrap();
        zone.texts.entry(name).or_default().insert(text);
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

impl DomainTexts for Published {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<BTreeSet<String>, TextsUnknown>> {
        let mut zone = self.0.lock().unwrap();
        zone.asked.push(name.clone());
        let found = match zone.is_down {
            true => Err(TextsUnknown("down".to_owned())),
            false => Ok(zone.texts.get(&name).cloned().unwrap_or_default()),
        };
        async move { found }.boxed()
    }
}

impl Link {
    /// A link whose names are verified by what is published.
    async fn verified_by(published: &Published) -> Self {
        let link = Self::new().await;
        let texts = Arc::new(published.clone());
        link.world.control.verify_domains(texts, RETRY);
        link
    }

    async fn configure(&self, params: &[(&str, &str)]) -> Answer {
        let service = [("ServiceId", self.service.id.as_str())];
        let action = "ModifyVpcEndpointServiceConfiguration";
        let params = [&service[..], params].concat();
        self.provider.ask(EC2, action, &params).await
    }

    async fn configuration(&self) -> Answer {
        let params = [("ServiceId.1", self.service.id.as_str())];
        let action = "DescribeVpcEndpointServiceConfigurations";
        self.provider.ec2(action, &params).await
    }

    /// Publishes the record of the service's name below a domain.
    async fn publish(&self, published: &Published, domain: &str) {
        let shown = self.configuration().await;
        let label = shown.texts("name").pop().unwrap();
        published.text(
            format!("{label}.{domain}"),
            shown.texts("value").pop().unwrap(),
        );
    }

    async fn start(&self) {
        let params = [("ServiceId", self.service.id.as_str())];
        let action = "StartVpcEndpointServicePrivateDnsVerification";
        self.provider.ec2(action, &params).await;
    }

    /// Waits until the name's verification says so.
    async fn until(&self, state: &str) {
        let reached = async {
            while !self
                .configuration()
                .await
                .texts("state")
                .contains(&state.to_owned())
            {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(10), reached).await;
        assert!(reached.is_ok(), "not {state} in time");
    }

    async fn set_attribute(&self, attribute: &str, value: &str) {
        let params = [("VpcId", self.network.vpc.as_str()), (attribute, value)];
        self.consumer.ec2("ModifyVpcAttribute", &params).await;
    }

    /// The codes and names of an attempt to make an endpoint with private DNS.
    async fn connect_privately(&self) -> Answer {
        let mut params = endpoint_params(&self.network, &self.service);
        params.push(("PrivateDnsEnabled", "true"));
        self.consumer.ask(EC2, "CreateVpcEndpoint", &params).await
    }
}

#[tokio::test]
async fn a_service_shows_the_record_that_proves_its_name() {
    let link = Link::new().await;
    assert!(!link.configuration().await.body.contains("privateDnsName"));
    let named = link
        .configure(&[("PrivateDnsName", "api.example.com")])
        .await;
    assert_eq!(named.status, 200);
    let shown = link.configuration().await;
    assert_eq!(shown.text("privateDnsName"), "api.example.com");
    assert_eq!(shown.text("state"), "pendingVerification");
    assert_eq!(shown.text("type"), "TXT");
    let alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    let (value, name) = (shown.text("value"), shown.text("name"));
    let (secret, label) = (value.strip_prefix("vpce:"), name.strip_prefix('_'));
    for token in [secret.unwrap(), label.unwrap()] {
        assert!(token.len() == 20 && alphanumeric(token), "{token}");
    }
    let named = [("ServiceName.1", link.service.name.as_str())];
    let offered = link
        .consumer
        .ec2("DescribeVpcEndpointServices", &named)
        .await;
    assert_eq!(
        offered.texts("privateDnsName"),
        ["api.example.com", "api.example.com"]
    );
    assert_eq!(
        offered.text("privateDnsNameVerificationState"),
        "pendingVerification"
    );
    assert!(
        !offered.body.contains(&value),
        "the record is the provider's alone"
    );
}

#[tokio::test]
async fn a_service_can_be_made_with_a_name() {
    let link = Link::new().await;
    let balancer = (
        "NetworkLoadBalancerArn.1",
        link.service.load_balancer.as_str(),
    );
    let named = [balancer, ("PrivateDnsName", "*.example.com")];
    let action = "CreateVpcEndpointServiceConfiguration";
    let made = link.provider.ec2(action, &named).await;
    assert_eq!(made.text("privateDnsName"), "*.example.com");
    let unnamed = [balancer, ("PrivateDnsName", "")];
    let made = link.provider.ec2(action, &unnamed).await;
    assert!(!made.body.contains("privateDnsName"), "{}", made.body);
    for wrong in [
        "API.example.com",
        "example",
        "a.*.example.com",
        "x..example.com",
    ] {
        let params = [balancer, ("PrivateDnsName", wrong)];
        let code = link.provider.error(EC2, action, &params).await;
        assert_eq!(code, "InvalidParameter", "{wrong}");
        let code = link
            .configure(&[("PrivateDnsName", wrong)])
            .await
            .text("Code");
        assert_eq!(code, "InvalidParameter", "{wrong}");
    }
}

#[tokio::test]
async fn a_name_is_taken_away_by_the_flag_and_by_an_empty_name() {
    let link = Link::new().await;
    for removal in [("RemovePrivateDnsName", "true"), ("PrivateDnsName", "")] {
        link.configure(&[("PrivateDnsName", "api.example.com")])
            .await;
        let kept = link.configure(&[("RemovePrivateDnsName", "false")]).await;
        assert_eq!(kept.status, 200);
        assert!(link.configuration().await.body.contains("privateDnsName"));
        assert_eq!(link.configure(&[removal]).await.status, 200);
        assert!(!link.configuration().await.body.contains("privateDnsName"));
    }
    let both = [
        ("PrivateDnsName", "api.example.com"),
        ("RemovePrivateDnsName", "true"),
    ];
    let code = link.configure(&both).await.text("Code");
    assert_eq!(code, "InvalidParameterCombination");
    link.configure(&both[..1]).await;
    link.endpoint().await;
    let code = link.configure(&[("PrivateDnsName", "")]).await.text("Code");
    assert_eq!(code, "ExistingVpcEndpointConnections");
}

#[tokio::test]
async fn a_name_is_verified_by_its_record_and_only_then_given_to_endpoints() {
    let published = Published::default();
    let link = Link::verified_by(&published).await;
    let (code, text) = ("InvalidParameter", "does not provide a private DNS name");
    let refused = link.connect_privately().await;
    assert_eq!(refused.text("Code"), code);
    assert!(refused.text("Message").contains(text));
    link.configure(&[("PrivateDnsName", "api.example.com")])
        .await;
    link.publish(&published, "api.example.com").await;
    let refused = link.connect_privately().await;
    assert!(
        refused
            .text("Message")
            .contains("has not verified the private DNS name")
    );
    assert!(published.asked().is_empty(), "nobody asked for it yet");

    link.start().await;
    link.until("verified").await;
    link.set_attribute("EnableDnsHostnames.Value", "true").await;
    let refused = link.connect_privately().await;
    assert!(
        refused
            .text("Message")
            .contains("after the endpoint connection is accepted")
    );
    link.configure(&[("AcceptanceRequired", "false")]).await;
    let made = link.connect_privately().await;
    assert_eq!(made.text("privateDnsEnabled"), "true");
    assert_eq!(made.texts("dnsName").last().unwrap(), "api.example.com");
    let zones = made.texts("hostedZoneId");
    assert!(zones.last().unwrap().starts_with('Z') && zones.last() != zones.first());
    let refused = link.connect_privately().await;
    assert_eq!(
        refused.text("Message"),
        format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for api.example.com in the VPC {}",
            link.network.vpc
        )
    );

    let endpoint = made.text("vpcEndpointId");
    let off = [
        ("VpcEndpointId", endpoint.as_str()),
        ("PrivateDnsEnabled", "false"),
    ];
    link.consumer.ec2("ModifyVpcEndpoint", &off).await;
    let one = [("VpcEndpointId.1", endpoint.as_str())];
    let shown = link.consumer.ec2("DescribeVpcEndpoints", &one).await;
    assert_eq!(shown.text("privateDnsEnabled"), "false");
    assert!(!shown.body.contains("api.example.com"));
}

#[tokio::test]
async fn both_attributes_of_the_vpc_must_be_on() {
    let published = Published::default();
    let link = Link::verified_by(&published).await;
    link.configure(&[
        ("PrivateDnsName", "api.example.com"),
        ("AcceptanceRequired", "false"),
    ])
    .await;
    link.publish(&published, "api.example.com").await;
    link.start().await;
    link.until("verified").await;
    for (hostnames, support, allowed) in [
        ("false", "true", false),
        ("true", "false", false),
        ("true", "true", true),
    ] {
        link.set_attribute("EnableDnsHostnames.Value", hostnames)
            .await;
        link.set_attribute("EnableDnsSupport.Value", support).await;
        let answer = link.connect_privately().await;
        assert_eq!(answer.status == 200, allowed, "{}", answer.body);
        if !allowed {
            assert_eq!(answer.text("Code"), "InvalidParameter");
            let expected = format!(
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
                link.network.vpc
            );
            assert_eq!(answer.text("Message"), expected);
        }
    }
}

#[tokio::test]
async fn a_record_is_looked_for_until_it_is_there_or_time_is_up() {
    let published = Published::default();
    let link = Link::verified_by(&published).await;
    link.configure(&[("PrivateDnsName", "a.example.com")]).await;
    published.0.lock().unwrap().is_down = true;
    link.start().await;
    let several = async {
        while published.asked().len() < 12 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let several = tokio::time::timeout(Duration::from_secs(10), several).await;
    assert!(several.is_ok(), "given up");
    let label = link.configuration().await.text("name");
    assert_eq!(
        published.asked()[..4],
        [
            format!("{label}.a.example.com"),
            "a.example.com".to_owned(),
            format!("{label}.example.com"),
            "example.com".to_owned(),
        ]
    );
    link.world.clock.advance(Duration::from_secs(72 * 3600));
    link.until("failed").await;
    published.0.lock().unwrap().is_down = false;
    link.publish(&published, "example.com").await;
    link.start().await;
    link.until("verified").await;
}

/// A source that answers nothing until it is told to, and counts who waits.
#[derive(Clone, Default)]
struct Slow(Arc<SlowState>);

#[derive(Default)]
struct SlowState {
    waiting: AtomicUsize,
    most: AtomicUsize,
    asked: Mutex<BTreeSet<String>>,
    go_on: Notify,
}

impl DomainTexts for Slow {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<BTreeSet<String>, TextsUnknown>> {
        let state = Arc::clone(&self.0);
        async move {
            let waiting = state.waiting.fetch_add(1, Ordering::SeqCst) + 1;
            state.most.fetch_max(waiting, Ordering::SeqCst);
            state.asked.lock().unwrap().insert(name);
            state.go_on.notified().await;
            state.waiting.fetch_sub(1, Ordering::SeqCst);
            Err(TextsUnknown("slow".to_owned()))
        }
        .boxed()
    }
}

#[tokio::test]
async fn at_most_sixteen_names_are_looked_up_at_a_time_and_others_follow() {
    let (link, slow) = (Link::new().await, Slow::default());
    let texts = Arc::new(slow.clone());
    link.world.control.verify_domains(texts, RETRY);
    for number in 0..19 {
        let name = format!("n{number}.example.com");
        let params = [
            (
                "NetworkLoadBalancerArn.1",
                link.service.load_balancer.as_str(),
            ),
            ("PrivateDnsName", name.as_str()),
        ];
        let action = "CreateVpcEndpointServiceConfiguration";
        let made = link.provider.ec2(action, &params).await;
        let id = made.text("serviceId");
        let params = [("ServiceId", id.as_str())];
        let action = "StartVpcEndpointServicePrivateDnsVerification";
        link.provider.ec2(action, &params).await;
    }
    let until = async |condition: &dyn Fn() -> bool| {
        let reached = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(10), reached).await;
        assert!(reached.is_ok(), "not in time");
    };
    let state = &slow.0;
    until(&|| state.waiting.load(Ordering::SeqCst) == 16).await;
    let names: BTreeSet<String> = (0..19).map(|it| format!("n{it}.example.com")).collect();
    until(&|| {
        state.go_on.notify_one();
        state.asked.lock().unwrap().is_superset(&names)
    })
    .await;
    assert_eq!(state.most.load(Ordering::SeqCst), 16);
}
