//! The records that this crate passes around: names and data of their own, no borrowed message.

use std::fmt::Write;
use std::str::FromStr;

use bytes::Bytes;
use domain::base::iana::{Class, Rtype};
use domain::base::name::{FlattenInto, ParsedName};
use domain::base::wire::ParseError;
use domain::base::{ParsedRecord, ToName, Ttl, UnknownRecordData};
use domain::rdata::{A, Aaaa, AllRecordData, Ptr};

use crate::answerer::RecordData;

pub(crate) type Name = domain::base::Name<Bytes>;
pub(crate) type Data = AllRecordData<Bytes, Name>;
pub(crate) type Record = domain::base::Record<Name, Data>;

/// Types whose data may hold compressed names, which mean nothing outside their message (RFC 3597, 4).
/// Every other type is carried as the bytes it is.
const WITH_NAMES: [Rtype; 16] = [
    Rtype::NS,
    Rtype::MD,
    Rtype::MF,
    Rtype::CNAME,
    Rtype::SOA,
    Rtype::MB,
    Rtype::MG,
    Rtype::MR,
    Rtype::PTR,
    Rtype::MINFO,
    Rtype::MX,
    Rtype::RP,
    Rtype::SRV,
    Rtype::NAPTR,
    Rtype::DNAME,
    Rtype::RRSIG,
];

/// A name from its presentation form, or none.
pub(crate) fn name(text: &str) -> Option<Name> {
    Name::from_str(text).ok()
}

/// Lower case, presentation form, no dot at the end; empty for the root.
pub(crate) fn text(name: &impl ToName) -> String {
    let mut text = String::with_capacity(64);
    for label in name.iter_labels().filter(|label| !label.is_root()) {
        if !text.is_empty() {
            text.push('.');
        }
        match std::str::from_utf8(label.as_slice()) {
            // What needs no escape, as nearly all names. Escaping goes byte by byte, and takes its time.
            Ok(plain) if plain.bytes().all(is_plain) => text.push_str(plain),
            // A string takes everything.
            Ok(_) | Err(_) => drop(write!(text, "{label}")),
        }
    }
    text.make_ascii_lowercase();
    text
}

/// Whether a byte of a label stands for itself in presentation form.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'.' | b'\\')
}

/// A zone from its presentation form, which is usually that of a name in it: then no more than a part of that.
pub(crate) fn zone(apex: &str, inside: &Name) -> Option<Name> {
    let is_apex = |parent: &Name| {
        let mut labels = apex.split('.');
        // Each label has a byte before it instead of one between two, and the root's follows.
        parent.len() == apex.len() + 2
            && parent.iter().all(|label| {
                label.is_root()
                    || labels
                        .next()
                        .is_some_and(|text| label.as_slice().eq_ignore_ascii_case(text.as_bytes()))
            })
    };
    inside.iter_suffixes().find(is_apex).or_else(|| name(apex))
}

/// A record of ours; none if a name in it is not one.
pub(crate) fn own(owner: &Name, ttl_secs: u32, data: &RecordData) -> Option<Record> {
    let data = match data {
        RecordData::Address(addr) => Data::A(A::new(*addr)),
        RecordData::Address6(addr) => Data::Aaaa(Aaaa::new(*addr)),
        RecordData::Pointer(target) => Data::Ptr(Ptr::new(name(target)?)),
    };
    Some(record(owner, ttl_secs, data))
}

/// A record of class IN.
pub(crate) fn record(owner: &Name, ttl_secs: u32, data: impl Into<Data>) -> Record {
    Record::new(
        owner.clone(),
        Class::IN,
        Ttl::from_secs(ttl_secs),
        data.into(),
    )
}

/// Takes a record out of its message.
pub(crate) fn detach(parsed: &ParsedRecord<'_, Bytes>) -> Result<Record, ParseError> {
    let owner: Name = parsed.owner().to_name();
    let data = if WITH_NAMES.contains(&parsed.rtype()) {
        let typed = parsed.to_any_record::<AllRecordData<Bytes, ParsedName<Bytes>>>()?;
        typed.into_data().flatten_into()
    } else {
        match parsed.to_record::<UnknownRecordData<Bytes>>()? {
            Some(raw) => Data::Unknown(raw.into_data()),
            None => return Err(ParseError::form_error("record data")),
        }
    };
    Ok(Record::new(owner, parsed.class(), parsed.ttl(), data))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 1..12), 1..8)
    }

    fn of_labels(labels: &[Vec<u8>]) -> Name {
        let mut builder = domain::base::name::NameBuilder::new_bytes();
        for label in labels {
            builder.append_label(label).unwrap();
        }
        builder.into_name().unwrap()
    }

    proptest! {
        #[test]
        fn text_is_the_presentation_form_in_lower_case(labels in labels()) {
            let name = of_labels(&labels);
            let text = text(&name);
            prop_assert_eq!(&text, &name.to_string().to_ascii_lowercase());
            prop_assert_eq!(super::name(&text).unwrap(), name);
        }

        #[test]
        fn a_zone_is_what_its_text_says_wherever_it_is_taken_from(
            labels in labels(),
            other in labels(),
            skip in any::<prop::sample::Index>(),
        ) {
            let apex = of_labels(&labels[skip.index(labels.len())..]);
            for inside in [of_labels(&labels), of_labels(&other)] {
                let found = zone(&text(&apex), &inside).unwrap();
                prop_assert_eq!(&found, &apex);
            }
        }
    }
}
