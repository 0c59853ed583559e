//! States that must not be taken for what they are not.

use super::*;

/// Opens a store that holds the records of a first start, after they were tampered with.
async fn tampered(op: Op) -> OpenError {
    let disk = Disk::new();
    let store = disk.store(Limits::default()).await;
    open(Arc::clone(&store) as Arc<dyn Store>).await;
    store.txn(Txn::new().then(op)).await.unwrap();
    Control::open(store, options()).await.unwrap_err()
}

#[tokio::test]
async fn a_state_of_a_newer_release_is_refused_with_both_versions() {
    let error = tampered(Op::put("/adit/head", "2")).await;
    assert!(
        matches!(error, OpenError::Newer { found: 2, known: 1 }),
        "{error}"
    );
    assert!(error.to_string().contains("version 2") && error.to_string().contains("version 1"));
}

#[tokio::test]
async fn a_state_without_a_head_that_makes_sense_is_refused() {
    for op in [
        Op::delete("/adit/head"),
        Op::put("/adit/head", ""),
        Op::put("/adit/head", "0"),
    ] {
        let error = tampered(op).await;
        assert!(matches!(error, OpenError::NoHead), "{error}");
    }
}

#[tokio::test]
async fn a_server_key_that_is_none_is_refused_and_a_lost_one_made_anew() {
    for value in ["", "0123456789abcdef0123456789abcde"] {
        let error = tampered(Op::put("/adit/page-key", value)).await;
        assert!(matches!(error, OpenError::PageKey), "{error}");
    }
    let error = tampered(Op::put("/adit/session-key", "")).await;
    assert!(matches!(error, OpenError::SessionKey), "{error}");
    let disk = Disk::new();
    let store = disk.store(Limits::default()).await;
    open(Arc::clone(&store) as Arc<dyn Store>).await;
    let lost = Txn::new()
        .then(Op::delete("/adit/page-key"))
        .then(Op::delete("/adit/session-key"));
    store.txn(lost).await.unwrap();
    open(store).await;
}

#[tokio::test]
async fn a_damaged_record_is_refused_by_its_key_and_field() {
    let vpc = "vpc-00000000000000001";
    let error = tampered(Op::put(format!("/adit/v1/vpc/{vpc}"), r#"{"extra": 1}"#)).await;
    let text = format!("{:#}", Chain(&error));
    assert!(text.contains(vpc) && text.contains("extra"), "{text}");
    let error = tampered(Op::put("/adit/v1/nonsense", "{}")).await;
    let text = format!("{:#}", Chain(&error));
    assert!(text.contains("/adit/v1/nonsense"), "{text}");
}

/// An error with its sources.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        self.0
            .source()
            .map_or(Ok(()), |source| write!(f, ": {}", Chain(source)))
    }
}
