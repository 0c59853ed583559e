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

/// With a journal that is read quickly.
async fn filled(path: &Path) -> EmbeddedStore {
    let limits = Limits {
        journal_bytes: 1024 * 1024,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let store = EmbeddedStore::open(path, options).await.unwrap();
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

/// The bytes of a store's file and its journal.
#[derive(Clone)]
struct Image([Vec<u8>; 2]);

impl Image {
    fn of(path: &Path) -> Self {
        Self(EmbeddedStore::files(path).map(|file| fs::read(file).unwrap()))
    }

    fn put(&self, path: &Path) {
        for (file, bytes) in EmbeddedStore::files(path).iter().zip(&self.0) {
            fs::write(file, bytes).unwrap();
        }
    }
}

/// Every way of opening, up to the point where the files would be written: what is in them, if they pass.
fn examine(image: Image) -> Result<Vec<Row>, OpenError> {
    let path = Path::new("examined");
    let [file, journal] = image.0.map(|bytes| Memory(Mutex::new(bytes)));
    let medium: Arc<dyn Medium> = Arc::new(file);
    let Preamble::Journaled(id) = preamble::read(&*medium, path)? else {
        panic!("version 1");
    };
    let journal = Journal {
        medium: Arc::new(journal),
        id,
    };
    let limits = Limits::default();
    check_content(&medium, Some(&journal), &limits).map_err(|fault| At(path).content(fault))?;
    let database = read_only_database(&medium, &journal, &limits);
    let database = database.map_err(|fault| At(path).content(fault))?;
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
    for file in EmbeddedStore::files(&path) {
        assert_eq!(fs::metadata(file).unwrap().mode() & 0o7777, 0o600);
    }
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
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}

/// Who looks for the file before another has made it, and drafts it after.
#[tokio::test]
async fn a_draft_that_comes_too_late_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    filled(&path).await.close().await;
    assert!(create(&path, &Limits::default()).unwrap().is_none());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn what_is_not_a_sound_store_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("sound");
    filled(&sound).await.close().await;
    let Image([sound, journal]) = Image::of(&sound);
    let with_preamble = |first: &[u8]| {
        let mut bytes = sound.clone();
        bytes[..first.len()].copy_from_slice(first);
        bytes
    };
    let mut bad_checksum = preamble::encode(1);
    bad_checksum[100] ^= 1;
    let mut bad_magic = preamble::encode(1);
    bad_magic[3] ^= 0x20;
    let plain_redb = sound[PREAMBLE_BYTES..].to_vec();
    let zeroed_tail = [
        &sound[..PREAMBLE_BYTES],
        &vec![0; sound.len() - PREAMBLE_BYTES],
    ]
    .concat();
    // description, content, what the refusal says
    let cases: [(&str, Vec<u8>, &str); 15] = [
        ("empty", vec![], "damaged"),
        ("text", b"hello\n".to_vec(), "not a store"),
        ("longer text", b"hello\n".repeat(10_000), "not a store"),
        ("redb without a preamble", plain_redb, "not a store"),
        ("a flipped magic", with_preamble(&bad_magic), "not a store"),
        (
            "a flipped first page",
            with_preamble(&bad_checksum),
            "damaged",
        ),
        (
            "a newer format",
            with_preamble(&preamble::tests::newer()),
            "format 3, this program knows formats up to 2",
        ),
        (
            "another journal's",
            with_preamble(&preamble::encode(1)),
            "damaged",
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
        let image = Image([bytes, journal.clone()]);
        image.put(&path);
        let before = fs::metadata(&path).unwrap();
        let refusal = EmbeddedStore::open(&path, Options::default())
            .await
            .unwrap_err();
        assert!(refusal.to_string().contains(words), "{name}: {refusal}");
        assert!(Image::of(&path).0 == image.0, "{name} was changed");
        assert_eq!(fs::metadata(&path).unwrap().mode(), before.mode(), "{name}");
    }
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_told() {
    let dir = tempfile::tempdir().unwrap();
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
    let crashed = Image::of(&path);
    store.close().await;
    let closed = Image::of(&path);
    for (name, image) in [("crashed", crashed), ("closed", closed)] {
        let sound = examine(image.clone()).unwrap();
        assert!(sound.len() >= 800);
        let mut refused = [0, 0];
        let header = PREAMBLE_BYTES..PREAMBLE_BYTES + 320;
        let elsewhere = (0..image.0[0].len()).step_by(10_007);
        let flips = header.chain(elsewhere).map(|at| (at, 1 << (at % 8)));
        // redb's flags, which no checksum covers.
        let flags = (0..8).map(|bit| (PREAMBLE_BYTES + 9, 1 << bit));
        let in_file = flips.chain(flags).map(|flip| (0, flip));
        // Its head and marks, and what is in it.
        let journal = (0..4096).step_by(11).chain((0..1_000_000).step_by(3_011));
        let in_journal = journal.map(|at| (1, (at, 1 << (at % 8))));
        for (which, (at, bit)) in in_file.chain(in_journal) {
            let mut flipped = image.clone();
            flipped.0[which][at] ^= bit;
            match examine(flipped) {
                // The one bit that no check covers: see the module's head.
                Ok(_) if (which, at, bit) == (0, PREAMBLE_BYTES + 9, 1) => {}
                Ok(found) => assert!(
                    found == sound,
                    "{name}: flipping {bit:#x} at {at} of {which} shows"
                ),
                Err(OpenError::Corrupt { .. } | OpenError::NotAStore { .. }) => refused[which] += 1,
                Err(other) => panic!("{name}: flipping {bit:#x} at {at} of {which}: {other}"),
            }
        }
        assert!(
            refused.iter().all(|refused| *refused > 20),
            "{name}: {refused:?}"
        );
    }
}

/// A commit that is durable is in the journal, and the file alone is not whole.
#[tokio::test]
async fn a_file_without_its_journal_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    filled(&path).await.close().await;
    let journal = journal_path(&path);
    let away = dir.path().join("away");
    fs::rename(&journal, &away).unwrap();
    let before = fs::read(&path).unwrap();
    let refusal = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap_err();
    let told = refusal.source().unwrap().to_string();
    assert!(told.contains(&*journal.to_string_lossy()), "{told}");
    assert!(fs::read(&path).unwrap() == before && !journal.exists());
    fs::rename(&away, &journal).unwrap();
    let store = EmbeddedStore::open(&path, Options::default())
        .await
        .unwrap();
    assert_eq!(content(&store).await.len(), 100);
    store.close().await;
}

#[tokio::test]
async fn a_file_of_version_1_gets_a_journal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = filled(&path).await;
    let entries = content(&store).await;
    store.close().await;
    let Image([mut bytes, _]) = Image::of(&path);
    bytes[..PREAMBLE_BYTES].copy_from_slice(&preamble::tests::bare());
    fs::write(&path, &bytes).unwrap();
    // What an upgrade that was interrupted leaves is made anew.
    fs::write(journal_path(&path), "half").unwrap();
    for _ in 0..2 {
        let store = EmbeddedStore::open(&path, Options::default())
            .await
            .unwrap();
        assert!(content(&store).await == entries);
        store.close().await;
        let found = preamble::read(&File::open(&path).unwrap(), &path).unwrap();
        assert!(matches!(found, Preamble::Journaled(_)), "{found:?}");
    }
}
