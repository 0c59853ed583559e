//! The files of what could not be delivered: one JSON object a line, one file for each account.
//!
//! Invariants: what was appended is on the disk, in whole lines; the file of an account and the one that was put aside
//! before it are each no longer than the limit and one line; all files together are no longer than theirs and one line,
//! and who has the most of them loses the oldest.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_wire::time::iso_millis;
use model::{AccountId, Timestamp};
use serde_json::{Value, json};

use super::envelope::Parcel;

/// What the name of an account's file ends with.
const LINES: &str = "jsonl";
/// What the name of a file that was put aside ends with, behind that.
const ASIDE: &str = "1";

/// Bytes of the files of dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetterLimits {
    /// Of one file before it is put aside; the account's file that was put aside before is then forgotten.
    pub file_bytes_max: u64,
    /// Of all files together. Beyond it the account with the most loses the file that it put aside, or else its only one.
    pub total_bytes_max: u64,
}

/// One line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeadLetter(String);

impl DeadLetter {
    /// A message that did not arrive.
    pub(super) fn message(now: Timestamp, attempts: u32, parcel: &Parcel, reason: String) -> Self {
        // An envelope is shown as what it is; anything else as text.
        let body = if parcel.is_raw {
            Value::from(parcel.body.clone())
        } else {
            serde_json::from_str(&parcel.body).unwrap_or_else(|_| Value::from(parcel.body.clone()))
        };
        Self::line(json!({
            "time": iso_millis(now),
            "reason": reason,
            "attempts": attempts,
            "topicArn": parcel.topic_arn,
            "subscriptionArn": parcel.subscription_arn,
            "endpoint": parcel.endpoint,
            "messageId": parcel.message_id,
            "body": body,
        }))
    }

    /// An event of a connection that could not be published.
    pub(super) fn event(now: Timestamp, topic_arn: String, event: Value, reason: String) -> Self {
        Self::line(json!({
            "time": iso_millis(now),
            "reason": reason,
            "topicArn": topic_arn,
            "event": event,
        }))
    }

    fn line(value: Value) -> Self {
        Self(format!("{value}\n"))
    }
}

/// The files.
#[derive(Clone, Debug)]
pub(super) struct DeadLetters {
    folder: Arc<PathBuf>,
    limits: DeadLetterLimits,
    /// One writes at a time.
    turn: Arc<Mutex<()>>,
}

impl DeadLetters {
    pub(super) fn new(folder: &Path, limits: DeadLetterLimits) -> Self {
        Self {
            folder: Arc::new(folder.to_path_buf()),
            limits,
            turn: Arc::default(),
        }
    }

    /// Adds a line to the file of an account; it is on the disk when this returns.
    ///
    /// # Errors
    /// The file cannot be written; it is as it was.
    pub(super) async fn append(&self, account: AccountId, letter: DeadLetter) -> io::Result<()> {
        let own = self.clone();
        let written = tokio::task::spawn_blocking(move || own.write(account, &letter)).await;
        written.map_err(io::Error::other)?
    }

    pub(super) fn write(&self, account: AccountId, letter: &DeadLetter) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_folder()?;
        self.make_room()?;
        let path = self.folder.join(format!("{account}.{LINES}"));
        let mut file = open(&path)?;
        let mut before = file.metadata()?.len();
        if before >= self.limits.file_bytes_max {
            fs::rename(&path, aside(&path))?;
            file = open(&path)?;
            before = 0;
        }
        if let Err(error) = append_line(&mut file, before, letter) {
            // Half a line would spoil the next one.
            file.set_len(before)?;
            return Err(error);
        }
        // A new file is on the disk only when its folder is.
        if before == 0 {
            File::open(&*self.folder)?.sync_all()?;
        }
        Ok(())
    }

    fn make_folder(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&*self.folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
            Ok(()) => match self.folder.parent() {
                Some(parent) => File::open(parent)?.sync_all(),
                None => Ok(()),
            },
        }
    }

    /// Forgets what is too much in all.
    fn make_room(&self) -> io::Result<()> {
        loop {
            // By account's file: its bytes, and whether there is one that was put aside.
            let mut files: BTreeMap<PathBuf, (u64, bool)> = BTreeMap::new();
            let mut total = 0;
            for entry in fs::read_dir(&*self.folder)? {
                let entry = entry?;
                let metadata = entry.metadata()?;
                let path = entry.path();
                let is_aside = path.extension().is_some_and(|it| it == ASIDE);
                let own = if is_aside {
                    path.with_extension("")
                } else {
                    path
                };
                // What else there is in the folder is not of this.
                if !metadata.is_file() || own.extension().is_none_or(|it| it != LINES) {
                    continue;
                }
                let bytes = metadata.len();
                let (of_account, has_aside) = files.entry(own).or_default();
                *of_account += bytes;
                *has_aside |= is_aside;
                total += bytes;
            }
            if total <= self.limits.total_bytes_max {
                return Ok(());
            }
            let most = files.into_iter().max_by_key(|(_, (bytes, _))| *bytes);
            let Some((path, (_, has_aside))) = most else {
                return Ok(());
            };
            let oldest = if has_aside { aside(&path) } else { path };
            tracing::warn!(file = %oldest.display(), "dead letters are forgotten: there are too many");
            fs::remove_file(oldest)?;
        }
    }
}

/// Writes a line behind so many bytes.
fn append_line(file: &mut File, before: u64, letter: &DeadLetter) -> io::Result<()> {
    if before > 0 && !ends_a_line(file)? {
        // Power failed in the middle of that line.
        file.write_all(b"\n")?;
    }
    file.write_all(letter.0.as_bytes())?;
    file.sync_all()
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Messages are their accounts' own, so nobody else on the host reads them.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// Where a full file is put aside.
fn aside(path: &Path) -> PathBuf {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".");
    aside.push(ASIDE);
    PathBuf::from(aside)
}
