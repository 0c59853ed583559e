//! The Internet checksum, computed in full (RFC 1071) and updated incrementally (RFC 1624,
//! equation 3).

use std::net::IpAddr;

/// The one's complement sum of bytes, to which more can be added.
///
/// Two ways of adding the same words give the same checksum, except that a sum of no set bit at
/// all stays zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Sum(u64);

impl Sum {
    /// Adds bytes that begin at an even offset; an odd last byte is the high half of a word.
    pub fn add_bytes(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(2) {
            if let [high, rest @ ..] = word {
                let low = rest.first().copied().unwrap_or(0);
                self.add_word(u16::from_be_bytes([*high, low]));
            }
        }
    }

    /// Adds one word.
    pub fn add_word(&mut self, word: u16) {
        self.0 += u64::from(word);
    }

    /// Adds what TCP and UDP cover of the IP header. Of `src` and `dst` both are IPv4 or both are
    /// IPv6; the sum is the same for either form of length.
    pub fn add_pseudo_header(&mut self, src: IpAddr, dst: IpAddr, protocol: u8, len: usize) {
        for addr in [src, dst] {
            match addr {
                IpAddr::V4(addr) => self.add_bytes(&addr.octets()),
                IpAddr::V6(addr) => self.add_bytes(&addr.octets()),
            }
        }
        self.add_word(u16::from(protocol));
        self.0 += len as u64;
    }

    /// The checksum of what was added.
    pub fn checksum(self) -> u16 {
        !fold(self.0)
    }
}

/// The checksum of `bytes`.
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = Sum::default();
    sum.add_bytes(bytes);
    sum.checksum()
}

/// A change of words that a checksum covers.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Change(u64);

impl Change {
    /// `old` becomes `new`: bytes at an even offset, of equal and even length.
    pub fn replace_bytes(&mut self, old: &[u8], new: &[u8]) {
        for (old, new) in old.chunks_exact(2).zip(new.chunks_exact(2)) {
            if let ([a, b], [c, d]) = (old, new) {
                self.replace(u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
            }
        }
    }

    /// A word at an even offset becomes another.
    pub fn replace(&mut self, old: u16, new: u16) {
        self.remove(old);
        self.insert(new);
    }

    /// Bytes at an even offset are covered no more.
    pub fn remove_bytes(&mut self, old: &[u8]) {
        for word in old.chunks_exact(2) {
            if let [a, b] = word {
                self.remove(u16::from_be_bytes([*a, *b]));
            }
        }
    }

    /// Bytes at an even offset are covered from now on.
    pub fn insert_bytes(&mut self, new: &[u8]) {
        for word in new.chunks_exact(2) {
            if let [a, b] = word {
                self.insert(u16::from_be_bytes([*a, *b]));
            }
        }
    }

    fn remove(&mut self, old: u16) {
        self.0 += u64::from(!old);
    }

    fn insert(&mut self, new: u16) {
        self.0 += u64::from(new);
    }

    /// The checksum after the change; one that was wrong stays wrong.
    pub fn apply(self, checksum: u16) -> u16 {
        !fold(u64::from(!checksum) + self.0)
    }

    /// As [`Self::apply`], for UDP: zero means "none" and stays zero, one that becomes zero is
    /// sent as 0xffff.
    pub fn apply_udp(self, checksum: u16) -> u16 {
        match (checksum, self.apply(checksum)) {
            (0, _) => 0,
            (_, 0) => 0xffff,
            (_, updated) => updated,
        }
    }
}

fn fold(mut sum: u64) -> u16 {
    loop {
        match u16::try_from(sum) {
            Ok(folded) => return folded,
            Err(_) => sum = (sum & 0xffff) + (sum >> 16),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_rfc_1071_holds() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&bytes), !0xddf2);
    }

    #[test]
    fn the_example_of_rfc_1624_holds() {
        let mut change = Change::default();
        change.replace(0x5555, 0x3285);
        assert_eq!(change.apply(0xdd2f), 0x0000);
        assert_eq!(change.apply_udp(0xdd2f), 0xffff);
        assert_eq!(change.apply_udp(0), 0);
    }

    proptest! {
        #[test]
        fn an_update_is_a_new_computation(
            mut bytes in proptest::collection::vec(any::<u8>(), 8..40),
            at in 0..3usize,
            new: [u8; 2],
        ) {
            bytes[7] |= 1; // Not all zero, as no header is.
            let before = checksum(&bytes);
            let mut change = Change::default();
            change.replace_bytes(&bytes[2 * at..2 * at + 2], &new);
            bytes[2 * at..2 * at + 2].copy_from_slice(&new);
            prop_assert_eq!(change.apply(before), checksum(&bytes));
        }
    }
}
