//! TCP's maximum-segment-size option (RFC 9293, section 3.7.1).

use super::TcpHeader;
use super::checksum::Change;

const KIND_END: u8 = 0;
const KIND_NOP: u8 = 1;
const KIND_MSS: u8 = 2;
const MSS_LEN: u8 = 4;

/// The MSS that a TCP segment announces, in bytes.
pub fn mss(segment: &[u8]) -> Option<u16> {
    let at = mss_offset(segment)?;
    segment
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_be_bytes)
}

/// Lowers the announced MSS to `mss_max` if it is larger, and keeps the checksum right.
/// `segment` begins with the TCP header.
pub fn clamp_mss(segment: &mut [u8], mss_max: u16) {
    let Some(at) = mss_offset(segment) else {
        return;
    };
    let Some(bytes) = segment
        .get_mut(at..)
        .and_then(|rest| rest.first_chunk_mut())
    else {
        return;
    };
    let announced = u16::from_be_bytes(*bytes);
    if announced <= mss_max {
        return;
    }
    *bytes = mss_max.to_be_bytes();
    let mut change = Change::default();
    if at % 2 == 0 {
        change.replace(announced, mss_max);
    } else {
        // Its halves lie in two words, each in the other's place.
        change.replace(announced.swap_bytes(), mss_max.swap_bytes());
    }
    if let Some(tcp) = TcpHeader::of_mut(segment) {
        tcp.checksum = change.apply(tcp.checksum.get()).into();
    }
}

/// Where the value of the first MSS option stands. An option that is cut short ends the search.
fn mss_offset(segment: &[u8]) -> Option<usize> {
    let header_len = TcpHeader::of(segment)?.header_len();
    let options = segment.get(..header_len)?;
    let mut at = TcpHeader::LEN;
    loop {
        match *options.get(at)? {
            KIND_END => return None,
            KIND_NOP => at += 1,
            kind => {
                let len = *options.get(at + 1)?;
                let end = at + usize::from(len);
                if len < 2 || end > options.len() {
                    return None;
                }
                if kind == KIND_MSS && len == MSS_LEN {
                    return Some(at + 2);
                }
                at = end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{PacketBuilder, TcpFlags, dissect};

    fn syn(options: &[u8]) -> Vec<u8> {
        PacketBuilder::default()
            .ipv4([10, 0, 0, 1].into(), [10, 0, 0, 2].into())
            .tcp(40000, 80)
            .flags(TcpFlags::SYN)
            .tcp_options(options)
            .build()
    }

    #[test]
    fn a_large_mss_is_lowered_wherever_it_stands() {
        let cases: [(&str, &[u8], Option<u16>); 9] = [
            ("first", &[2, 4, 0xff, 0xff], Some(1460)),
            ("at an odd offset", &[1, 2, 4, 0xff, 0x00], Some(1460)),
            (
                "after another option",
                &[4, 2, 3, 3, 7, 2, 4, 0x22, 0x22],
                Some(1460),
            ),
            ("small enough", &[2, 4, 0x05, 0x00], Some(0x500)),
            ("exact", &[2, 4, 0x05, 0xb4], Some(1460)),
            ("behind the end", &[0, 2, 4, 0xff, 0xff], None),
            (
                "of a wrong length",
                &[2, 3, 0xff, 2, 4, 0xff, 0xff],
                Some(1460),
            ),
            (
                "behind an option of length 1",
                &[3, 1, 2, 4, 0xff, 0xff],
                None,
            ),
            ("cut short", &[1, 1, 2, 4], None),
        ];
        for (name, options, expected) in cases {
            let mut frame = syn(options);
            clamp_mss(&mut frame[34..], 1460);
            assert_eq!(mss(&frame[34..]), expected, "{name}");
            assert_eq!(dissect(&frame).unwrap().checksum_fault(), None, "{name}");
        }
    }
}
