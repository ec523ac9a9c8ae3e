//! Parses JSON bodies, and reports the invalid field and the kind of error. The errors of serde are
//! only text.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    self, Deserialize, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};

/// Why a body could not be parsed.
#[derive(Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not well-formed JSON.
    Malformed {
        /// The position, from 1.
        line: usize,
        /// The position, from 1.
        column: usize,
    },
    /// It is JSON, but not an object.
    NoObject,
    /// A field is invalid.
    Field(WrongField),
}

/// An invalid field.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongField {
    /// Its path, separated by dots.
    pub name: String,
    /// The error.
    pub fault: Fault,
    /// Whether `name` is already the path from the root.
    is_located: bool,
}

/// The kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The field does not exist.
    Unknown,
    /// The field is required.
    Missing,
    /// The field appears twice.
    Duplicate,
    /// The value has the wrong type.
    WrongType,
}

/// Parses an object into `T`.
pub fn read_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    match parse(body)? {
        Tree::Object(fields) => Ok(T::deserialize(Node::root(Tree::Object(fields)))?),
        _ => Err(Unreadable::NoObject),
    }
}

/// Parses an object like [`read_object`], but reads `null` as `T`'s default.
pub fn read_optional_object<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, Unreadable> {
    match parse(body)? {
        Tree::Null => Ok(T::default()),
        Tree::Object(fields) => Ok(T::deserialize(Node::root(Tree::Object(fields)))?),
        _ => Err(Unreadable::NoObject),
    }
}

fn parse(body: &[u8]) -> Result<Tree, Unreadable> {
    serde_json::from_slice(body).map_err(|error| Unreadable::Malformed {
        line: error.line(),
        column: error.column(),
    })
}

impl From<WrongField> for Unreadable {
    fn from(wrong: WrongField) -> Self {
        Self::Field(wrong)
    }
}

impl WrongField {
    fn new(name: &str, fault: Fault) -> Self {
        Self {
            // The client chose the name, so it is truncated.
            name: name.chars().take(64).collect(),
            fault,
            is_located: false,
        }
    }

    fn within(self, path: &str) -> Self {
        if self.is_located {
            return self;
        }
        let name = match (path, self.name.as_str()) {
            ("", name) => name.to_owned(),
            (path, "") => path.to_owned(),
            (path, name) => format!("{path}.{name}"),
        };
        Self {
            name,
            is_located: true,
            ..self
        }
    }
}

impl fmt::Display for WrongField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", self.name, self.fault)
    }
}

impl std::error::Error for WrongField {}

impl de::Error for WrongField {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("", Fault::WrongType)
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new(field, Fault::Unknown)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(field, Fault::Missing)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(field, Fault::Duplicate)
    }
}

/// Parsed JSON. Unlike `serde_json::Value`, it keeps duplicate keys.
enum Tree {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = entries.next_entry()? {
            fields.push(field);
        }
        Ok(Tree::Object(fields))
    }
}

/// A subtree with its path from the root.
struct Node {
    path: String,
    tree: Tree,
}

impl Node {
    fn root(tree: Tree) -> Self {
        Self {
            path: String::new(),
            tree,
        }
    }

    fn below(path: &str, name: &str, tree: Tree) -> Self {
        let path = match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        Self { path, tree }
    }
}

impl IntoDeserializer<'_, WrongField> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = WrongField;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongField> {
        let Self { path, tree } = self;
        let read = match tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Unsigned(value) => visitor.visit_u64(value),
            Tree::Signed(value) => visitor.visit_i64(value),
            Tree::Float(value) => visitor.visit_f64(value),
            Tree::Text(value) => visitor.visit_string(value),
            Tree::List(list) => {
                let nodes = list.into_iter().enumerate();
                let nodes = nodes.map(|(at, tree)| Self::below(&path, &at.to_string(), tree));
                visitor.visit_seq(SeqDeserializer::new(nodes))
            }
            Tree::Object(fields) => {
                let nodes = fields.into_iter().map(|(name, tree)| {
                    let node = Self::below(&path, &name, tree);
                    (name, node)
                });
                visitor.visit_map(MapDeserializer::new(nodes))
            }
        };
        read.map_err(|wrong| wrong.within(&path))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WrongField> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, WrongField> {
        visitor.visit_newtype_struct(self)
    }

    /// Only unit variants: no body has other enums.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WrongField> {
        let Self { path, tree } = self;
        match tree {
            Tree::Text(name) => visitor.visit_enum(name.into_deserializer()),
            _ => Err(WrongField::new("", Fault::WrongType)),
        }
        .map_err(|wrong: WrongField| wrong.within(&path))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Body {
        name: String,
        count: Option<u8>,
        colour: Option<Colour>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        list: Vec<bool>,
    }

    fn fault(body: &str) -> (String, Fault) {
        match read_object::<Body>(body.as_bytes()) {
            Err(Unreadable::Field(wrong)) => (wrong.name, wrong.fault),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_good_body_is_read() {
        let body = r#"{"name": "é", "count": 3, "colour": "red", "inner": {"list": [true]}}"#;
        let read: Body = read_object(body.as_bytes()).unwrap();
        let list = vec![true];
        assert_eq!(
            read,
            Body {
                name: "é".into(),
                count: Some(3),
                colour: Some(Colour::Red),
                inner: Some(Inner { list }),
            }
        );
        assert_eq!(
            read_optional_object::<Body>(b" null ").unwrap(),
            Body::default()
        );
    }

    #[test]
    fn each_fault_is_told_with_its_field() {
        for (body, name, kind) in [
            (r#"{"name": "", "other": 1}"#, "other", Fault::Unknown),
            (r#"{"count": 1}"#, "name", Fault::Missing),
            (r#"{"name": "", "name": ""}"#, "name", Fault::Duplicate),
            (r#"{"name": 1}"#, "name", Fault::WrongType),
            (r#"{"name": null}"#, "name", Fault::WrongType),
            (r#"{"name": "", "count": 256}"#, "count", Fault::WrongType),
            (r#"{"name": "", "count": -1}"#, "count", Fault::WrongType),
            (r#"{"name": "", "count": 1.5}"#, "count", Fault::WrongType),
            (
                r#"{"name": "", "colour": "blue"}"#,
                "colour",
                Fault::WrongType,
            ),
            (
                r#"{"name": "", "colour": {"red": 1}}"#,
                "colour",
                Fault::WrongType,
            ),
            (r#"{"name": "", "inner": {}}"#, "inner.list", Fault::Missing),
            (
                r#"{"name": "", "inner": {"x": 1}}"#,
                "inner.x",
                Fault::Unknown,
            ),
            (
                r#"{"name": "", "inner": {"list": [1]}}"#,
                "inner.list.0",
                Fault::WrongType,
            ),
            (r#"{"name": "", "inner": []}"#, "inner", Fault::WrongType),
        ] {
            assert_eq!(fault(body), (name.to_owned(), kind), "{body}");
        }
    }

    #[test]
    fn what_is_no_object_or_no_json_is_told_apart() {
        for body in ["[]", "1", r#""text""#, "null"] {
            let read = read_object::<Body>(body.as_bytes());
            assert_eq!(read, Err(Unreadable::NoObject), "{body}");
        }
        let deep = "[".repeat(1000);
        for body in [
            "",
            "{",
            r#"{"name": "a" "b"}"#,
            "{} {}",
            "\u{feff}{}",
            &deep,
        ] {
            let read = read_object::<Body>(body.as_bytes());
            assert!(matches!(read, Err(Unreadable::Malformed { .. })), "{body}");
        }
    }
}
