//! Patterns with `*` and `?`, matched in one pass.
//!
//! A pattern of `m` characters is a machine with `m + 1` states, all of which are followed at once as bits of a few
//! words (the Shift-And method of Baeza-Yates and Gonnet, CACM 35(10), 1992): `*` lets its state persist, `?` accepts
//! any character. So a text of `n` characters costs `n` steps of `m / 64` words, with no worse case.

use std::collections::BTreeMap;

use super::Case;

/// Longest pattern with wildcards, in characters; without wildcards there is no limit.
pub const PATTERN_CHARS_MAX: usize = 255;

/// A pattern, ready to be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    case: Case,
    machine: Machine,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Machine {
    Literal(String),
    Wild {
        /// For each state, whether it persists.
        stars: Vec<u64>,
        /// For each state, whether any character leads from it to the next.
        any: Vec<u64>,
        /// The same for single characters, `any` included.
        steps: BTreeMap<char, Vec<u64>>,
        /// The last state.
        end: usize,
    },
}

enum Token {
    Char(char),
    One,
    Star,
}

impl Pattern {
    /// Prepares a pattern; `None` when it has wildcards and more than [`PATTERN_CHARS_MAX`] characters.
    pub fn new(text: &str, case: Case) -> Option<Self> {
        let tokens: Vec<Token> = tokens(text, case);
        let wild = tokens.iter().any(|token| !matches!(token, Token::Char(_)));
        if !wild {
            let literal = tokens.iter().filter_map(|token| match token {
                Token::Char(c) => Some(*c),
                Token::One | Token::Star => None,
            });
            return Some(Self {
                case,
                machine: Machine::Literal(literal.collect()),
            });
        }
        if tokens.len() > PATTERN_CHARS_MAX {
            return None;
        }
        Some(Self {
            case,
            machine: Machine::wild(&tokens),
        })
    }

    /// Whether the pattern matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        match self.case {
            Case::Exact => self.machine.matches(text.chars()),
            Case::Ignored => self
                .machine
                .matches(text.chars().map(|c| c.to_ascii_lowercase())),
        }
    }
}

fn tokens(text: &str, case: Case) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Star,
            '?' => Token::One,
            '\\' => Token::Char(chars.next_if(|next| "*?\\".contains(*next)).unwrap_or('\\')),
            c if case == Case::Ignored => Token::Char(c.to_ascii_lowercase()),
            c => Token::Char(c),
        });
    }
    tokens
}

impl Machine {
    fn wild(tokens: &[Token]) -> Self {
        let end = tokens
            .iter()
            .filter(|token| !matches!(token, Token::Star))
            .count();
        let none = vec![0u64; end / 64 + 1];
        let (mut stars, mut any) = (none.clone(), none);
        let mut chars = Vec::new();
        let mut state = 0;
        for token in tokens {
            match token {
                Token::Star => set(&mut stars, state),
                Token::One => set(&mut any, state),
                Token::Char(c) => chars.push((*c, state)),
            }
            if !matches!(token, Token::Star) {
                state += 1;
            }
        }
        let mut steps: BTreeMap<char, Vec<u64>> = BTreeMap::new();
        for (c, state) in chars {
            set(steps.entry(c).or_insert_with(|| any.clone()), state);
        }
        Self::Wild {
            stars,
            any,
            steps,
            end,
        }
    }

    fn matches(&self, text: impl Iterator<Item = char>) -> bool {
        let (stars, any, steps, end) = match self {
            Self::Literal(literal) => return text.eq(literal.chars()),
            Self::Wild {
                stars,
                any,
                steps,
                end,
            } => (stars, any, steps, *end),
        };
        let mut states = vec![0u64; stars.len()];
        set(&mut states, 0);
        for c in text {
            let step = steps.get(&c).unwrap_or(any);
            let (mut carry, mut alive) = (0, 0);
            for ((word, star), step) in states.iter_mut().zip(stars).zip(step) {
                let moved = *word & step;
                *word = (*word & star) | moved << 1 | carry;
                carry = moved >> 63;
                alive |= *word;
            }
            if alive == 0 {
                return false;
            }
        }
        states
            .get(end / 64)
            .is_some_and(|word| word >> (end % 64) & 1 == 1)
    }
}

fn set(words: &mut [u64], bit: usize) {
    if let Some(word) = words.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}
