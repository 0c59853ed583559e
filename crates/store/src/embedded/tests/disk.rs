//! A disk that fails: power, space, everything.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use super::super::file::{self, Opened};
use super::super::journal::Journal;
use super::super::medium::{Medium, PREAMBLE_BYTES, Pace};
use super::super::{EmbeddedStore, Options};
use super::put;
use crate::entry::Revision;
use crate::key::KeyRange;
use crate::{Store, StoreError, snapshot};

/// A disk in memory with the two files of a store. What was not synced when the power goes may be there or not, sector by
/// sector.
#[derive(Debug, Default)]
pub(super) struct Disk(Mutex<Platter>, Mutex<Hook>);

/// What happens when the journal is read next.
#[derive(Default)]
struct Hook(Option<Box<dyn FnOnce() + Send>>);

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Hook").field(&self.0.is_some()).finish()
    }
}

#[derive(Debug, Default)]
struct Platter {
    /// The store's file and its journal.
    files: [Content; 2],
    /// Writes and syncs until the power goes; `None`: it stays.
    power_left: Option<u32>,
    /// The store's file cannot grow beyond; 0: it can.
    capacity: usize,
}

#[derive(Debug, Default)]
struct Content {
    synced: Vec<u8>,
    /// As the running system sees it.
    seen: Vec<u8>,
    /// Since the last sync, in order.
    unsynced: Vec<Unsynced>,
}

#[derive(Debug)]
enum Unsynced {
    Len(usize),
    Write(usize, Vec<u8>),
}

/// One of the files.
#[derive(Debug)]
struct DiskFile {
    disk: Arc<Disk>,
    which: usize,
}

const FILE: usize = 0;
const JOURNAL: usize = 1;
const SECTOR: usize = 512;
const ENOSPC: i32 = 28;
const EIO: i32 = 5;
/// The journal of these stores.
const ID: u64 = 7;
/// Small, so that it goes round and large commits do not fit.
const JOURNAL_BYTES: u64 = 256 * 1024;

impl Platter {
    fn use_power(&mut self) -> io::Result<()> {
        match &mut self.power_left {
            None => Ok(()),
            Some(0) => Err(io::Error::from_raw_os_error(EIO)),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn check_room(&self, which: usize, len: usize) -> io::Result<()> {
        if which == FILE && self.capacity != 0 && len > self.capacity {
            return Err(io::Error::from_raw_os_error(ENOSPC));
        }
        Ok(())
    }
}

fn write(file: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if file.len() < offset + data.len() {
        file.resize(offset + data.len(), 0);
    }
    file[offset..offset + data.len()].copy_from_slice(data);
}

impl Content {
    fn after_power_loss(&self, keep: &mut impl FnMut() -> bool) -> Self {
        let mut file = self.synced.clone();
        for unsynced in &self.unsynced {
            match unsynced {
                Unsynced::Len(len) if keep() => file.resize(*len, 0),
                Unsynced::Len(_) => {}
                Unsynced::Write(offset, data) => {
                    let sectors = (*offset..).step_by(SECTOR).zip(data.chunks(SECTOR));
                    for (at, sector) in sectors.filter(|_| keep()) {
                        write(&mut file, at, sector);
                    }
                }
            }
        }
        Self {
            synced: file.clone(),
            seen: file,
            unsynced: Vec::new(),
        }
    }
}

impl Disk {
    /// The disk after a power failure. `keep` decides for each sector that was not synced.
    pub(super) fn after_power_loss(&self, mut keep: impl FnMut() -> bool) -> Arc<Self> {
        let platter = self.0.lock().unwrap();
        let files = platter
            .files
            .each_ref()
            .map(|file| file.after_power_loss(&mut keep));
        let platter = Platter {
            files,
            ..Platter::default()
        };
        Arc::new(Self(Mutex::new(platter), Mutex::default()))
    }

    /// Does something while the journal is read next.
    pub(super) fn when_the_journal_is_read(&self, hook: impl FnOnce() + Send + 'static) {
        self.1.lock().unwrap().0 = Some(Box::new(hook));
    }

    /// How many more writes and syncs the power lasts for.
    pub(super) fn set_power(&self, left: u32) {
        self.set(|platter| platter.power_left = Some(left));
    }

    fn set(&self, change: impl FnOnce(&mut Platter)) {
        change(&mut self.0.lock().unwrap());
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().files[FILE].seen.len()
    }

    fn file(self: &Arc<Self>, which: usize) -> Arc<dyn Medium> {
        let disk = self.clone();
        Arc::new(DiskFile { disk, which })
    }

    pub(super) fn start(self: &Arc<Self>, options: Options) -> EmbeddedStore {
        EmbeddedStore::start(self.open(), options).unwrap()
    }

    pub(super) fn open(self: &Arc<Self>) -> Opened {
        let medium = self.file(FILE);
        let journal = Journal {
            medium: self.file(JOURNAL),
            id: ID,
        };
        let new = medium.len().unwrap() == 0;
        if new {
            medium.write(0, &[0; PREAMBLE_BYTES]).unwrap();
            journal.create(JOURNAL_BYTES).unwrap();
        }
        let pace = Pace::default();
        let database = file::database(&medium, &pace).unwrap();
        if new {
            file::initialise(&database).unwrap();
        }
        Opened {
            file: medium,
            journal,
            pace,
            database,
        }
    }
}

impl Medium for DiskFile {
    fn len(&self) -> io::Result<u64> {
        let platter = self.disk.0.lock().unwrap();
        Ok(platter.files[self.which].seen.len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap();
        let mut platter = self.disk.0.lock().unwrap();
        platter.use_power()?;
        platter.check_room(self.which, len)?;
        let file = &mut platter.files[self.which];
        file.seen.resize(len, 0);
        file.unsynced.push(Unsynced::Len(len));
        Ok(())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let hook = (self.which == JOURNAL).then(|| self.disk.1.lock().unwrap().0.take());
        if let Some(hook) = hook.flatten() {
            hook();
        }
        let offset = usize::try_from(offset).unwrap();
        let platter = self.disk.0.lock().unwrap();
        let found = platter.files[self.which]
            .seen
            .get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let mut platter = self.disk.0.lock().unwrap();
        platter.use_power()?;
        platter.check_room(self.which, offset + data.len())?;
        let file = &mut platter.files[self.which];
        write(&mut file.seen, offset, data);
        file.unsynced.push(Unsynced::Write(offset, data.to_vec()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut platter = self.disk.0.lock().unwrap();
        platter.use_power()?;
        let file = &mut platter.files[self.which];
        file.synced = file.seen.clone();
        file.unsynced.clear();
        Ok(())
    }
}

/// A small generator, so that a failure names a seed.
pub(super) struct Xorshift(pub(super) u64);

impl Xorshift {
    pub(super) fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
}

/// Runs until the power goes and returns what was acknowledged: key and the least value it may have.
async fn write_until_power_goes(
    store: EmbeddedStore,
    random: &mut Xorshift,
) -> BTreeMap<String, u64> {
    let store = Arc::new(store);
    let mut acknowledged = BTreeMap::new();
    for round in 1_u64.. {
        // Several at once, so that they share a commit.
        let writes = (0..=random.next(4)).map(|writer| {
            let store = store.clone();
            let key = format!("{writer}/{}", random.next(5));
            // Some are more than the journal takes.
            let most = if random.next(10) == 0 { 90_000 } else { 3_000 };
            let value = vec![b'v'; usize::try_from(random.next(most)).unwrap()];
            let value = [&round.to_be_bytes(), value.as_slice()].concat();
            async move { (store.txn(put(key.clone(), value)).await.is_ok(), key) }
        });
        let writes: Vec<_> = writes.collect();
        let done = futures_util::future::join_all(writes).await;
        let all = done.iter().all(|(acked, _)| *acked);
        let acked = done.into_iter().filter(|(acked, _)| *acked);
        acknowledged.extend(acked.map(|(_, key)| (key, round)));
        if !all {
            break;
        }
    }
    Arc::into_inner(store).unwrap().close().await;
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_power_failure() {
    for seed in 1..=30 {
        let mut random = Xorshift(seed << 32 | 0x9e37_79b9);
        let disk = Arc::new(Disk::default());
        let store = disk.start(Options::default());
        let power = u32::try_from(random.next(400)).unwrap();
        disk.set_power(power);
        let acknowledged = write_until_power_goes(store, &mut random).await;
        for _ in 0..3 {
            let disk = disk.after_power_loss(|| random.next(2) == 0);
            let store = disk.start(Options::default());
            let (entries, revision) = snapshot(&store, KeyRange::all()).await.unwrap();
            let found: BTreeMap<_, _> = entries
                .iter()
                .map(|entry| (entry.key.to_vec(), &entry.value))
                .collect();
            for (key, round) in &acknowledged {
                let value = found
                    .get(key.as_bytes())
                    .and_then(|value| value.first_chunk());
                let value = value.map(|round| u64::from_be_bytes(*round));
                assert!(
                    value >= Some(*round),
                    "seed {seed}, {key}: {value:?} < {round}"
                );
            }
            // And it goes on from there.
            let next = store.txn(put("after", "x")).await.unwrap();
            assert_eq!(next.revision, revision.next(), "seed {seed}");
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_serves_reads_and_recovers() {
    // By redb, and by the journal, which redb cannot follow.
    for bytes in [100_000, 1_000] {
        fill_the_disk(bytes).await;
    }
}

async fn fill_the_disk(bytes: usize) {
    let disk = Arc::new(Disk::default());
    let store = disk.start(Options::default());
    let mut watch = store.watch(KeyRange::all(), Revision(2)).await.unwrap();
    let size = disk.len();
    disk.set(|platter| platter.capacity = size + 100_000);
    let mut written = 0;
    let failure = loop {
        match store
            .txn(put(format!("{written:04}"), vec![b'x'; bytes]))
            .await
        {
            Ok(_) => written += 1,
            Err(failure) => break failure,
        }
    };
    assert!(matches!(failure, StoreError::Backend(_)), "{failure}");
    assert!(written > 0);
    let acknowledged = snapshot(&store, KeyRange::all()).await.unwrap().0.len();
    assert!(acknowledged >= written);
    // Little may find room among the pages there are.
    let more = store.txn(put("more", vec![b'x'; bytes])).await.is_ok();
    assert!(!more || bytes < 100_000);
    disk.set(|platter| platter.capacity = 0);
    let revision = store.txn(put("after", "x")).await.unwrap().revision;
    let (entries, now) = snapshot(&store, KeyRange::all()).await.unwrap();
    assert_eq!(now, revision);
    assert!(entries.len() > written + usize::from(more));
    // The watch saw what there is, whether its writer was told or not.
    let mut watched = 0;
    let mut seen = Revision(0);
    while seen < now {
        let item = watch.next().await.unwrap().unwrap();
        seen = item.revision;
        watched += item.events.len();
    }
    assert_eq!(watched, entries.len());
    store.close().await;
}

#[tokio::test]
async fn a_dead_disk_leaves_reads_and_then_recovers() {
    let disk = Arc::new(Disk::default());
    let store = disk.start(Options::default());
    store.txn(put("kept", "x")).await.unwrap();
    disk.set_power(0);
    for _ in 0..3 {
        let failure = store.txn(put("lost", "x")).await.unwrap_err();
        assert!(matches!(failure, StoreError::Backend(_)), "{failure}");
        let (entries, _) = snapshot(&store, KeyRange::all()).await.unwrap();
        assert!(entries.iter().map(|entry| &entry.key).eq(["kept"]));
    }
    disk.set(|platter| platter.power_left = None);
    store.txn(put("after", "x")).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn waiting_writes_share_a_commit() {
    let disk = Arc::new(Disk::default());
    let store = disk.start(Options::default());
    let writes = (0..100).map(|index| store.txn(put(format!("{index}"), "x")));
    disk.set_power(u32::MAX);
    let done = futures_util::future::join_all(writes).await;
    let used = u32::MAX - disk.0.lock().unwrap().power_left.unwrap();
    let mut revisions: Vec<u64> = done
        .into_iter()
        .map(|done| done.unwrap().revision.0)
        .collect();
    revisions.sort_unstable();
    assert!(
        revisions.into_iter().eq(2..=101),
        "each has its own revision"
    );
    // Alone, each would take two syncs and two writes of the header.
    assert!(used < 200, "{used} writes and syncs");
    store.close().await;
}
