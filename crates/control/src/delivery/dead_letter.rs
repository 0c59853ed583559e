//! The file of what could not be delivered: one JSON object a line.
//!
//! Invariants: what was appended is on the disk; the file and the one that was put aside before it are each no longer than
//! the limit and one line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_wire::time::iso_millis;
use model::Timestamp;
use serde_json::{Value, json};

use super::envelope::Parcel;

/// The file of dead letters, and the one that was put aside when it was full.
pub fn dead_letter_files(path: &Path) -> [PathBuf; 2] {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".1");
    [path.to_path_buf(), PathBuf::from(aside)]
}

/// One line of the file.
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

/// The file.
#[derive(Clone, Debug)]
pub(super) struct DeadLetters {
    path: Arc<PathBuf>,
    bytes_max: u64,
    /// One writes at a time.
    turn: Arc<Mutex<()>>,
}

impl DeadLetters {
    pub(super) fn new(path: &Path, bytes_max: u64) -> Self {
        Self {
            path: Arc::new(path.to_path_buf()),
            bytes_max,
            turn: Arc::default(),
        }
    }

    /// Adds a line; it is on the disk when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) async fn append(&self, letter: DeadLetter) -> io::Result<()> {
        let own = self.clone();
        let written = tokio::task::spawn_blocking(move || own.write(&letter)).await;
        written.map_err(io::Error::other)?
    }

    fn write(&self, letter: &DeadLetter) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self.open()?;
        if file.metadata()?.len() >= self.bytes_max {
            fs::rename(&*self.path, self.aside())?;
            file = self.open()?;
        }
        let is_new = file.metadata()?.len() == 0;
        file.write_all(letter.0.as_bytes())?;
        file.sync_all()?;
        // A new file is on the disk only when its folder is.
        match self.path.parent() {
            Some(folder) if is_new => File::open(folder)?.sync_all(),
            Some(_) | None => Ok(()),
        }
    }

    /// Messages are their accounts' own, so nobody else on the host reads them.
    fn open(&self) -> io::Result<File> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&*self.path)
    }

    fn aside(&self) -> PathBuf {
        let [_, aside] = dead_letter_files(&self.path);
        aside
    }
}
