//! Text patterns: wildcards, policy variables, and their matching.
//!
//! `*` is any run of characters, `?` one character. A variable stands for a value of the request and is text, never a
//! pattern, whatever it holds. One without a value makes the whole pattern match nothing.
//!
//! Invariant: matching never backtracks over a `*` that is behind it. Its cost is about the sum of the two lengths, and
//! with `?` between two `*` at most a 64th of their product. All of it is counted as [`Work`]; without any left, nothing
//! matches.
//! Source: IAM User Guide, `reference_policies_variables`, `reference_policies_elements_resource`.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use crate::context::Scope;
use crate::error::Problem;
use crate::work::Work;

/// Longest part of a text that is quoted in a problem, characters.
const QUOTED_MAX: usize = 64;

/// Most pieces between two `*` that are looked for in the plain way, which needs no memory.
const PLAIN_MAX: usize = 8;

/// Largest table of [`search`], words: 512 KiB.
const SEARCH_MAX: usize = 1 << 16;

/// Characters that are compared as fast as one piece is.
const CHARS_PER_STEP: usize = 32;

/// Steps that it takes to make room for the parts of a pattern with variables.
const RESOLVING_STEPS: usize = 16;

/// Steps that it takes to compare a character whatever its case.
const FOLDING_STEPS: usize = 8;

/// Steps that it takes to look up a character in the table of [`search`], or a variable.
const LOOKUP_STEPS: usize = 8;

/// One element of a pattern whose variables are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<S> {
    /// This text exactly.
    Text(S),
    /// `?`
    One,
    /// `*`
    Any,
}

/// One element of a pattern as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Fixed(Piece<Box<str>>),
    Variable(Variable),
}

/// `${key, 'default'}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// In lower case.
    key: Box<str>,
    default: Option<Box<str>>,
}

/// What has a meaning of its own in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) wildcards: bool,
    pub(crate) variables: bool,
}

/// A pattern, ready to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    Fixed(Vec<Piece<Box<str>>>),
    Variables(Vec<Part>),
}

impl Pattern {
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, Problem> {
        Ok(Self::from_parts(parts(text, syntax)?))
    }

    pub(crate) fn from_parts(parts: Vec<Part>) -> Self {
        let fixed: Option<Vec<_>> = parts
            .iter()
            .map(|part| match part {
                Part::Fixed(piece) => Some(piece.clone()),
                Part::Variable(_) => None,
            })
            .collect();
        fixed.map_or(Self::Variables(parts), Self::Fixed)
    }

    /// Whether all of `text` is what the pattern describes.
    pub(crate) fn matches(&self, text: &str, scope: Scope<'_>) -> bool {
        match self {
            Self::Fixed(pieces) => glob(pieces, text, scope.work),
            Self::Variables(parts) => {
                resolve(parts, scope).is_some_and(|pieces| glob(&pieces, text, scope.work))
            }
        }
    }

    /// Whether `text` is the pattern's text but for upper and lower case. For patterns without wildcards.
    pub(crate) fn equals_ignoring_case(&self, text: &str, scope: Scope<'_>) -> bool {
        match self {
            Self::Fixed(pieces) => same_but_case(pieces, text, scope.work),
            Self::Variables(parts) => {
                resolve(parts, scope).is_some_and(|pieces| same_but_case(&pieces, text, scope.work))
            }
        }
    }

    /// Whether the last thing in the pattern is a `*`.
    pub(crate) fn ends_open(&self) -> bool {
        match self {
            Self::Fixed(pieces) => matches!(pieces.last(), Some(Piece::Any)),
            Self::Variables(parts) => matches!(parts.last(), Some(Part::Fixed(Piece::Any))),
        }
    }

    pub(crate) fn has_variables(&self) -> bool {
        matches!(self, Self::Variables(_))
    }

    /// Whether a variable stands for one of these keys, whose names must be in lower case.
    pub(crate) fn refers_to(&self, keys: &BTreeSet<&str>) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Variables(parts) => parts.iter().any(|part| match part {
                Part::Fixed(_) => false,
                Part::Variable(variable) => keys.contains(&*variable.key),
            }),
        }
    }

    /// The text, if that is all there is to it.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Fixed(pieces) => match pieces.as_slice() {
                [] => Some(""),
                [Piece::Text(text)] => Some(text),
                _ => None,
            },
            Self::Variables(_) => None,
        }
    }
}

/// Splits `text` into its parts.
pub(crate) fn parts(text: &str, syntax: Syntax) -> Result<Vec<Part>, Problem> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if syntax.variables && rest.starts_with("${") {
            let (variable, after) = variable(rest)
                .ok_or_else(|| Problem::Variable(rest.chars().take(QUOTED_MAX).collect()))?;
            match variable {
                Reference::Character(text) => plain.push(text),
                Reference::Key(variable) => {
                    end_text(&mut plain, &mut found);
                    found.push(Part::Variable(variable));
                }
            }
            rest = after;
            continue;
        }
        match next {
            '*' if syntax.wildcards => {
                end_text(&mut plain, &mut found);
                if found.last() != Some(&Part::Fixed(Piece::Any)) {
                    found.push(Part::Fixed(Piece::Any));
                }
            }
            '?' if syntax.wildcards => {
                end_text(&mut plain, &mut found);
                found.push(Part::Fixed(Piece::One));
            }
            other => plain.push(other),
        }
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    end_text(&mut plain, &mut found);
    Ok(found)
}

fn end_text(plain: &mut String, found: &mut Vec<Part>) {
    if !plain.is_empty() {
        let text = std::mem::take(plain).into_boxed_str();
        found.push(Part::Fixed(Piece::Text(text)));
    }
}

/// What `${...}` stands for.
enum Reference {
    /// `${*}`, `${?}` or `${$}`: that character itself.
    Character(char),
    Key(Variable),
}

/// Reads the variable at the start of `text`; also what follows it.
fn variable(text: &str) -> Option<(Reference, &str)> {
    let body = text.strip_prefix("${")?;
    let brace = body.find('}')?;
    let quote = body.find('\'').filter(|quote| *quote < brace);
    let (name, default, after) = match quote {
        None => (body.get(..brace)?, None, body.get(brace + 1..)?),
        Some(quote) => {
            let name = body.get(..quote)?.trim_end().strip_suffix(',')?;
            let (default, after) = body.get(quote + 1..)?.split_once('\'')?;
            (name, Some(default), after.trim_start().strip_prefix('}')?)
        }
    };
    let name = name.trim();
    match (name, default) {
        ("*", None) => return Some((Reference::Character('*'), after)),
        ("?", None) => return Some((Reference::Character('?'), after)),
        ("$", None) => return Some((Reference::Character('$'), after)),
        _ => {}
    }
    if name.is_empty() || name.contains(['$', '{', '*', '?', ',']) {
        return None;
    }
    let variable = Variable {
        key: name.to_lowercase().into(),
        default: default.map(Into::into),
    };
    Some((Reference::Key(variable), after))
}

/// The parts with the request's values in place of variables; `None` if one has none.
fn resolve<'a>(parts: &'a [Part], scope: Scope<'a>) -> Option<Vec<Piece<&'a str>>> {
    if !scope
        .work
        .take(RESOLVING_STEPS + parts.len() * LOOKUP_STEPS)
    {
        return None;
    }
    parts
        .iter()
        .map(|part| match part {
            Part::Fixed(Piece::Text(text)) => Some(Piece::Text(text.as_ref())),
            Part::Fixed(Piece::One) => Some(Piece::One),
            Part::Fixed(Piece::Any) => Some(Piece::Any),
            Part::Variable(variable) => scope
                .single(&variable.key)
                .or(variable.default.as_deref())
                .map(Piece::Text),
        })
        .collect()
}

/// Bytes of a text that these pieces take at least.
fn least_bytes<S: AsRef<str>>(pieces: &[Piece<S>]) -> usize {
    let each = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_ref().len(),
        Piece::One => 1,
        Piece::Any => 0,
    });
    each.sum()
}

/// Whether the pattern describes all of `text`. What stands between two `*` is matched where it first occurs: a later
/// occurrence could not leave more for the rest.
fn glob<S: AsRef<str>>(pieces: &[Piece<S>], text: &str, work: &Work) -> bool {
    if !work.take(2 + pieces.len() + text.len() / CHARS_PER_STEP)
        || least_bytes(pieces) > text.len()
    {
        return false;
    }
    let mut chunks = pieces.split(|piece| matches!(piece, Piece::Any));
    let Some(mut rest) = without_front(chunks.next().unwrap_or_default(), text) else {
        return false;
    };
    let Some(last) = chunks.next_back() else {
        return rest.is_empty();
    };
    for chunk in chunks {
        let Some(after) = after_first(chunk, rest, work) else {
            return false;
        };
        rest = after;
    }
    is_suffix(last, rest)
}

/// What follows `chunk` at the start of `text`.
fn without_front<'t, S: AsRef<str>>(chunk: &[Piece<S>], text: &'t str) -> Option<&'t str> {
    chunk.iter().try_fold(text, |rest, piece| match piece {
        Piece::Text(text) => rest.strip_prefix(text.as_ref()),
        Piece::One => {
            let mut chars = rest.chars();
            chars.next()?;
            Some(chars.as_str())
        }
        Piece::Any => Some(rest),
    })
}

fn is_suffix<S: AsRef<str>>(chunk: &[Piece<S>], text: &str) -> bool {
    chunk
        .iter()
        .rev()
        .try_fold(text, |rest, piece| match piece {
            Piece::Text(text) => rest.strip_suffix(text.as_ref()),
            Piece::One => {
                let mut chars = rest.chars();
                chars.next_back()?;
                Some(chars.as_str())
            }
            Piece::Any => Some(rest),
        })
        .is_some()
}

/// What follows the first occurrence of `chunk` in `text`.
fn after_first<'t, S: AsRef<str>>(
    chunk: &[Piece<S>],
    text: &'t str,
    work: &Work,
) -> Option<&'t str> {
    if let [Piece::Text(wanted)] = chunk {
        let after = text.split_once(wanted.as_ref()).map(|(_, after)| after);
        let seen = text.len() - after.map_or(0, str::len);
        return if work.take(seen) { after } else { None };
    }
    if chunk.len() > PLAIN_MAX
        && let Some(found) = search(chunk, text, work)
    {
        return found;
    }
    let steps = chunk.len() + least_bytes(chunk) / CHARS_PER_STEP;
    let mut from = text;
    while work.take(steps) {
        if let Some(after) = without_front(chunk, from) {
            return Some(after);
        }
        let mut chars = from.chars();
        chars.next()?;
        from = chars.as_str();
    }
    None
}

/// The same by bits: bit `n` says that the last characters are the first `n + 1` of the chunk, for 64 lengths at a time
/// (Baeza-Yates and Gonnet, "A new approach to text searching", 1992). `None` if the chunk has too many different
/// characters for the table; then the text must be of as many for the plain way to be slow.
fn search<'t, S: AsRef<str>>(
    chunk: &[Piece<S>],
    text: &'t str,
    work: &Work,
) -> Option<Option<&'t str>> {
    let wanted: Vec<Option<char>> = chunk
        .iter()
        .flat_map(|piece| {
            let (chars, one) = match piece {
                Piece::Text(text) => (text.as_ref(), None),
                Piece::One | Piece::Any => ("", Some(None)),
            };
            chars.chars().map(Some).chain(one)
        })
        .collect();
    let any: Vec<u64> = wanted
        .chunks(64)
        .map(|word| bits(word, |one| one.is_none()))
        .collect();
    let mut tables: BTreeMap<char, Vec<u64>> = BTreeMap::new();
    for character in wanted.iter().flatten() {
        if (tables.len() + 1) * any.len() > SEARCH_MAX {
            return None;
        }
        let Entry::Vacant(table) = tables.entry(*character) else {
            continue;
        };
        if !work.take(wanted.len()) {
            return Some(None);
        }
        let fits = |one: Option<char>| one.is_none_or(|one| one == *character);
        table.insert(wanted.chunks(64).map(|word| bits(word, fits)).collect());
    }
    let complete = 1_u64 << (wanted.len().wrapping_sub(1) % 64);
    let mut state = vec![0_u64; any.len()];
    for (at, character) in text.char_indices() {
        if !work.take(LOOKUP_STEPS + state.len()) {
            return Some(None);
        }
        let mut carry = 1;
        for (word, fits) in state.iter_mut().zip(tables.get(&character).unwrap_or(&any)) {
            let next = *word >> 63;
            *word = (*word << 1 | carry) & fits;
            carry = next;
        }
        if state.last().is_some_and(|last| last & complete != 0) {
            return Some(text.get(at + character.len_utf8()..));
        }
    }
    Some(None)
}

/// Which of up to 64 characters `fit`, the first in the lowest bit.
fn bits(word: &[Option<char>], fit: impl Fn(Option<char>) -> bool) -> u64 {
    word.iter()
        .rev()
        .fold(0, |bits, one| bits << 1 | u64::from(fit(*one)))
}

fn same_but_case<S: AsRef<str>>(pieces: &[Piece<S>], text: &str, work: &Work) -> bool {
    if !work.take(1 + pieces.len()) {
        return false;
    }
    let wanted = pieces.iter().flat_map(|piece| {
        match piece {
            Piece::Text(text) => text.as_ref(),
            Piece::One | Piece::Any => "",
        }
        .chars()
    });
    let given = text.chars().take_while(|_| work.take(FOLDING_STEPS));
    wanted
        .flat_map(char::to_lowercase)
        .eq(given.flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests;
