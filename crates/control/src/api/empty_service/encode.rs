//! Empty answers, as XML and as JSON.

use aws_wire::xml::{Content, ToXml, encode_rest_response};
use aws_wire::{ApiError, Protocol, Service};
use http::Uri;
use serde_json::{Map, Value};

use super::{Answer, EmptyAction, Member};

/// As many as a page has unless a request says otherwise.
const MAX_ITEMS: u32 = 100;

/// A value of an answer.
enum Field {
    List,
    No,
    Number(u32),
    Text(String),
}

/// The members of an answer, in order.
struct Fields(Vec<(&'static str, Field)>);

impl ToXml for Fields {
    fn to_xml(&self, content: &mut Content<'_>) {
        for (name, field) in &self.0 {
            match field {
                Field::List => content.member(name, &Vec::<String>::new()),
                Field::No => content.member(name, &false),
                Field::Number(number) => content.member(name, number),
                Field::Text(text) => content.member(name, text),
            }
        }
    }
}

impl Fields {
    fn json(self) -> Value {
        let value = |field| match field {
            Field::List => Value::Array(Vec::new()),
            Field::No => Value::from(false),
            Field::Number(number) => Value::from(number),
            Field::Text(text) => Value::from(text),
        };
        let members = self.0.into_iter();
        Value::Object(
            members
                .map(|(name, field)| (name.to_owned(), value(field)))
                .collect::<Map<_, _>>(),
        )
    }
}

/// The document of an answer that says that there is nothing.
///
/// # Errors
/// `InvalidInput` when the request wants pages of a length that is none.
pub(super) fn encode(
    service: Service,
    action: &EmptyAction,
    uri: &Uri,
) -> Result<String, ApiError> {
    let mut fields = Vec::new();
    match action.answer {
        Answer::List(name, beside) => {
            fields.push((name, Field::List));
            for member in beside {
                fields.push(match member {
                    Member::NotTruncated => ("IsTruncated", Field::No),
                    Member::MaxItems => ("MaxItems", Field::Text(max_items(uri)?)),
                    Member::Count(name) => (*name, Field::Number(0)),
                });
            }
        }
        Answer::Count(name) => fields.push((name, Field::Number(0))),
        Answer::NoSuch { .. } | Answer::Unsupported(_) => {}
    }
    Ok(match service.protocol() {
        Protocol::RestXml => encode_rest_response(service, action.name, &Fields(fields)),
        Protocol::Query | Protocol::Json => Fields(fields).json().to_string(),
    })
}

/// How many a request wants at most.
fn max_items(uri: &Uri) -> Result<String, ApiError> {
    let mut parameters = uri.query().unwrap_or_default().split('&');
    let Some(text) = parameters.find_map(|parameter| parameter.strip_prefix("maxitems=")) else {
        return Ok(MAX_ITEMS.to_string());
    };
    let number: Option<u32> = text.parse().ok().filter(|number| *number > 0);
    let number = number
        .ok_or_else(|| ApiError::client("InvalidInput", "maxitems must be a number from 1"))?;
    Ok(number.to_string())
}
