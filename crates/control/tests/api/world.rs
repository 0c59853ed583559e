//! An installation without a host, and clients of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use control::{
    AccountCredentials, Control, DEFAULT_ACCOUNT, ManualWallClock, OpenOptions, ServerLimits,
    WallClock,
};
use model::{Command, CountingIds, Timestamp};
use store::{EmbeddedStore, Options};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Noon on a day in 2026.
const NOON: Timestamp = Timestamp::from_millis(1_767_268_800_000);

pub(crate) const EC2: &str = "ec2";
pub(crate) const ELB: &str = "elasticloadbalancing";
pub(crate) const STS: &str = "sts";
pub(crate) const IAM: &str = "iam";
pub(crate) const SNS: &str = "sns";

/// A served installation; dropping it ends it.
pub(crate) struct World {
    pub(crate) control: Control,
    pub(crate) clock: Arc<ManualWallClock>,
    at: SocketAddr,
    data: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(ManualWallClock::new(NOON));
        Self::start_on(tempfile::tempdir().unwrap(), clock).await
    }

    /// The installation after a restart. Clients from before have lost it.
    pub(crate) async fn restart(self) -> Self {
        self.control.close().await;
        Self::start_on(self.data, self.clock).await
    }

    async fn start_on(data: TempDir, clock: Arc<ManualWallClock>) -> Self {
        let store = open_store(data.path().join("state")).await;
        let options = OpenOptions {
            clock: Arc::clone(&clock) as Arc<dyn WallClock>,
            ids: Box::new(CountingIds::default()),
            ..OpenOptions::default()
        };
        let control = Control::open(Arc::new(store), options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let served = control.clone();
        let limits = ServerLimits {
            body_bytes_max: 100_000,
            ..ServerLimits::default()
        };
        tokio::spawn(async move {
            control::serve_within(listener, served, limits, std::future::pending()).await;
        });
        Self {
            control,
            clock,
            at,
            data,
        }
    }

    /// Records what an agent reports.
    pub(crate) async fn report(&self, command: impl Into<Command>) {
        self.control.report(command).await.unwrap();
    }

    /// A client of the first account.
    pub(crate) fn client(&self) -> Client {
        self.client_of(DEFAULT_ACCOUNT)
    }

    /// A client of a new account.
    pub(crate) async fn tenant(&self, name: &str) -> Client {
        self.control.create_account(name).await.unwrap();
        self.client_of(name)
    }

    /// A client of an account by its name.
    pub(crate) fn client_of(&self, account: &str) -> Client {
        let credentials = self.control.credentials(account).unwrap();
        Client {
            at: self.at,
            clock: Arc::clone(&self.clock),
            credentials,
            token: None,
        }
    }
}

/// Opens a store as soon as the one who had it before has let go.
async fn open_store(path: PathBuf) -> EmbeddedStore {
    let free = async {
        loop {
            match EmbeddedStore::open(path.clone(), Options::default()).await {
                Ok(store) => return store,
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), free)
        .await
        .expect("in time")
}

/// Signs and sends requests of one account.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) at: SocketAddr,
    clock: Arc<ManualWallClock>,
    pub(crate) credentials: AccountCredentials,
    /// A session token to send along.
    pub(crate) token: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Client {
    /// Calls an action and returns whatever is answered.
    pub(crate) async fn ask(&self, service: &str, action: &str, params: &[(&str, &str)]) -> Answer {
        let version = match service {
            EC2 => "2016-11-15",
            ELB => "2015-12-01",
            IAM => "2010-05-08",
            SNS => "2010-03-31",
            _ => "2011-06-15",
        };
        let head = [("Action", action), ("Version", version)];
        let all = head.iter().chain(params);
        let body: Vec<String> = all
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        self.send(service, "POST", "/", &body.join("&")).await
    }

    /// Calls an EC2 action that succeeds.
    pub(crate) async fn ec2(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let answer = self.ask(EC2, action, params).await;
        assert_eq!(answer.status, 200, "{action} {params:?}: {}", answer.body);
        answer
    }

    /// Calls an ELBv2 action that succeeds.
    pub(crate) async fn elb(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let answer = self.ask(ELB, action, params).await;
        assert_eq!(answer.status, 200, "{action} {params:?}: {}", answer.body);
        answer
    }

    /// Calls an IAM action that succeeds.
    pub(crate) async fn iam(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let answer = self.ask(IAM, action, params).await;
        assert_eq!(answer.status, 200, "{action} {params:?}: {}", answer.body);
        answer
    }

    /// Calls an SNS action that succeeds.
    pub(crate) async fn sns(&self, action: &str, params: &[(&str, &str)]) -> Answer {
        let answer = self.ask(SNS, action, params).await;
        assert_eq!(answer.status, 200, "{action} {params:?}: {}", answer.body);
        answer
    }

    /// A client that signs with what an answer of `CreateAccessKey` or of STS holds.
    pub(crate) fn signing_with(&self, answer: &Answer) -> Self {
        let mut client = self.clone();
        client.credentials.access_key_id = answer.text("AccessKeyId");
        client.credentials.secret_access_key = answer.text("SecretAccessKey");
        client.token = answer.texts("SessionToken").pop();
        client
    }

    /// A client of a new user of this account, with these statements as its policy, if any.
    pub(crate) async fn user(&self, name: &str, statements: &str) -> Self {
        let user = ("UserName", name);
        self.iam("CreateUser", &[user]).await;
        if !statements.is_empty() {
            self.permit_user(name, statements).await;
        }
        self.signing_with(&self.iam("CreateAccessKey", &[user]).await)
    }

    /// Gives a user these statements in place of those before.
    pub(crate) async fn permit_user(&self, name: &str, statements: &str) {
        let document = policy(statements);
        let params = [
            ("UserName", name),
            ("PolicyName", "own"),
            ("PolicyDocument", &document),
        ];
        self.iam("PutUserPolicy", &params).await;
    }

    /// Makes a role that trusts these principals (as JSON), with these statements as its policy, if any.
    pub(crate) async fn role(&self, name: &str, trusts: &str, statements: &str) -> String {
        let trust = policy(&format!(
            r#"{{"Effect": "Allow", "Principal": {trusts}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}"#
        ));
        let params = [("RoleName", name), ("AssumeRolePolicyDocument", &trust)];
        let arn = self.iam("CreateRole", &params).await.text("Arn");
        if !statements.is_empty() {
            let document = policy(statements);
            let params = [
                ("RoleName", name),
                ("PolicyName", "own"),
                ("PolicyDocument", &document),
            ];
            self.iam("PutRolePolicy", &params).await;
        }
        arn
    }

    /// Assumes a role.
    pub(crate) async fn assume(&self, role: &str) -> Self {
        let params = [("RoleArn", role), ("RoleSessionName", "shift")];
        let answer = self.ask(STS, "AssumeRole", &params).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.signing_with(&answer)
    }

    /// Calls an action that fails, and returns the error's code.
    pub(crate) async fn error(
        &self,
        service: &str,
        action: &str,
        params: &[(&str, &str)],
    ) -> String {
        let answer = self.ask(service, action, params).await;
        assert_ne!(answer.status, 200, "{action} {params:?}: {}", answer.body);
        assert!(answer.status < 500, "{action} {params:?}: {}", answer.body);
        answer.text("Code")
    }

    /// Signs a request for now and sends it.
    pub(crate) async fn send(&self, service: &str, method: &str, uri: &str, body: &str) -> Answer {
        let headers = self.signed(service, method, uri, body, Duration::ZERO);
        exchange(self.at, method, uri, &headers, body.as_bytes()).await
    }

    /// The headers of a request that is signed so much before now.
    pub(crate) fn signed(
        &self,
        service: &str,
        method: &str,
        uri: &str,
        body: &str,
        ago: Duration,
    ) -> Vec<(String, String)> {
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        let header = ("content-type", content_type);
        self.signed_with(service, (method, uri, body), header, ago)
    }

    /// The same with another header beside `Host`.
    pub(crate) fn signed_with(
        &self,
        service: &str,
        (method, uri, body): (&str, &str, &str),
        (name, value): (&str, &str),
        ago: Duration,
    ) -> Vec<(String, String)> {
        let host = self.at.to_string();
        let mut headers = vec![
            ("host".to_owned(), host.clone()),
            (name.to_owned(), value.to_owned()),
        ];
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(self.clock.now().as_millis());
        let AccountCredentials {
            access_key_id,
            secret_access_key,
            region,
            ..
        } = self.credentials.clone();
        let identity = aws_credential_types::Credentials::new(
            access_key_id,
            secret_access_key,
            self.token.clone(),
            None,
            "test",
        )
        .into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(service)
            .time(now - ago)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let signable = SignableRequest::new(
            method,
            format!("http://{host}{uri}"),
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(body.as_bytes()),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let added = instructions.headers();
        headers.extend(added.map(|(name, value)| (name.to_owned(), value.to_owned())));
        headers
    }
}

/// Sends one request on a connection of its own and reads the answer to its end.
pub(crate) async fn exchange(
    at: SocketAddr,
    method: &str,
    uri: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Answer {
    let mut request = format!("{method} {uri} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let talk = async {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        // The server may have answered and closed before it has read everything.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), talk)
        .await
        .expect("in time");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

impl Answer {
    /// The text of the first element of that name.
    pub(crate) fn text(&self, element: &str) -> String {
        self.texts(element)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no {element} in {}", self.body))
    }

    /// The texts of all elements of that name that hold text alone.
    pub(crate) fn texts(&self, element: &str) -> Vec<String> {
        let open = format!("<{element}>");
        let parts = self.body.split(open.as_str()).skip(1);
        parts
            .filter_map(|part| part.split_once('<'))
            .map(|(text, _)| text.to_owned())
            .collect()
    }

    /// A response header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_prefix(": ")
    }
}

/// A policy document of these statements.
pub(crate) fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

/// A value as a form has it.
pub(crate) fn percent_encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let byte = |b: u8| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

/// A VPC with a subnet in the first zone, and a load balancer with a listener in front of a target group.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) vpc: String,
    pub(crate) subnet: String,
}

impl Network {
    pub(crate) async fn new(client: &Client) -> Self {
        let vpc = client
            .ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
            .await
            .text("vpcId");
        let subnet = Self::subnet_in(client, &vpc, "10.0.1.0/24", "us-east-1a").await;
        Self { vpc, subnet }
    }

    pub(crate) async fn subnet_in(client: &Client, vpc: &str, cidr: &str, zone: &str) -> String {
        let params = [
            ("VpcId", vpc),
            ("CidrBlock", cidr),
            ("AvailabilityZone", zone),
        ];
        client.ec2("CreateSubnet", &params).await.text("subnetId")
    }
}

/// An endpoint service of a network's owner, with everything behind it.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) load_balancer: String,
    pub(crate) target_group: String,
    pub(crate) listener: String,
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Service {
    pub(crate) async fn new(client: &Client, network: &Network) -> Self {
        let params = [
            ("Name", "web"),
            ("Type", "network"),
            ("Scheme", "internal"),
            ("Subnets.member.1", network.subnet.as_str()),
        ];
        let load_balancer = client
            .elb("CreateLoadBalancer", &params)
            .await
            .text("LoadBalancerArn");
        let params = [
            ("Name", "web"),
            ("Protocol", "TCP"),
            ("Port", "80"),
            ("VpcId", network.vpc.as_str()),
            ("TargetType", "ip"),
        ];
        let target_group = client
            .elb("CreateTargetGroup", &params)
            .await
            .text("TargetGroupArn");
        let params = [
            ("LoadBalancerArn", load_balancer.as_str()),
            ("Protocol", "TCP"),
            ("Port", "80"),
            ("DefaultActions.member.1.Type", "forward"),
            (
                "DefaultActions.member.1.TargetGroupArn",
                target_group.as_str(),
            ),
        ];
        let listener = client
            .elb("CreateListener", &params)
            .await
            .text("ListenerArn");
        let params = [("NetworkLoadBalancerArn.1", load_balancer.as_str())];
        let answer = client
            .ec2("CreateVpcEndpointServiceConfiguration", &params)
            .await;
        let (id, name) = (answer.text("serviceId"), answer.text("serviceName"));
        Self {
            load_balancer,
            target_group,
            listener,
            id,
            name,
        }
    }

    pub(crate) async fn permit(&self, provider: &Client, principal: &str) {
        let params = [
            ("ServiceId", self.id.as_str()),
            ("AddAllowedPrincipals.1", principal),
        ];
        provider
            .ec2("ModifyVpcEndpointServicePermissions", &params)
            .await;
    }
}

/// An interface endpoint of a network's owner, and the parameters that make one.
pub(crate) fn endpoint_params<'a>(
    network: &'a Network,
    service: &'a Service,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("VpcEndpointType", "Interface"),
        ("VpcId", network.vpc.as_str()),
        ("ServiceName", service.name.as_str()),
        ("SubnetId.1", network.subnet.as_str()),
    ]
}
