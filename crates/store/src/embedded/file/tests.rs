//! Files that are not what they should be.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Mutex;

use super::super::{EmbeddedStore, Options};
use super::*;
use crate::entry::Entry;
use crate::key::KeyRange;
use crate::txn::{Op, Txn};
use crate::{Store, snapshot};

/// A file in memory.
#[derive(Debug, Default)]
struct Memory(Mutex<Vec<u8>>);

impl Medium for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap();
        self.0.lock().unwrap().resize(len, 0);
        Ok(())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let bytes = self.0.lock().unwrap();
        let found = bytes.get(offset..offset.saturating_add(out.len()));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        panic!("a file under examination is not written");
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

async fn filled(path: &Path) -> EmbeddedStore {
    let store = EmbeddedStore::open(path, Options::default()).await.unwrap();
    for step in 0..40 {
        let put = |key: u32| Op::put(format!("key/{key:03}"), format!("value of step {step}"));
        let txn = Txn {
            then: (0..20).map(|index| put((step * 7 + index) % 100)).collect(),
            ..Txn::new()
        };
        store.txn(txn).await.unwrap();
    }
    store
}

async fn content(store: &EmbeddedStore) -> Vec<Entry> {
    snapshot(store, KeyRange::all()).await.unwrap().0
}

/// Key and revision, and what stands there.
type Row = (Vec<u8>, Vec<u8>);

/// Every way of opening, up to the point where the file would be written: what is in it, if it passes.
fn examine(bytes: Vec<u8>) -> Result<Vec<Row>, OpenError> {
    let path = Path::new("examined");
    let medium: Arc<dyn Medium> = Arc::new(Memory(Mutex::new(bytes)));
    check_preamble(medium.as_ref(), path)?;
    check_content(&medium).map_err(|fault| At(path).content(fault))?;
    let database = read_only_database(&medium).map_err(|err| At(path).content(err.into()))?;
    let versions = database.begin_read().unwrap().open_table(VERSIONS).unwrap();
    let all = versions.range::<(&[u8], u64)>(..).unwrap().map(|item| {
        let (key, value) = item.unwrap();
        let mut found = key.value().0.to_vec();
        found.extend(key.value().1.to_be_bytes());
        (found, value.value().to_vec())
    });
    Ok(all.collect())
}

#[tokio::test]
async fn a_new_file_is_its_owners_alone_and_complete_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    // What an interrupted creation leaves does not matter.
    fs::write(dir.path().join("store.new"), vec![0xaa; 10_000]).unwrap();
    let store = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert!(!dir.path().join("store.new").exists());
    store.close().await;
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let store = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    store.close().await;
}

#[tokio::test]
async fn a_file_in_use_is_locked_until_it_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap();
    for _ in 0..2 {
        let second = EmbeddedStore::open(&path, Options::default()).await;
        assert!(
            matches!(second, Err(OpenError::Locked { .. })),
            "{second:?}"
        );
    }
    store.close().await;
    let again = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap();
    again.close().await;
}

#[tokio::test]
async fn of_two_that_make_a_file_at_once_one_has_it() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let open = || EmbeddedStore::open(&path, Options::default());
        let opened: [_; 3] = tokio::join!(open(), open(), open()).into();
        let mut winners = 0;
        for result in &opened {
            match result {
                Ok(_) => winners += 1,
                Err(OpenError::Locked { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(winners, 1);
        for store in opened.into_iter().flatten() {
            store.close().await;
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

/// Who looks for the file before another has made it, and drafts it after.
#[tokio::test]
async fn a_draft_that_comes_too_late_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    filled(&path).await.close().await;
    assert!(create(&path).unwrap().is_none());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_is_not_a_sound_store_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("sound");
    filled(&sound).await.close().await;
    let sound = fs::read(sound).unwrap();
    let with_preamble = |page: Preamble| {
        let mut bytes = sound.clone();
        bytes[..PREAMBLE_BYTES].copy_from_slice(&page);
        bytes
    };
    let mut bad_checksum = preamble(1);
    bad_checksum[100] ^= 1;
    let mut bad_magic = preamble(1);
    bad_magic[3] ^= 0x20;
    let plain_redb = sound[PREAMBLE_BYTES..].to_vec();
    let zeroed_tail = [
        &sound[..PREAMBLE_BYTES],
        &vec![0; sound.len() - PREAMBLE_BYTES],
    ]
    .concat();
    // description, content, what the refusal says
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("empty", vec![], "damaged"),
        ("text", b"hello\n".to_vec(), "not a store"),
        ("longer text", b"hello\n".repeat(10_000), "not a store"),
        ("redb without a preamble", plain_redb, "not a store"),
        ("a flipped magic", with_preamble(bad_magic), "not a store"),
        (
            "a flipped first page",
            with_preamble(bad_checksum),
            "damaged",
        ),
        (
            "a newer format",
            with_preamble(preamble(2)),
            "format 2, this program knows formats up to 1",
        ),
        ("one byte", sound[..1].to_vec(), "damaged"),
        ("half a preamble", sound[..2000].to_vec(), "damaged"),
        ("a preamble alone", sound[..4096].to_vec(), "damaged"),
        ("a header alone", sound[..4096 + 320].to_vec(), "damaged"),
        ("half of it", sound[..sound.len() / 2].to_vec(), "damaged"),
        (
            "all but one byte",
            sound[..sound.len() - 1].to_vec(),
            "damaged",
        ),
        ("zeros behind the preamble", zeroed_tail, "damaged"),
    ];
    let path = dir.path().join("case");
    for (name, bytes, words) in cases {
        fs::write(&path, &bytes).unwrap();
        let before = fs::metadata(&path).unwrap();
        let refusal = EmbeddedStore::open(&path, Options::default())
            .await
            .unwrap_err();
        assert!(refusal.to_string().contains(words), "{name}: {refusal}");
        assert!(fs::read(&path).unwrap() == bytes, "{name} was changed");
        assert_eq!(fs::metadata(&path).unwrap().mode(), before.mode(), "{name}");
    }
    let directory = EmbeddedStore::open(dir.path(), Options::default())
        .await
        .unwrap_err();
    assert!(matches!(directory, OpenError::Io { .. }), "{directory}");
    let nowhere = dir.path().join("no/store");
    let nowhere = EmbeddedStore::open(nowhere, Options::default())
        .await
        .unwrap_err();
    assert!(matches!(nowhere, OpenError::Io { .. }), "{nowhere}");
}

/// A flipped bit is found, or is where nothing is kept.
#[tokio::test]
async fn a_flipped_bit_is_refused_or_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = filled(&path).await;
    assert_eq!(content(&store).await.len(), 100);
    let crashed = fs::read(&path).unwrap();
    store.close().await;
    let closed = fs::read(&path).unwrap();
    for (image, bytes) in [("crashed", crashed), ("closed", closed)] {
        let sound = examine(bytes.clone()).unwrap();
        assert!(sound.len() >= 800);
        let mut refused = 0;
        let header = PREAMBLE_BYTES..PREAMBLE_BYTES + 320;
        let elsewhere = (0..bytes.len()).step_by(10_007);
        let flips = header.chain(elsewhere).map(|at| (at, 1 << (at % 8)));
        // redb's flags, which no checksum covers.
        let flags = (0..8).map(|bit| (PREAMBLE_BYTES + 9, 1 << bit));
        for (at, bit) in flips.chain(flags) {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            match examine(flipped) {
                // The one bit that no check covers: see the module's head.
                Ok(_) if (at, bit) == (PREAMBLE_BYTES + 9, 1) => {}
                Ok(found) => assert!(found == sound, "{image}: flipping {bit:#x} at {at} shows"),
                Err(OpenError::Corrupt { .. } | OpenError::NotAStore { .. }) => refused += 1,
                Err(other) => panic!("{image}: flipping {bit:#x} at {at}: {other}"),
            }
        }
        assert!(refused > 20, "{image}: {refused}");
    }
}
