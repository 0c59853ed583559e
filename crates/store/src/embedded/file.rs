//! The store's file: how it is recognised, locked, created and found sound before anything is written.
//!
//! The first page is the store's own *preamble*, written once: magic, schema version, checksum. redb's
//! database follows. A file is made under another name and renamed when it is complete, so what stands
//! under the store's name is whole or damaged, never half made. Only a file that passed every check,
//! through an overlay that keeps it as it is, is opened for writing.
//!
//! Commits are redb's two-phase ones: a file whose newest commit is damaged is refused, where a
//! one-phase commit would silently fall back to the commit before, which was acknowledged too. What
//! remains is one bit that no checksum covers: redb's mark of which of its two commit slots is the newer.

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
use super::medium::{Body, Medium, Overlay, PREAMBLE_BYTES};
use super::tables::{HEAD, Head, LEASE_KEYS, LEASES, LOG, VERSIONS};

/// The form of everything in the file behind the preamble. It grows with every change that an older
/// program would misread.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// In the manner of PNG: a byte that is not text, a name, both kinds of line end.
const MAGIC: [u8; 16] = *b"\x89ADIT STORE\r\n\x1a\n\0";
const CHECKSUM_AT: usize = PREAMBLE_BYTES - 8;
type Preamble = [u8; PREAMBLE_BYTES];

/// Owner only: the values hold credentials.
const FILE_MODE: u32 = 0o600;

/// Memory for pages of the file, in bytes. redb's default is 1 GiB.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

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

/// The locked file, and redb on it.
pub(super) type Opened = (Arc<dyn Medium>, Database);

/// What is wrong with a damaged file, where redb has no error of its own.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("its first page is cut off")]
    PreambleShort,
    #[error("the checksum of its first page is wrong")]
    PreambleChecksum,
    #[error("its content cannot be read: {0}")]
    Panic(String),
}

/// Opens the file, or makes one if there is none, and locks it until the result is dropped.
pub(super) fn open(path: &Path) -> Result<Opened, OpenError> {
    let at = At(path);
    let file = loop {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => break file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => {
                if let Some(made) = create(path)? {
                    return Ok(made);
                }
            }
            Err(err) => return Err(at.io("open", err)),
        }
    };
    lock(&file, path)?;
    let medium: Arc<dyn Medium> = Arc::new(file.try_clone().map_err(|err| at.io("open", err))?);
    check_preamble(medium.as_ref(), path)?;
    let clean = check_content(&medium).map_err(|damage| at.content(damage))?;
    let owner_only = Permissions::from_mode(FILE_MODE);
    file.set_permissions(owner_only)
        .map_err(|err| at.io("restrict access to", err))?;
    let mut database = database(&medium).map_err(|err| at.content(err.into()))?;
    if !clean {
        tracing::warn!(path = %path.display(), "repairing the free space of the store's file");
        database
            .check_integrity()
            .map_err(|err| at.content(err.into()))?;
    }
    Ok((medium, database))
}

/// redb on a medium, repaired from a crash if need be.
pub(super) fn database(medium: &Arc<dyn Medium>) -> Result<Database, DatabaseError> {
    Database::builder()
        .set_cache_size(CACHE_BYTES)
        .create_with_backend(Body(medium.clone()))
}

/// redb on an overlay: to read what a medium that cannot be written holds.
pub(super) fn read_only_database(medium: &Arc<dyn Medium>) -> Result<Database, DatabaseError> {
    let overlay: Arc<dyn Medium> = Arc::new(Overlay::new(medium.clone())?);
    database(&overlay)
}

/// Makes a new file and moves it to `path`; none if there is one by now.
fn create(path: &Path) -> Result<Option<Opened>, OpenError> {
    let at = At(path);
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(&draft)
        .map_err(|err| At(&draft).io("create", err))?;
    // The lock goes with the file when it is renamed. Who has it owns the draft's name too; who waited
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
    file.set_len(0).map_err(|err| At(&draft).io("empty", err))?;
    let medium: Arc<dyn Medium> = Arc::new(file.try_clone().map_err(|err| at.io("open", err))?);
    medium
        .write(0, &preamble(SCHEMA_VERSION))
        .map_err(|err| At(&draft).io("write", err))?;
    let database = database(&medium).map_err(|err| At(&draft).content(err.into()))?;
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
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
        .and_then(|dir| dir.sync_all())
        .map_err(|err| at.io("flush the directory of", err))?;
    Ok(Some((medium, database)))
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

fn preamble(version: u32) -> Preamble {
    let mut page = [0; PREAMBLE_BYTES];
    let fields = MAGIC.into_iter().chain(version.to_le_bytes());
    page.iter_mut()
        .zip(fields)
        .for_each(|(to, from)| *to = from);
    let sum = checksum(&page).to_le_bytes();
    let tail = page.iter_mut().skip(CHECKSUM_AT);
    tail.zip(sum).for_each(|(to, from)| *to = from);
    page
}

/// FNV-1a (64 bits) of the page without its checksum: against decay, not against malice.
fn checksum(page: &Preamble) -> u64 {
    page.iter()
        .take(CHECKSUM_AT)
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

fn check_preamble(medium: &dyn Medium, path: &Path) -> Result<(), OpenError> {
    let at = At(path);
    let len = medium.len().map_err(|err| at.io("read", err))?;
    let there = usize::try_from(len).map_or(PREAMBLE_BYTES, |len| len.min(PREAMBLE_BYTES));
    let mut page: Preamble = [0; PREAMBLE_BYTES];
    let (head, _) = page.split_at_mut(there);
    medium.read(0, head).map_err(|err| at.io("read", err))?;
    let magic = there.min(MAGIC.len());
    if head.iter().take(magic).ne(MAGIC.iter().take(magic)) {
        return Err(OpenError::NotAStore {
            path: path.to_owned(),
        });
    }
    if there < PREAMBLE_BYTES {
        return Err(at.corrupt(Damage::PreambleShort));
    }
    let stored = page.last_chunk::<8>().map(|sum| u64::from_le_bytes(*sum));
    if stored != Some(checksum(&page)) {
        return Err(at.corrupt(Damage::PreambleChecksum));
    }
    let version = page.iter().skip(MAGIC.len()).take(4).rev();
    let found = version.fold(0, |number, byte| number << 8 | u32::from(*byte));
    if found != SCHEMA_VERSION {
        // There is no older format than the first.
        return Err(OpenError::NewerVersion {
            path: path.to_owned(),
            found,
            supported: SCHEMA_VERSION,
        });
    }
    Ok(())
}

/// Opens and checks the whole content without touching it. False: its free space needs repair.
///
/// redb is not written for hostile input and may panic on damage that its checksums have not yet covered
/// when it reads them; here that is one more way of saying that the file is damaged.
fn check_content(medium: &Arc<dyn Medium>) -> Result<bool, Fault> {
    let checked = catch_unwind(AssertUnwindSafe(|| {
        let mut database = read_only_database(medium)?;
        let clean = database.check_integrity()?;
        let snapshot = database.begin_read()?;
        snapshot.open_table(VERSIONS)?;
        snapshot.open_table(LOG)?;
        snapshot.open_table(LEASES)?;
        snapshot.open_table(LEASE_KEYS)?;
        Head::read(&snapshot.open_table(HEAD)?)?;
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
            other @ (Fault::Malformed(_) | Fault::NotOpen) => self.corrupt(other),
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
