//! The store's file: how it is recognised, locked, created and found sound before anything is written.
//!
//! The first page is the store's own *preamble* ([`preamble`]); redb's database follows. The journal ([`super::journal`])
//! stands beside the file, under its name with `-journal`; without it the file is not whole. A file is made under another name
//! and renamed when it is complete, so what stands under the store's name is whole or damaged, never half made. Only a file
//! that passed every check, through an overlay that keeps it as it is, is opened for writing.
//!
//! redb's commits are two-phase ones: a file whose newest commit is damaged is refused, where a
//! one-phase commit would silently fall back to the commit before, which was acknowledged too. What
//! remains is one bit that no checksum covers: redb's mark of which of its two commit slots is the newer. And of what stands
//! in the journal alone, the newest group: one that is damaged looks like one that the power cut off.

use std::error::Error;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use redb::{Database, DatabaseError, ReadableDatabase, StorageError};

use super::Fault;
use super::engine::take_over;
use super::journal::{BLOCK, Journal, ScanError};
use super::medium::{Body, Medium, Overlay, PREAMBLE_BYTES, Pace};
use super::preamble::{self, Preamble};
use super::tables::{HEAD, Head, LEASE_KEYS, LEASES, LOG, VERSIONS};
use crate::limits::Limits;

/// Owner only: the values hold credentials.
const FILE_MODE: u32 = 0o600;

/// Memory for pages of the file, in bytes. redb's default is 1 GiB.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// Why a store's file was not opened. It was left as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is a store's, but damaged: restore it from a copy.
    #[error("{} is damaged", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// A store is open on it, in this process or another.
    #[error("{} is in use by another process", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A newer program has written it.
    #[error("{} has format {found}, this program knows formats up to {supported}", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest known here.
        supported: u32,
    },
    /// The file is something else.
    #[error("{} is not a store", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
}

/// The locked file with its journal, and redb on it.
pub(super) struct Opened {
    pub(super) file: Arc<dyn Medium>,
    pub(super) journal: Journal,
    pub(super) pace: Pace,
    /// What the journal has beyond it is not in it yet.
    pub(super) database: Database,
}

/// What is wrong with a damaged file, where redb has no error of its own.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("its journal, {}, is missing", .0.display())]
    JournalMissing(PathBuf),
    #[error("its content cannot be read: {0}")]
    Panic(String),
}

/// Where the journal of the file at `path` is.
pub(super) fn journal_path(path: &Path) -> PathBuf {
    beside(path, "-journal")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens the file, or makes one with a journal if there is none, and locks it until the result is dropped.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<Opened, OpenError> {
    let at = At(path);
    let file = loop {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => break file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                if let Some(made) = create(path, limits)? {
                    return Ok(made);
                }
            }
            Err(err) => return Err(at.io("open", err)),
        }
    };
    lock(&file, path)?;
    let medium: Arc<dyn Medium> = Arc::new(file.try_clone().map_err(|err| at.io("open", err))?);
    let (journal, clean) = match preamble::read(&*medium, path)? {
        Preamble::Journaled(id) => {
            let journal = open_journal(path, id)?;
            let clean = check_content(&medium, Some(&journal), limits);
            (journal, clean.map_err(|damage| at.content(damage))?)
        }
        Preamble::Bare => {
            let clean = check_content(&medium, None, limits);
            let clean = clean.map_err(|damage| at.content(damage))?;
            (add_journal(&*medium, path, limits)?, clean)
        }
    };
    let owner_only = Permissions::from_mode(FILE_MODE);
    file.set_permissions(owner_only)
        .map_err(|err| at.io("restrict access to", err))?;
    let pace = Pace::default();
    let mut database = database(&medium, &pace).map_err(|err| at.content(err.into()))?;
    if !clean {
        tracing::warn!(path = %path.display(), "repairing the free space of the store's file");
        database
            .check_integrity()
            .map_err(|err| at.content(err.into()))?;
    }
    Ok(Opened {
        file: medium,
        journal,
        pace,
        database,
    })
}

/// redb on a medium, repaired from a crash if need be.
pub(super) fn database(medium: &Arc<dyn Medium>, pace: &Pace) -> Result<Database, DatabaseError> {
    Database::builder()
        .set_cache_size(CACHE_BYTES)
        .create_with_backend(Body::new(medium.clone(), pace.clone()))
}

/// redb on an overlay, with what the journal has: to read what files that cannot be written hold.
pub(super) fn read_only_database(
    medium: &Arc<dyn Medium>,
    journal: &Journal,
    limits: &Limits,
) -> Result<Database, Fault> {
    let database = overlaid(medium)?;
    take_over(&database, journal, limits)?;
    Ok(database)
}

fn overlaid(medium: &Arc<dyn Medium>) -> Result<Database, Fault> {
    let overlay: Arc<dyn Medium> = Arc::new(Overlay::new(medium.clone())?);
    Ok(database(&overlay, &Pace::default())?)
}

/// Makes a new file and moves it to `path`; none if there is one by now.
fn create(path: &Path, limits: &Limits) -> Result<Option<Opened>, OpenError> {
    let at = At(path);
    let draft = beside(path, ".new");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(&draft)
        .map_err(|err| At(&draft).io("create", err))?;
    // The lock goes with the file when it is renamed. Who has it owns the names of the draft and the journal too; who waited
    // for it in vain finds the finished file, or that it is in use.
    lock(&file, path)?;
    if path.exists() {
        discard(&file, &draft)?;
        return Ok(None);
    }
    // A draft that a crash left behind is nobody's.
    let owner_only = Permissions::from_mode(FILE_MODE);
    file.set_permissions(owner_only)
        .map_err(|err| At(&draft).io("restrict access to", err))?;
    file.set_len(0)
        .and_then(|()| file.set_len(PREAMBLE_BYTES as u64))
        .map_err(|err| At(&draft).io("empty", err))?;
    let medium: Arc<dyn Medium> = Arc::new(file.try_clone().map_err(|err| at.io("open", err))?);
    let journal = add_journal(&*medium, path, limits)?;
    let pace = Pace::default();
    let database = database(&medium, &pace).map_err(|err| At(&draft).content(err.into()))?;
    initialise(&database).map_err(|fault| At(&draft).content(fault))?;
    file.sync_all().map_err(|err| At(&draft).io("flush", err))?;
    match renameat2(
        AT_FDCWD,
        &draft,
        AT_FDCWD,
        path,
        RenameFlags::RENAME_NOREPLACE,
    ) {
        Ok(()) => {}
        Err(nix::errno::Errno::EEXIST) => {
            discard(&file, &draft)?;
            return Ok(None);
        }
        Err(err) => return Err(at.io("create", err.into())),
    }
    sync_directory(path)?;
    Ok(Some(Opened {
        file: medium,
        journal,
        pace,
        database,
    }))
}

/// Makes a journal for a file that has none, and says so in the file.
fn add_journal(file: &dyn Medium, path: &Path, limits: &Limits) -> Result<Journal, OpenError> {
    let journal_path = journal_path(path);
    let at = At(&journal_path);
    let made = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(&journal_path)
        .map_err(|err| at.io("create", err))?;
    // One that was left behind keeps its mode.
    made.set_permissions(Permissions::from_mode(FILE_MODE))
        .map_err(|err| at.io("restrict access to", err))?;
    let journal = Journal {
        medium: Arc::new(made),
        id: rand::random(),
    };
    journal
        .create(limits.journal_bytes.next_multiple_of(BLOCK))
        .map_err(|err| at.io("write", err))?;
    sync_directory(path)?;
    file.write(0, &preamble::encode(journal.id))
        .and_then(|()| file.sync())
        .map_err(|err| At(path).io("write", err))?;
    Ok(journal)
}

fn open_journal(path: &Path, id: u64) -> Result<Journal, OpenError> {
    let journal = journal_path(path);
    match OpenOptions::new().read(true).write(true).open(&journal) {
        Ok(file) => Ok(Journal {
            medium: Arc::new(file),
            id,
        }),
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            Err(At(path).corrupt(Damage::JournalMissing(journal)))
        }
        Err(err) => Err(At(&journal).io("open", err)),
    }
}

fn sync_directory(path: &Path) -> Result<(), OpenError> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
        .and_then(|dir| dir.sync_all())
        .map_err(|err| At(path).io("flush the directory of", err))
}

/// Removes a draft that is not needed, if the name is still that of the locked file: then nobody else touches it.
fn discard(file: &File, draft: &Path) -> Result<(), OpenError> {
    let at = At(draft);
    let own = file.metadata().map_err(|err| at.io("look at", err))?;
    match fs::metadata(draft) {
        Ok(named) if (named.dev(), named.ino()) == (own.dev(), own.ino()) => {
            fs::remove_file(draft).map_err(|err| at.io("remove", err))
        }
        Ok(_) => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(err) => Err(at.io("look at", err)),
    }
}

fn lock(file: &File, path: &Path) -> Result<(), OpenError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(err)) => Err(At(path).io("lock", err)),
    }
}

/// Opens and checks the whole content without touching it. False: its free space needs repair.
///
/// redb is not written for hostile input and may panic on damage that its checksums have not yet covered
/// when it reads them; here that is one more way of saying that the file is damaged.
fn check_content(
    medium: &Arc<dyn Medium>,
    journal: Option<&Journal>,
    limits: &Limits,
) -> Result<bool, Fault> {
    let checked = catch_unwind(AssertUnwindSafe(|| {
        let mut database = overlaid(medium)?;
        let clean = database.check_integrity()?;
        let snapshot = database.begin_read()?;
        snapshot.open_table(VERSIONS)?;
        snapshot.open_table(LOG)?;
        snapshot.open_table(LEASES)?;
        snapshot.open_table(LEASE_KEYS)?;
        Head::read(&snapshot.open_table(HEAD)?)?;
        if let Some(journal) = journal {
            take_over(&database, journal, limits)?;
        }
        Ok(clean)
    }));
    checked.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Fault::Damage(Box::new(Damage::Panic(
            words.unwrap_or("panic").to_owned(),
        ))))
    })
}

/// Fills a new database with empty tables.
pub(super) fn initialise(database: &Database) -> Result<(), Fault> {
    let mut txn = database.begin_write()?;
    txn.set_two_phase_commit(true);
    txn.open_table(VERSIONS)?;
    txn.open_table(LOG)?;
    txn.open_table(LEASES)?;
    txn.open_table(LEASE_KEYS)?;
    Head::EMPTY.write(&mut txn.open_table(HEAD)?)?;
    txn.commit()?;
    Ok(())
}

/// Names the file in errors.
struct At<'p>(&'p Path);

impl At<'_> {
    fn io(&self, action: &'static str, source: io::Error) -> OpenError {
        OpenError::Io {
            path: self.0.to_owned(),
            action,
            source,
        }
    }

    fn corrupt(&self, source: impl Into<Box<dyn Error + Send + Sync>>) -> OpenError {
        OpenError::Corrupt {
            path: self.0.to_owned(),
            source: source.into(),
        }
    }

    /// An I/O error with a number is the system's; one without is redb's opinion of the bytes.
    fn content(&self, fault: Fault) -> OpenError {
        match fault {
            Fault::Redb(err) => {
                let of_system = |err: &io::Error| err.raw_os_error().is_some();
                let system = matches!(&*err, redb::Error::Io(err) if of_system(err));
                match (system, *err) {
                    (true, redb::Error::Io(err)) => self.io("read", err),
                    (_, err) => self.corrupt(err),
                }
            }
            Fault::Damage(damage) => self.corrupt(damage),
            Fault::Io(err) => self.io("read", err),
            other @ (Fault::Malformed(_) | Fault::NotOpen) => self.corrupt(other),
        }
    }
}

impl From<ScanError> for Fault {
    fn from(err: ScanError) -> Self {
        match err {
            ScanError::Damage(damage) => Self::Damage(Box::new(damage)),
            ScanError::Io(err) => Self::Io(err),
        }
    }
}

impl From<StorageError> for Fault {
    fn from(err: StorageError) -> Self {
        Self::Redb(Box::new(err.into()))
    }
}

#[cfg(test)]
mod tests;
