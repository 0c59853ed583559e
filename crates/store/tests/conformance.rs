//! The embedded store does what every store must.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use store::conformance::{self, Fixture};
use store::{EmbeddedStore, Limits, ManualClock, Options};

async fn run(limits: Limits) {
    let dir = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicUsize::new(0);
    conformance::run(|| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = dir.path().join(number.to_string());
        let limits = limits.clone();
        async move {
            let clock = Arc::new(ManualClock::default());
            let options = Options {
                limits,
                clock: clock.clone(),
            };
            Fixture {
                store: Arc::new(EmbeddedStore::open(path, options).await.unwrap()),
                pass_time: Box::new(move |time: Duration| {
                    clock.advance(time);
                    async {}.boxed()
                }),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_conforms() {
    run(Limits::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_conforms_with_the_smallest_queues_and_pages() {
    run(Limits {
        watch_buffer: 1,
        queue_max: 1,
        batch_max: 1,
        reads_max: 1,
        ..Limits::default()
    })
    .await;
}
