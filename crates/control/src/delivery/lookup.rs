//! Lookups of endpoints' names, by the host's own resolver.
//!
//! That one blocks a thread for as long as it likes, whoever has stopped to wait for it. Invariant: it has no more
//! threads, in all and for the endpoints of one account, than the limits say, so names that are never answered keep no
//! other account's from being looked up, nor anything else that needs a thread.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use model::AccountId;
use tokio::sync::Semaphore;

/// Threads that look up names at a time. Tokio has 512 for everything.
const THREADS_MAX: usize = 128;
/// Those for endpoints of one account.
const THREADS_PER_ACCOUNT_MAX: usize = 8;

/// The threads that look up names.
#[derive(Debug)]
pub(super) struct Lookups {
    all: Arc<Semaphore>,
    by_account: Mutex<BTreeMap<AccountId, Arc<Semaphore>>>,
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(THREADS_MAX)),
            by_account: Mutex::default(),
        }
    }
}

impl Lookups {
    /// The addresses of a name, for an endpoint of an account.
    ///
    /// # Errors
    /// It has none, or cannot be looked up.
    pub(super) async fn look_up(
        &self,
        account: AccountId,
        host: &str,
        port: u16,
    ) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let name = (host.to_owned(), port);
        let found = self.run(account, move || name.to_socket_addrs()).await??;
        Ok(found.collect())
    }

    /// Runs something that blocks when there is a thread for it. Dropping the future does not free the thread.
    async fn run<T: Send + 'static>(
        &self,
        account: AccountId,
        block: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let own = self.share(account);
        let own = own.acquire_owned().await.map_err(io::Error::other)?;
        let one = Arc::clone(&self.all).acquire_owned().await;
        let one = one.map_err(io::Error::other)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = block();
            drop((own, one));
            done
        });
        done.await.map_err(io::Error::other)
    }

    /// The threads of an account: the same for all who have or want one of them.
    fn share(&self, account: AccountId) -> Arc<Semaphore> {
        let mut by_account = self
            .by_account
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Who has a thread or is about to take one holds the semaphore too; without any of those there is no need of it.
        by_account.retain(|_, own| Arc::strong_count(own) > 1);
        let free = || Arc::new(Semaphore::new(THREADS_PER_ACCOUNT_MAX));
        Arc::clone(by_account.entry(account).or_insert_with(free))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn account(number: usize) -> AccountId {
        AccountId::new(number.try_into().unwrap()).unwrap()
    }

    /// Waits until so many lookups are on.
    async fn until(running: &AtomicUsize, count: usize) {
        let reached = async {
            while running.load(Ordering::SeqCst) != count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, reached).await;
        waited.unwrap_or_else(|_| {
            panic!("{} run instead of {count}", running.load(Ordering::SeqCst))
        });
    }

    #[tokio::test]
    async fn names_that_are_never_answered_take_no_more_threads_than_their_accounts_share() {
        let lookups = Lookups::default();
        let running = Arc::new(AtomicUsize::new(0));
        let (answer, unanswered) = mpsc::channel::<()>();
        let unanswered = Arc::new(Mutex::new(unanswered));
        let hang = |of| {
            let (running, unanswered) = (Arc::clone(&running), Arc::clone(&unanswered));
            let lookup = lookups.run(account(of), move || {
                running.fetch_add(1, Ordering::SeqCst);
                let _ = unanswered.lock().unwrap().recv();
                running.fetch_sub(1, Ordering::SeqCst);
            });
            // Nobody waits for it any longer; it goes on all the same.
            tokio::time::timeout(Duration::from_millis(100), lookup)
        };
        join_all((0..3 * THREADS_PER_ACCOUNT_MAX).map(|_| hang(1))).await;
        until(&running, THREADS_PER_ACCOUNT_MAX).await;
        let other = lookups.look_up(account(2), "localhost", 80);
        let found = tokio::time::timeout(PATIENCE, other)
            .await
            .unwrap()
            .unwrap();
        assert!(!found.is_empty());
        for of in 2..=2 + THREADS_MAX / THREADS_PER_ACCOUNT_MAX {
            join_all((0..THREADS_PER_ACCOUNT_MAX).map(|_| hang(of))).await;
        }
        until(&running, THREADS_MAX).await;
        drop(answer);
        until(&running, 0).await;
        let again = lookups.run(account(1), || ());
        tokio::time::timeout(PATIENCE, again)
            .await
            .unwrap()
            .unwrap();
    }

    #[tokio::test]
    async fn who_is_about_to_take_a_thread_takes_it_from_the_same_share_as_all_others() {
        let lookups = Lookups::default();
        let first = lookups.share(account(1));
        let second = lookups.share(account(1));
        assert!(Arc::ptr_eq(&first, &second));
        let thread = first.acquire_owned().await.unwrap();
        drop(second);
        let third = lookups.share(account(1));
        assert_eq!(third.available_permits(), THREADS_PER_ACCOUNT_MAX - 1);
        drop((thread, third));
        drop(lookups.share(account(2)));
        assert_eq!(
            lookups.by_account.lock().unwrap().len(),
            1,
            "who wants none has no entry"
        );
    }

    #[tokio::test]
    async fn an_address_needs_no_thread() {
        let lookups = Lookups::default();
        lookups.all.close();
        let found = lookups
            .look_up(account(1), "2001:db8::1", 80)
            .await
            .unwrap();
        assert_eq!(found, ["[2001:db8::1]:80".parse().unwrap()]);
    }
}
