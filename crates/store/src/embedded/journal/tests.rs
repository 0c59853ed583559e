//! What is read from a journal, whole or not.

use super::*;

const CAPACITY: u64 = 16 * BLOCK;

fn put(revision: u64, bytes: usize) -> Record {
    let key = Bytes::from(format!("key/{revision}"));
    let value = Bytes::from(vec![revision.to_le_bytes()[0]; bytes]);
    let gone = Bytes::from("gone");
    Record {
        revision: Revision(revision),
        effects: [Effect::Put { key, value }, Effect::Delete { key: gone }].into(),
    }
}

fn made() -> Journal {
    let journal = Journal {
        medium: Arc::new(tempfile::tempfile().unwrap()),
        id: 0x0123_4567_89ab_cdef,
    };
    journal.create(CAPACITY).unwrap();
    journal
}

/// Writes groups one behind the other and says where each is.
fn filled(journal: &Journal, groups: &[&[Record]]) -> Vec<u64> {
    let mut at = 0;
    let mut place = |records: &&[Record]| {
        let bytes = encode_group(journal.id, records).unwrap();
        journal.append(at, &bytes).unwrap();
        let here = at;
        at += bytes.len() as u64;
        here
    };
    groups.iter().map(&mut place).collect()
}

fn flip(journal: &Journal, at: u64) {
    let mut byte = [0];
    journal.medium.read(RING_AT + at, &mut byte).unwrap();
    journal.medium.write(RING_AT + at, &[byte[0] ^ 4]).unwrap();
}

fn read(journal: &Journal, after: u64) -> Result<Vec<Record>, String> {
    journal
        .scan(Revision(after))
        .map(|scan| scan.records)
        .map_err(|refusal| refusal.to_string())
}

#[test]
fn transactions_are_read_from_any_revision_on() {
    let journal = made();
    assert_eq!(read(&journal, 9).unwrap(), []);
    let records: Vec<Record> = (10..15).map(|revision| put(revision, 3000)).collect();
    filled(&journal, &[&records[..1], &records[1..4], &records[4..]]);
    for (from, after) in (0..).zip(9..20) {
        assert_eq!(read(&journal, after).unwrap(), records[5.min(from)..]);
    }
    let refusal = read(&journal, 8).unwrap_err();
    assert!(refusal.contains("revision 9 in its journal"), "{refusal}");
}

#[test]
fn the_newest_group_may_be_cut_off_and_no_other() {
    let records: Vec<Record> = (10..13).map(|revision| put(revision, 5000)).collect();
    for (index, inside) in [(2, 30), (2, 5000), (1, 30), (1, 5000), (0, 30), (0, 5000)] {
        let journal = made();
        let groups: Vec<&[Record]> = records.chunks(1).collect();
        let places = filled(&journal, &groups);
        flip(&journal, places[index] + inside);
        let found = read(&journal, 9);
        if index == 2 {
            assert_eq!(found.unwrap(), records[..2]);
            // What comes in its place is not taken for a gap behind it.
            journal
                .erase_torn(&journal.scan(Revision(9)).unwrap())
                .unwrap();
            let later = put(12, 100);
            let bytes = encode_group(journal.id, std::slice::from_ref(&later)).unwrap();
            journal.append(places[2] + 3 * BLOCK, &bytes).unwrap();
            assert_eq!(read(&journal, 11).unwrap(), [later]);
        } else {
            let refusal = found.unwrap_err();
            let words = format!("revision {} in its journal", index + 10);
            assert!(refusal.contains(&words), "{refusal}");
        }
        // What redb has already does not matter.
        assert!(read(&journal, 12).is_ok());
    }
}

#[test]
fn a_journal_of_another_file_or_of_none_is_refused() {
    let journal = made();
    let other = Journal {
        id: 1,
        ..journal.clone()
    };
    let refusal = read(&other, 1).unwrap_err();
    assert!(refusal.contains("of another file"), "{refusal}");
    for len in [RING_AT + CAPACITY - 1, BLOCK, 100, 0] {
        journal.medium.set_len(len).unwrap();
        let refusal = read(&journal, 1).unwrap_err();
        assert!(refusal.contains("first page of its journal"), "{refusal}");
    }
}
