//! Reading many entries of a map by one system call.
//!
//! libbpf-rs has an iterator for this, but it allocates twice for each entry, hides errors and
//! cannot be left and taken up again later, as the search for idle flows does.

use std::io;

use libbpf_rs::MapHandle;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use crate::sys::{self, TOKEN_SIZE, Token};

/// How far a reader has come.
#[derive(Clone, Debug, Default)]
pub(crate) enum Position {
    /// At the start.
    #[default]
    Start,
    /// Somewhere between.
    After(Token),
    /// There are no more entries.
    End,
}

/// Entries read at once.
pub(crate) struct Batch<K, V> {
    pub(crate) keys: Vec<K>,
    pub(crate) values: Vec<V>,
}

/// Reads up to `count` entries at `position` and moves it on; more, where the kernel has them in
/// one bucket. None at the end.
pub(crate) fn read<K, V>(
    map: &MapHandle,
    position: &mut Position,
    count: usize,
) -> io::Result<Batch<K, V>>
where
    K: FromBytes + IntoBytes + Clone,
    V: FromBytes + IntoBytes + Clone,
{
    let after = match position {
        Position::Start => None,
        Position::After(token) => Some(*token),
        Position::End => return Ok(Batch::with_room(0)),
    };
    let mut room = count;
    loop {
        let mut batch = Batch::with_room(room);
        let mut next = [0; TOKEN_SIZE];
        let (keys, values) = (&mut batch.keys, &mut batch.values);
        match sys::lookup_batch(map, after.as_ref(), &mut next, keys, values) {
            Err(error) if error.raw_os_error() == Some(nix::libc::ENOSPC) => room *= 2,
            Err(error) => return Err(error),
            Ok(looked) => {
                keys.truncate(looked.count);
                values.truncate(looked.count);
                *position = if looked.is_last {
                    Position::End
                } else {
                    Position::After(next)
                };
                return Ok(batch);
            }
        }
    }
}

impl<K: FromZeros + Clone, V: FromZeros + Clone> Batch<K, V> {
    fn with_room(count: usize) -> Self {
        Self {
            keys: vec![K::new_zeroed(); count],
            values: vec![V::new_zeroed(); count],
        }
    }
}
