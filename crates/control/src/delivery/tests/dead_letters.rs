//! The files of dead letters.

use std::fs;
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};
use serde_json::Value;

use super::*;
use crate::delivery::dead_letter::{DeadLetter, DeadLetterLimits, DeadLetters};
use crate::delivery::envelope::Parcel;

const UNLIMITED: DeadLetterLimits = DeadLetterLimits {
    file_bytes_max: u64::MAX,
    total_bytes_max: u64::MAX,
};

fn letter(number: u32, body: &str) -> DeadLetter {
    let parcel = Parcel {
        endpoint: "http://192.0.2.1/".to_owned(),
        message_type: "Notification",
        message_id: "1".to_owned(),
        topic_arn: "arn:aws:sns:us-east-1:111122223333:alerts".to_owned(),
        subscription_arn: None,
        is_raw: true,
        body: body.to_owned(),
    };
    DeadLetter::message(Timestamp::from_millis(0), number, &parcel, "why".to_owned())
}

/// The file of an account, and the one that was put aside.
fn files(folder: &Path, owner: u64) -> [PathBuf; 2] {
    let path = |end| folder.join(format!("{}.jsonl{end}", account(owner)));
    [path(""), path(".1")]
}

fn bytes(path: impl AsRef<Path>) -> u64 {
    path.as_ref().metadata().map_or(0, |it| it.len())
}

/// What stands in the file of an account.
fn lines(folder: &Path, owner: u64) -> Vec<Value> {
    let [path, _] = files(folder, owner);
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn the_files_of_an_account_are_bounded() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("letters");
    let limits = DeadLetterLimits {
        file_bytes_max: 2000,
        ..UNLIMITED
    };
    let letters = DeadLetters::new(&folder, limits);
    let mut longest = 0;
    for number in 0..50 {
        let letter = letter(number, "two\nlines");
        letters.append(account(1), letter).await.unwrap();
        longest = files(&folder, 1).iter().map(bytes).fold(longest, u64::max);
    }
    assert!(longest > 2000 && longest < 2400, "{longest}");
    let lines = lines(&folder, 1);
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["attempts"], &last["body"]),
        (&49.into(), &"two\nlines".into())
    );
    let missing = DeadLetters::new(&data.path().join("missing/folder"), limits);
    assert!(missing.append(account(1), letter(0, "")).await.is_err());
}

#[tokio::test]
async fn an_account_pushes_out_its_own_letters_and_no_others() {
    let data = tempfile::tempdir().unwrap();
    let limits = DeadLetterLimits {
        file_bytes_max: 2000,
        total_bytes_max: 5000,
    };
    let letters = DeadLetters::new(data.path(), limits);
    letters
        .append(account(1), letter(1, "of one"))
        .await
        .unwrap();
    letters
        .append(account(3), letter(3, "of three"))
        .await
        .unwrap();
    let mut largest = 0;
    for number in 0..200 {
        letters
            .append(account(2), letter(number, "of two"))
            .await
            .unwrap();
        let all = (1..=3).flat_map(|owner| files(data.path(), owner));
        largest = largest.max(all.map(|path| bytes(&path)).sum());
    }
    assert!(largest > 4500 && largest < 5400, "{largest}");
    for (owner, body) in [(1, "of one"), (3, "of three")] {
        assert_eq!(lines(data.path(), owner)[0]["body"], body);
    }
    assert_eq!(lines(data.path(), 2).last().unwrap()["attempts"], 199);
}

#[tokio::test]
async fn what_else_stands_in_the_folder_is_neither_counted_nor_removed() {
    let data = tempfile::tempdir().unwrap();
    let limits = DeadLetterLimits {
        file_bytes_max: 2000,
        total_bytes_max: 1000,
    };
    let notes = [data.path().join("notes.txt"), data.path().join("notes.1")];
    for notes in &notes {
        fs::write(notes, vec![b'x'; 10_000]).unwrap();
    }
    let folders = [data.path().join("kept"), data.path().join("kept.jsonl")];
    for folder in &folders {
        fs::create_dir(folder).unwrap();
    }
    let letters = DeadLetters::new(data.path(), limits);
    for number in 0..20 {
        letters
            .append(account(1), letter(number, "of one"))
            .await
            .unwrap();
    }
    assert!(notes.iter().all(|notes| bytes(notes) == 10_000));
    assert!(folders.iter().all(|folder| folder.is_dir()));
    let left = lines(data.path(), 1);
    assert!(left.len() > 1 && left.len() < 8, "{left:?}");
    assert_eq!(left.last().unwrap()["attempts"], 19);
}

#[tokio::test]
async fn half_a_line_that_a_crash_left_spoils_no_other() {
    let data = tempfile::tempdir().unwrap();
    let letters = DeadLetters::new(data.path(), UNLIMITED);
    let [path, _] = files(data.path(), 1);
    fs::write(&path, "{\"time\":").unwrap();
    letters
        .append(account(1), letter(7, "whole"))
        .await
        .unwrap();
    let text = fs::read_to_string(path).unwrap();
    let whole: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(whole["body"], "whole");
}

#[test]
fn a_disk_that_is_full_leaves_no_half_line() {
    let inside = std::thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>).unwrap();
        let data = tempfile::tempdir().unwrap();
        let size = Some("size=128k");
        mount(
            Some("letters"),
            data.path(),
            Some("tmpfs"),
            MsFlags::empty(),
            size,
        )
        .unwrap();
        let letters = DeadLetters::new(data.path(), UNLIMITED);
        letters.write(account(1), &letter(0, "first")).unwrap();
        let rest = data.path().join("rest");
        let room = 128 * 1024 - 3 * 4096;
        fs::write(&rest, vec![0; room]).unwrap();
        let long = "x".repeat(20_000);
        letters.write(account(1), &letter(1, &long)).unwrap_err();
        fs::remove_file(rest).unwrap();
        letters.write(account(1), &letter(2, "last")).unwrap();
        let bodies: Vec<Value> = lines(data.path(), 1)
            .iter()
            .map(|line| line["body"].clone())
            .collect();
        assert_eq!(bodies, ["first", "last"]);
        nix::mount::umount(data.path()).unwrap();
    });
    inside.join().unwrap();
}
