//! What time alone brings about, however much of it at once.

use model::command::CreateRouteTable;

use super::*;

/// A control plane on a store of these limits in which client tokens have just become old; how many.
async fn with_old_tokens(disk: &Disk, limits: Limits, count: usize) -> Control {
    let clock = Arc::new(ManualWallClock::new(EPOCH));
    let options = OpenOptions {
        clock: Arc::clone(&clock) as Arc<dyn WallClock>,
        housekeeping_interval: Duration::from_millis(2),
        ..options()
    };
    let control = Control::open(disk.store(limits).await, options)
        .await
        .unwrap();
    let caller = caller(&control);
    control.submit(caller, vpc()).await.unwrap();
    let vpc = control
        .snapshot()
        .state
        .tables()
        .vpcs
        .iter()
        .next()
        .unwrap()
        .id;
    for number in 0..count {
        let create = CreateRouteTable {
            vpc,
            tags: Tags::new(),
            client_token: Some(format!("token-{number}")),
        };
        control.submit(caller, create).await.unwrap();
    }
    let tokens = control.snapshot().state.tables().client_tokens.len();
    assert_eq!(tokens, count);
    clock.advance(Duration::from_secs(25 * 3600));
    control
}

#[tokio::test]
async fn time_alone_lets_old_client_tokens_go() {
    let disk = Disk::new();
    let control = with_old_tokens(&disk, Limits::default(), 1).await;
    until(|| control.snapshot().state.tables().client_tokens.is_empty()).await;
}

#[tokio::test]
async fn more_operations_than_a_transaction_takes_become_due_at_once() {
    let disk = Disk::new();
    let limits = Limits {
        txn_ops_max: 16,
        ..Limits::default()
    };
    let control = with_old_tokens(&disk, limits, 60).await;
    until(|| control.snapshot().state.tables().client_tokens.is_empty()).await;
}

#[tokio::test]
async fn more_bytes_than_a_transaction_takes_become_due_at_once() {
    let disk = Disk::new();
    let limits = Limits {
        txn_bytes_max: 3000,
        ..Limits::default()
    };
    let control = with_old_tokens(&disk, limits, 60).await;
    until(|| control.snapshot().state.tables().client_tokens.is_empty()).await;
}
