//! Looks for the records that prove whose the domains of private DNS names are.
//!
//! Which searches there are is read from the state each time anew; only when each is due next is known here alone, and is
//! forgotten with the process, which then begins with all of them. The model ends a search whose time is up.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use model::command::PrivateDnsNameVerified;
use model::private_dns::ServicePrivateDns;
use model::{EndpointServiceId, State};
use tokio::time::Instant;

use super::{Control, Shared, Updates};
use crate::domain::DomainTexts;

/// Searches that are under way at a time; others wait.
const LOOKUPS_MAX: usize = 16;
/// How long a record that was not there is left alone at first; twice as long after each further time.
pub const LOOKUP_RETRY: Duration = Duration::from_secs(1);
/// How long it is left alone at most. It shows within this time after it was published.
const LOOKUP_RETRY_MAX: Duration = Duration::from_secs(600);

/// One private name whose record is looked for.
#[derive(Debug)]
struct Search {
    wanted: ServicePrivateDns,
    /// When to look next; none while somebody looks.
    due: Option<Instant>,
    /// How long to wait after the next time in vain.
    retry: Duration,
}

/// What a look came to.
struct Look {
    service: EndpointServiceId,
    wanted: ServicePrivateDns,
    is_found: bool,
}

/// The searches, and the looks that are under way.
struct Verifier {
    texts: Arc<dyn DomainTexts>,
    first_retry: Duration,
    searches: BTreeMap<EndpointServiceId, Search>,
    looks: FuturesUnordered<BoxFuture<'static, Look>>,
}

/// Looks, and tells what is found, until the control plane ends.
pub(super) async fn run(
    shared: Weak<Shared>,
    mut updates: Updates,
    texts: Arc<dyn DomainTexts>,
    first_retry: Duration,
) {
    let mut verifier = Verifier {
        texts,
        first_retry,
        searches: BTreeMap::new(),
        looks: FuturesUnordered::new(),
    };
    loop {
        let Some(control) = shared.upgrade().map(|shared| Control { shared }) else {
            return;
        };
        verifier.follow(&control.snapshot().state);
        drop(control);
        let next = verifier.start_due();
        tokio::select! {
            update = updates.next() => {
                if update.is_none() {
                    return;
                }
            }
            Some(look) = verifier.looks.next() => verifier.take(look, &shared).await,
            () = until(next) => {}
        }
    }
}

/// Waits until then; for ever without a time.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

impl Verifier {
    /// Has the searches that the state asks for and no others. One that was asked for again begins again.
    fn follow(&mut self, state: &State) {
        let mut before = std::mem::take(&mut self.searches);
        for (_, service) in state.indexes().sought_verifications.iter() {
            let known = state.tables().endpoint_services.get(service);
            let Some(wanted) = known.and_then(|known| known.private_dns.clone()) else {
                continue;
            };
            let same = before.remove(service).filter(|it| it.wanted == wanted);
            let search = same.unwrap_or_else(|| Search {
                wanted,
                due: Some(Instant::now()),
                retry: self.first_retry,
            });
            self.searches.insert(*service, search);
        }
    }

    /// Begins the looks that are due, the longest due first, as far as there is room; tells when the next one is due.
    fn start_due(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let due = self.searches.iter();
        let due = due.filter_map(|(service, search)| Some((search.due?, *service)));
        let mut waiting: Vec<(Instant, EndpointServiceId)> = due.collect();
        waiting.sort_unstable();
        for (due, service) in waiting {
            if due > now {
                return Some(due);
            }
            if self.looks.len() >= LOOKUPS_MAX {
                // The end of a look comes first.
                return None;
            }
            if let Some(search) = self.searches.get_mut(&service) {
                search.due = None;
                let (texts, wanted) = (Arc::clone(&self.texts), search.wanted.clone());
                self.looks.push(Box::pin(look(texts, service, wanted)));
            }
        }
        None
    }

    /// Records what was found, or looks again later.
    async fn take(&mut self, look: Look, shared: &Weak<Shared>) {
        let Look {
            service,
            wanted,
            is_found,
        } = look;
        if is_found && let Some(shared) = shared.upgrade() {
            let found = PrivateDnsNameVerified {
                service,
                record: wanted.record.clone(),
            };
            match (Control { shared }).report(found).await {
                Ok(_) => tracing::info!(%service, name = %wanted.name, "private DNS name verified"),
                Err(error) => tracing::warn!(%error, %service, "verification not recorded"),
            }
        }
        if let Some(search) = self.searches.get_mut(&service)
            && search.wanted == wanted
        {
            search.due = Some(Instant::now() + search.retry);
            search.retry = longer(search.retry);
        }
    }
}

/// The pause after the next time in vain.
fn longer(retry: Duration) -> Duration {
    retry.saturating_mul(2).min(LOOKUP_RETRY_MAX)
}

/// Looks at every place where the record may stand, until it is found.
async fn look(
    texts: Arc<dyn DomainTexts>,
    service: EndpointServiceId,
    wanted: ServicePrivateDns,
) -> Look {
    let mut is_found = false;
    for name in wanted.record_names() {
        match texts.texts(name.clone()).await {
            Ok(found) => is_found = wanted.is_proven_by(&found),
            Err(error) => tracing::debug!(%error, %name, %service, "texts are not known"),
        }
        if is_found {
            break;
        }
    }
    Look {
        service,
        wanted,
        is_found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_second_to_ten_minutes() {
        let pauses = std::iter::successors(Some(LOOKUP_RETRY), |pause| Some(longer(*pause)));
        let secs: Vec<u64> = pauses.take(12).map(|pause| pause.as_secs()).collect();
        assert_eq!(secs, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
    }
}
