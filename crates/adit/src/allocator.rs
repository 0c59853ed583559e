//! The allocator of Adit's own values; C libraries keep the system's. How it is set up stands in `.cargo/config.toml`.

use tikv_jemalloc_ctl::background_thread;
use tikv_jemallocator::Jemalloc;

/// The state is millions of small values that one thread makes and another drops. The system's allocator gives each
/// thread a heap of its own that grows by single pages and hardly shrinks: with 100,000 endpoints that took more than a
/// third of the agent's memory after a start, and of the time of creating one more a quarter.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// From here on a thread gives memory back that has not been used for a while, also when nobody asks for any. For
/// processes that run long and may have threads.
pub(crate) fn give_back_in_background() {
    if let Err(error) = background_thread::write(true) {
        tracing::debug!(%error, "memory is given back by those who ask for some");
    }
}
