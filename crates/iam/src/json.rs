//! JSON as a policy needs it: members in their order, and those that are there twice.
//!
//! Invariant: what is nested deeper than any policy is read over, not kept.

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::error::Problem;

/// Deepest nesting of a policy: document, `Statement`, statement, `Condition`, operator, key, value.
const DEPTH: usize = 7;

/// A JSON value. Numbers are kept as text, those that are no 64-bit integers in the shortest form of a double.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// Nested deeper than a policy.
    Deep,
}

pub(crate) fn parse(text: &str) -> Result<Json, Problem> {
    let problem = |error: serde_json::Error| Problem::Json {
        line: error.line(),
        column: error.column(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let json = Node { depth: 0 }
        .deserialize(&mut deserializer)
        .map_err(problem)?;
    deserializer.end().map_err(problem)?;
    Ok(json)
}

#[derive(Clone, Copy)]
struct Node {
    depth: usize,
}

impl Node {
    const fn inner(self) -> Self {
        Self {
            depth: self.depth + 1,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        if self.depth > DEPTH {
            return IgnoredAny::deserialize(deserializer).map(|_| Json::Deep);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            object.push((name, members.next_value_seed(self.inner())?));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_there_twice_are_kept() {
        let json = parse(r#"{"a": 1, "a": [true, null, "x", 2.5]}"#).unwrap();
        let Json::Object(members) = json else {
            panic!("an object");
        };
        assert_eq!(members.len(), 2);
        assert_eq!(members[0], ("a".to_owned(), Json::Number("1".to_owned())));
    }

    #[test]
    fn errors_say_line_and_column() {
        assert_eq!(
            parse("{\n  \"a\" 1}"),
            Err(Problem::Json { line: 2, column: 7 })
        );
        assert!(matches!(parse("{} x"), Err(Problem::Json { line: 1, .. })));
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        for depth in [60, 100_000] {
            let text = format!("{:?}", parse(&deep(depth)).unwrap());
            assert!(text.contains("Deep") && text.len() < 200, "{text}");
        }
    }
}
