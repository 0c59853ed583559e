//! boto3, unmodified, as client: it walks the whole story of a private link, reads every answer by its own models, and
//! says which of its parameters are declared here.
//!
//! Runs where `python3` finds boto3, and otherwise says that it was skipped. There is no host: a task of the test plays
//! the agent, which does at once whatever is wished and reports it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod agent;

use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aws_wire::query::{ActionSpec, Kind, MembersSpec, ParamSpec, Presence, Status};
use control::{ConsoleOutput, Control, DEFAULT_ACCOUNT, OpenOptions};
use model::{InstanceId, Settings, Timestamp};
use serde_json::{Value, json};
use store::{EmbeddedStore, Options};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/boto3");
/// How long a script may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a script with JSON on its standard input; its output is the test's. False when there is no boto3.
async fn run(script: &str, input: &Value) -> bool {
    let found = Command::new("python3")
        .args(["-c", "import boto3"])
        .output()
        .await;
    let reason = match found {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("python3: {error}")),
    };
    if let Some(reason) = reason {
        let line = reason.lines().last().unwrap_or_default();
        // Written past the harness, which hides the output of tests that pass.
        let skipped = format!("SKIPPED 1 test: control {script} needs boto3 ({line})\n");
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        return false;
    }
    let mut child = Command::new("python3")
        .arg(format!("{FOLDER}/{script}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output());
    let output = ended.await.expect("in time").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{script} failed:\n{stdout}\n{stderr}"
    );
    true
}

/// What an instance writes to its console in this test.
fn console(_: InstanceId) -> Option<ConsoleOutput> {
    let at = Timestamp::from_millis(1_767_225_600_000);
    Some(ConsoleOutput {
        bytes: b"hello \xff world\n".to_vec(),
        at,
    })
}

/// What scripts are told: where the API is, and the accounts.
fn settings(control: &Control, url: &str) -> Value {
    let account = |name: &str| {
        let found = control.credentials(name).unwrap();
        json!({
            "id": found.id.to_string(),
            "access_key_id": found.access_key_id,
            "secret_access_key": found.secret_access_key,
        })
    };
    json!({
        "url": url,
        "region": control.snapshot().state.settings().region,
        "provider": account(DEFAULT_ACCOUNT),
        "consumer": account("consumer"),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boto3_gives_users_and_roles_what_they_may() {
    let data = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(data.path().join("state"), Options::default());
    // Not the region that AWS has IAM in: botocore signs IAM's requests for the one that it is configured with.
    let options = OpenOptions {
        settings: Settings::of_region("eu-west-1").unwrap(),
        ..OpenOptions::default()
    };
    let control = Control::open(Arc::new(store.await.unwrap()), options)
        .await
        .unwrap();
    control.create_account("consumer").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(control::serve(
        listener,
        control.clone(),
        std::future::pending(),
    ));
    run("iam.py", &settings(&control, &url)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boto3_walks_the_whole_story() {
    let data = tempfile::tempdir().unwrap();
    let open = || EmbeddedStore::open(data.path().join("state"), Options::default());
    let store = Arc::new(open().await.unwrap());
    let control = Control::open(store.clone(), OpenOptions::default())
        .await
        .unwrap();
    control.create_account("consumer").await.unwrap();
    control.console_from(Arc::new(console));
    let (agent, applied) = agent::start(&control);
    control.follow_applied(applied);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(control::serve(
        listener,
        control.clone(),
        std::future::pending(),
    ));

    let ran = run("story.py", &settings(&control, &url)).await;

    // Whatever it came to is the same after a restart.
    server.abort();
    agent.abort();
    let before = control.snapshot();
    control.close().await;
    Arc::into_inner(store)
        .expect("nobody has the store any more")
        .close()
        .await;
    if ran {
        assert!(before.revision > 50, "the story changed nothing");
    }
    let reopened = Control::open(Arc::new(open().await.unwrap()), OpenOptions::default());
    assert_eq!(reopened.await.unwrap().snapshot().state, before.state);
}

#[tokio::test]
async fn every_parameter_that_boto3_knows_is_declared() {
    let actions: Vec<Value> = control::actions().iter().map(action).collect();
    run("coverage.py", &json!(actions)).await;
}

fn action(spec: &ActionSpec) -> Value {
    json!({
        "service": spec.service.signing_name(),
        "name": spec.name,
        "params": members(&spec.params),
    })
}

fn members(spec: &MembersSpec) -> Value {
    let member = |param: &'static ParamSpec| (param.wire_name.to_owned(), self::param(param));
    Value::Object(spec.iter().map(member).collect())
}

fn param(spec: &ParamSpec) -> Value {
    let refused = matches!(spec.status, Status::Refused { .. });
    let inner = match spec.kind {
        Kind::Structure(spec) => members(spec),
        Kind::Arn(_)
        | Kind::Blob
        | Kind::Boolean
        | Kind::Enumeration(_)
        | Kind::Id(_)
        | Kind::Integer
        | Kind::Ipv4Address
        | Kind::Ipv4Cidr
        | Kind::String => Value::Null,
    };
    json!({
        "required": spec.is_required(),
        "list": spec.presence == Presence::List,
        "map": spec.presence == Presence::Map,
        "refused": refused,
        "members": inner,
    })
}
