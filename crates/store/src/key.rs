//! Ranges of keys.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

/// A half-open range of keys in byte order.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRange {
    start: Bytes,
    /// Exclusive; `None` is the end of all keys.
    end: Option<Bytes>,
}

impl KeyRange {
    /// Every key.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            start: Bytes::new(),
            end: None,
        }
    }

    /// One key.
    #[must_use]
    pub fn key(key: impl Into<Bytes>) -> Self {
        let start = key.into();
        let end = Some(successor(&start));
        Self { start, end }
    }

    /// Every key that begins with `prefix`.
    #[must_use]
    pub fn prefix(prefix: impl Into<Bytes>) -> Self {
        let start = prefix.into();
        let end = prefix_end(&start);
        Self { start, end }
    }

    /// From `start` up to and without `end`.
    #[must_use]
    pub fn span(start: impl Into<Bytes>, end: impl Into<Bytes>) -> Self {
        Self {
            start: start.into(),
            end: Some(end.into()),
        }
    }

    /// The part of this range behind `key`.
    #[must_use]
    pub fn after(&self, key: &[u8]) -> Self {
        Self {
            start: successor(key).max(self.start.clone()),
            end: self.end.clone(),
        }
    }

    /// The smallest key it could hold.
    #[must_use]
    pub const fn start(&self) -> &Bytes {
        &self.start
    }

    /// The first key behind it, or `None` when it is open.
    #[must_use]
    pub const fn end(&self) -> Option<&Bytes> {
        self.end.as_ref()
    }

    /// The only key that it can hold, if there is but one.
    #[must_use]
    pub fn only_key(&self) -> Option<&Bytes> {
        let (last, key) = self.end()?.split_last()?;
        (*last == 0 && *key == *self.start).then_some(&self.start)
    }

    /// Whether it holds `key`.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.start.as_ref() <= key && self.end.as_ref().is_none_or(|end| key < end.as_ref())
    }

    /// Whether no key can be in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }
}

impl fmt::Debug for KeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            Some(end) => write!(f, "{:?}..{:?}", self.start, end),
            None => write!(f, "{:?}..", self.start),
        }
    }
}

/// The next key in byte order: one zero byte longer.
fn successor(key: &[u8]) -> Bytes {
    let mut next = BytesMut::with_capacity(key.len() + 1);
    next.put_slice(key);
    next.put_u8(0);
    next.freeze()
}

/// The first key behind all that begin with `prefix`; none when it is all 0xff.
fn prefix_end(prefix: &[u8]) -> Option<Bytes> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let (head, _) = prefix.split_at(kept + 1);
    let (last, head) = head.split_last()?;
    let mut end = BytesMut::with_capacity(kept + 1);
    end.put_slice(head);
    end.put_u8(last + 1);
    Some(end.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_they_say() {
        type Keys = &'static [&'static [u8]];
        let b = |bytes: &'static [u8]| Bytes::from_static(bytes);
        // range, held, not held
        let cases: Vec<(KeyRange, Keys, Keys)> = vec![
            (KeyRange::all(), &[b"\0", b"a", b"\xff\xff"], &[]),
            (KeyRange::key(b(b"a")), &[b"a"], &[b"", b"a\0", b"b"]),
            (
                KeyRange::prefix(b(b"a/")),
                &[b"a/", b"a/\xff\xff", b"a/b"],
                &[b"a", b"a0", b"b"],
            ),
            (
                KeyRange::prefix(b(b"a\xff")),
                &[b"a\xff", b"a\xff\xff"],
                &[b"a", b"b"],
            ),
            (
                KeyRange::prefix(b(b"\xff")),
                &[b"\xff", b"\xff\xff"],
                &[b"\xfe\xff"],
            ),
            (KeyRange::prefix(b(b"")), &[b"\0", b"\xff"], &[]),
            (
                KeyRange::span(b(b"b"), b(b"d")),
                &[b"b", b"c\xff"],
                &[b"a", b"d"],
            ),
            (KeyRange::all().after(b"b"), &[b"b\0", b"c"], &[b"a", b"b"]),
        ];
        for (range, held, not_held) in cases {
            for key in held {
                assert!(range.contains(key), "{range:?} holds {key:?}");
            }
            for key in not_held {
                assert!(!range.contains(key), "{range:?} does not hold {key:?}");
            }
            assert!(!range.is_empty());
        }
        assert!(KeyRange::span(b(b"b"), b(b"b")).is_empty());
        assert!(KeyRange::span(b(b"c"), b(b"b")).is_empty());
    }
}
