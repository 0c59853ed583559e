//! `adit env` and `adit account`: tenants and their credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::bail;
use control::Control;

use crate::admin::{AccountLine, Credentials, Reply, Request};
use crate::cli::{EnvArgs, NameArgs};
use crate::{installation, output};

/// What AWS tools would prefer to an access key or to the one endpoint of all services, or send along.
const OVERRIDING: &str = "AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_PROFILE AWS_IGNORE_CONFIGURED_ENDPOINT_URLS \
     AWS_ENDPOINT_URL_EC2 AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2 AWS_ENDPOINT_URL_IAM AWS_ENDPOINT_URL_SNS \
     AWS_ENDPOINT_URL_STS";

/// `adit env`
///
/// # Errors
/// There is no such installation or account.
pub(crate) fn env(args: &EnvArgs) -> anyhow::Result<()> {
    let request = Request::Credentials {
        account: args.account.clone(),
    };
    let offline = async |control: &Control| credentials(control, args.account.as_deref());
    let (Reply::Credentials(credentials), remembered) =
        installation::ask(&args.name, &request, offline)?
    else {
        bail!("adit replied to something else");
    };
    let endpoint = reachable(remembered.listen);
    output::print(format!(
        "unset {OVERRIDING}\n\
         export AWS_ENDPOINT_URL=http://{endpoint}\n\
         export AWS_ACCESS_KEY_ID={id}\n\
         export AWS_SECRET_ACCESS_KEY={secret}\n\
         export AWS_REGION={region}\n\
         export AWS_DEFAULT_REGION={region}\n\
         {around_proxies}",
        endpoint = endpoint,
        around_proxies = around_proxies(endpoint.ip()),
        id = credentials.access_key_id,
        secret = credentials.secret_access_key,
        region = credentials.region,
    ))?;
    Ok(())
}

/// Shell commands by which a proxy is not asked for a host, once however often they are run; nothing where `*` says so of
/// every host. Tools read either name, and
/// some only one of them, so both then say what one of them said.
fn around_proxies(host: IpAddr) -> String {
    let add = |name: &str| {
        format!(
            "case \",${name},\" in *,{host},*|*,\\*,*) ;; *) export {name}=\"{host}${{{name}:+,${name}}}\" ;; esac"
        )
    };
    format!(
        ": \"${{no_proxy:=${{NO_PROXY-}}}}\" \"${{NO_PROXY:=${{no_proxy-}}}}\"\n{}\n{}",
        add("no_proxy"),
        add("NO_PROXY")
    )
}

/// `adit account create`
///
/// # Errors
/// There is no such installation, or the name is taken or no name.
pub(crate) fn create(name: &NameArgs, account: &str) -> anyhow::Result<()> {
    let request = Request::CreateAccount {
        name: account.to_owned(),
    };
    let offline = async |control: &Control| create_in(control, account).await;
    let (Reply::Accounts(accounts), _) = installation::ask(name, &request, offline)? else {
        bail!("adit replied to something else");
    };
    for account in accounts {
        output::print(account.id)?;
    }
    Ok(())
}

/// `adit account list`
///
/// # Errors
/// There is no such installation.
pub(crate) fn list(name: &NameArgs, json: bool) -> anyhow::Result<()> {
    let (Reply::Accounts(accounts), _) =
        installation::ask(name, &Request::Accounts, async |control: &Control| {
            Ok(all(control))
        })?
    else {
        bail!("adit replied to something else");
    };
    if json {
        output::print(serde_json::to_string_pretty(&accounts)?)?;
        return Ok(());
    }
    let mut lines = vec![format!("{:<12}  NAME", "ACCOUNT")];
    lines.extend(
        accounts
            .iter()
            .map(|account| format!("{:<12}  {}", account.id, account.name)),
    );
    output::print(lines.join("\n"))?;
    Ok(())
}

/// All accounts.
pub(crate) fn all(control: &Control) -> Reply {
    let line = |account: control::AccountSummary| AccountLine {
        name: account.name,
        id: account.id.to_string(),
    };
    Reply::Accounts(control.accounts().into_iter().map(line).collect())
}

/// A new account.
///
/// # Errors
/// The name is taken or no name.
pub(crate) async fn create_in(control: &Control, name: &str) -> anyhow::Result<Reply> {
    let account = control.create_account(name).await?;
    Ok(Reply::Accounts(vec![AccountLine {
        name: account.name,
        id: account.id.to_string(),
    }]))
}

/// Root credentials of an account, by name or id; without either, of the default account.
///
/// # Errors
/// There is no such account.
pub(crate) fn credentials(control: &Control, account: Option<&str>) -> anyhow::Result<Reply> {
    let account = account.unwrap_or(control::DEFAULT_ACCOUNT);
    let Some(found) = control.credentials(account) else {
        bail!("there is no account '{account}'; adit account list shows all");
    };
    Ok(Reply::Credentials(Credentials {
        access_key_id: found.access_key_id,
        secret_access_key: found.secret_access_key,
        region: found.region,
    }))
}

/// Where this host's clients reach a listener: a wildcard address is none to connect to.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}
