//! One HTTP request to an endpoint, by HTTP or HTTPS.
//!
//! Redirects are not followed: where a message goes is what was confirmed. Of an answer the status counts; no more than
//! [`HEAD_BYTES_MAX`] and [`BODY_BYTES_MAX`] of it are read. Invariant: whatever an endpoint does, it takes no longer than
//! the timeout.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderName, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use model::AccountId;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::destination::Destinations;
use super::envelope::Parcel;
use super::lookup::Lookups;

/// Bytes of an answer's status line and headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of an answer's body that are read, so that an endpoint that writes them is not cut off; more are not waited for.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long the body of an answer is waited for.
const BODY_PATIENCE: Duration = Duration::from_secs(1);
/// Addresses of an endpoint's name that are tried.
const ADDRESSES_MAX: usize = 4;
/// Who asks, as Amazon SNS introduces itself.
const AGENT: &str = "Amazon Simple Notification Service Agent";

/// Why a message has not arrived.
#[derive(Debug)]
pub(super) enum Failure {
    /// The URL names nothing that may be connected to.
    Refused(String),
    /// The endpoint answered with this status.
    Status(StatusCode),
    /// There was no answer, for this reason.
    Unreachable(String),
}

impl Failure {
    /// Whether it is the same however often it is tried. As on AWS, an endpoint that says that the request is wrong is
    /// believed.
    pub(super) fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Status(status) => {
                !status.is_server_error() && *status != StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreachable(_) => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) | Self::Unreachable(why) => f.write_str(why),
            Self::Status(status) => write!(f, "the endpoint answered {status}"),
        }
    }
}

fn unreachable(error: impl fmt::Display) -> Failure {
    Failure::Unreachable(error.to_string())
}

/// Sends requests.
pub(super) struct Client {
    destinations: Destinations,
    timeout: Duration,
    tls: TlsConnector,
    lookups: Lookups,
}

impl Client {
    /// A client that trusts whom this host trusts.
    pub(super) fn new(destinations: Destinations, timeout: Duration) -> Self {
        Self {
            destinations,
            timeout,
            tls: TlsConnector::from(Arc::new(tls_config())),
            lookups: Lookups::default(),
        }
    }

    /// Sends a parcel to an endpoint of an account, and waits for an answer that says that it has arrived.
    ///
    /// # Errors
    /// Why it has not.
    pub(super) async fn post(&self, account: AccountId, parcel: &Parcel) -> Result<(), Failure> {
        let sent = tokio::time::timeout(self.timeout, self.send(account, parcel)).await;
        let status = sent.map_err(|_| unreachable("the endpoint did not answer in time"))??;
        if status.is_success() {
            return Ok(());
        }
        Err(Failure::Status(status))
    }

    async fn send(&self, account: AccountId, parcel: &Parcel) -> Result<StatusCode, Failure> {
        let malformed = || Failure::Refused("the endpoint is no URL".to_owned());
        let url: Uri = parcel.endpoint.parse().map_err(|_| malformed())?;
        let secure = url.scheme() == Some(&http::uri::Scheme::HTTPS);
        let host = url.host().ok_or_else(malformed)?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let port = url.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let request = request(&url, parcel).map_err(|_| malformed())?;
        let stream = self.connect(account, &host, port).await?;
        if !secure {
            return exchange(stream, request).await.map_err(unreachable);
        }
        let name = ServerName::try_from(host).map_err(|_| malformed())?;
        let stream = self.tls.connect(name, stream).await;
        let stream = stream.map_err(|error| unreachable(format!("TLS: {error}")))?;
        exchange(stream, request).await.map_err(unreachable)
    }

    /// Connects to the first permitted address of a name that answers.
    async fn connect(
        &self,
        account: AccountId,
        host: &str,
        port: u16,
    ) -> Result<TcpStream, Failure> {
        let found = self.lookups.look_up(account, host, port).await;
        let found = found.map_err(|error| unreachable(format!("{host}: {error}")))?;
        let judged = found
            .iter()
            .map(|address| (address, self.destinations.judge(address.ip())));
        // One that cannot be judged is not connected to, and is tried again as one that does not answer.
        let candidates = judged.filter(|(_, permitted)| !matches!(permitted, Ok(false)));
        let mut last = None;
        for (address, permitted) in candidates.take(ADDRESSES_MAX) {
            let stream = match permitted {
                Ok(_) => TcpStream::connect(address).await,
                Err(error) => Err(error),
            };
            match stream {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        Err(match last {
            Some(error) => unreachable(error),
            None if found.is_empty() => unreachable(format!("{host} has no address")),
            None => Failure::Refused(format!(
                "{host} has no address that endpoints may have on this host (adit up --subscriber-net sets which)"
            )),
        })
    }
}

fn tls_config() -> ClientConfig {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a certificate of this host cannot be read");
    }
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("this host trusts no certificates, so no message is delivered by HTTPS");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    #[expect(
        clippy::expect_used,
        reason = "the provider has what the default versions need"
    )]
    let builder = builder.expect("the default versions of TLS");
    builder.with_root_certificates(roots).with_no_client_auth()
}

fn request(url: &Uri, parcel: &Parcel) -> Result<Request<Full<Bytes>>, http::Error> {
    let target = url.path_and_query().map_or("/", |it| it.as_str());
    let target = if target.is_empty() { "/" } else { target };
    let host = url.authority().map_or("", |it| it.as_str());
    let mut request = Request::post(target)
        .header(HOST, host)
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close")
        .header(CONTENT_TYPE, super::retry::CONTENT_TYPE)
        .header(header("x-amz-sns-message-type"), parcel.message_type)
        .header(header("x-amz-sns-message-id"), &parcel.message_id)
        .header(header("x-amz-sns-topic-arn"), &parcel.topic_arn);
    if let Some(arn) = &parcel.subscription_arn {
        request = request.header(header("x-amz-sns-subscription-arn"), arn);
    }
    if parcel.is_raw {
        request = request.header(header("x-amz-sns-rawdelivery"), "true");
    }
    request.body(Full::from(parcel.body.clone()))
}

const fn header(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

/// The status of the answer to a request.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> io::Result<StatusCode> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(async {
        let response = sender
            .send_request(request)
            .await
            .map_err(io::Error::other)?;
        let status = response.status();
        // The status was said; what becomes of the body changes nothing.
        let rest = Limited::new(response.into_body(), BODY_BYTES_MAX).collect();
        let _ = tokio::time::timeout(BODY_PATIENCE, rest).await;
        Ok(status)
    });
    tokio::select! {
        answer = &mut answer => return answer,
        // Whatever ended it, the answer's part learns it too.
        _ended = &mut connection => {}
    }
    answer.await
}
