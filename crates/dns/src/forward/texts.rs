//! Looking up texts (TXT) for ourselves, without the cache: who asks wants to see what has just been published.

use std::collections::BTreeSet;

use domain::base::iana::Rtype;

use super::{Forwarder, Key, Unanswered};
use crate::record::{self, Data};

/// Why texts could not be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The text asked about is no name.
    #[error("not a domain name")]
    Name,
    /// No upstream resolver gave an answer in time.
    #[error("no resolver answered")]
    Unanswered,
}

impl Forwarder {
    /// The texts of a name, each in one piece, also by way of aliases; none if the name does not exist or has none.
    /// Texts that are not UTF-8 are left out.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub async fn texts(&self, name: &str) -> Result<BTreeSet<String>, LookupError> {
        let name = record::name(name).ok_or(LookupError::Name)?;
        let key = Key::new(&name, Rtype::TXT, false, false);
        let response = self.forward(&key).await;
        let response = response.map_err(|Unanswered| LookupError::Unanswered)?;
        let texts = response.answers.iter().filter_map(|record| {
            let Data::Unknown(data) = record.data() else {
                return None;
            };
            (data.rtype() == Rtype::TXT).then(|| joined(data.data().as_ref()))
        });
        Ok(texts.flatten().collect())
    }
}

/// The character strings of a TXT record's data as one text (RFC 7208, 3.3); none if they are no text.
fn joined(mut data: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(data.len());
    while let Some((len, rest)) = data.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(*len))?;
        text.extend_from_slice(string);
        data = rest;
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_a_text_are_joined_and_what_is_no_text_is_none() {
        for (data, text) in [
            (&b"\x02ab\x00\x01c"[..], Some("abc")),
            (b"", Some("")),
            (b"\x00", Some("")),
            (b"\x03ab", None),
            (b"\x01\xff", None),
        ] {
            assert_eq!(joined(data).as_deref(), text);
        }
    }
}
