//! The content of an element: text, or members, or the items of a list.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::Ipv4Net;

use crate::query::Blob;
use crate::service::{Dialect, Service};

/// What can stand in a response.
pub trait ToXml {
    /// Writes the element's content.
    fn to_xml(&self, content: &mut Content<'_>);

    /// Whether the element is left out altogether.
    fn is_absent(&self) -> bool {
        false
    }
}

/// An open element.
#[derive(Debug)]
pub struct Content<'a> {
    out: &'a mut String,
    service: Service,
}

impl<'a> Content<'a> {
    /// Content of a service's document that is added to `out`.
    pub fn new(out: &'a mut String, service: Service) -> Self {
        Self { out, service }
    }

    /// Whose document it is.
    pub const fn service(&self) -> Service {
        self.service
    }

    /// Adds text, escaped.
    pub fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((plain, special)) = rest
            .find(is_special)
            .and_then(|start| rest.split_at_checked(start))
        {
            self.out.push_str(plain);
            let mut chars = special.chars();
            match chars.next() {
                Some('&') => self.out.push_str("&amp;"),
                Some('<') => self.out.push_str("&lt;"),
                Some('>') => self.out.push_str("&gt;"),
                // As a character it would be read back as a line feed.
                Some('\r') => self.out.push_str("&#13;"),
                Some(_) | None => self.out.push(char::REPLACEMENT_CHARACTER),
            }
            rest = chars.as_str();
        }
        self.out.push_str(rest);
    }

    /// Adds the text of a value, escaped.
    pub fn display(&mut self, value: impl fmt::Display) {
        // Writing to a Content never fails, and a Display that does has written what it could.
        let _ = write!(self, "{value}");
    }

    /// Adds a member, unless it is absent. `name` must be an XML name: it is not escaped.
    pub fn member<T: ToXml + ?Sized>(&mut self, name: &str, value: &T) {
        if value.is_absent() {
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        let start = self.out.len();
        value.to_xml(&mut Content {
            out: self.out,
            service: self.service,
        });
        if self.out.len() == start {
            self.out.pop();
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    /// Adds the items of a list.
    pub fn items<'t, T: ToXml + 't>(&mut self, items: impl IntoIterator<Item = &'t T>) {
        let name = match self.service.dialect() {
            Dialect::Ec2 => "item",
            Dialect::Query | Dialect::Sns => "member",
        };
        for item in items {
            self.member(name, item);
        }
    }
}

/// Whether a character is escaped, or is none of XML 1.0's (its section 2.2).
fn is_special(c: char) -> bool {
    match c {
        '&' | '<' | '>' | '\r' | '\u{fffe}' | '\u{ffff}' => true,
        '\t' | '\n' => false,
        other => other < ' ',
    }
}

impl fmt::Write for Content<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        Ok(())
    }
}

impl<T: ToXml> ToXml for Option<T> {
    fn to_xml(&self, content: &mut Content<'_>) {
        if let Some(value) = self {
            value.to_xml(content);
        }
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(ToXml::is_absent)
    }
}

impl<T: ToXml> ToXml for Vec<T> {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.items(self);
    }
}

impl<T: ToXml + ?Sized> ToXml for &T {
    fn to_xml(&self, content: &mut Content<'_>) {
        (*self).to_xml(content);
    }

    fn is_absent(&self) -> bool {
        (*self).is_absent()
    }
}

impl ToXml for str {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.text(self);
    }
}

impl ToXml for String {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.text(self);
    }
}

impl ToXml for Cow<'_, str> {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.text(self);
    }
}

/// Base64.
impl ToXml for Blob {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.text(&STANDARD.encode(&self.0));
    }
}

macro_rules! displayed {
    ($($type:ty),*) => { $(
        impl ToXml for $type {
            fn to_xml(&self, content: &mut Content<'_>) {
                content.display(self);
            }
        }
    )* };
}

displayed!(bool, u8, u16, u32, u64, usize, i32, i64, Ipv4Addr, Ipv4Net);
