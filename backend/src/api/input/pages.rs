//! Keyset pagination: newest first, each page with a cursor to the next.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::api::input::fields::Fields;
use crate::api::problem::Problem;

const DEFAULT_LIMIT: i64 = 20;
const MAX_ITEMS: i64 = 100;

/// One page.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    items: Vec<T>,
    /// Pass it as `cursor` to get the next page; `null` on the last page.
    next_cursor: Option<String>,
}

/// Written by hand, because the derived schema would contain a copy of the item's schema, and
/// generated clients would have two types for it. This one is named after the items and refers to
/// their schema. In attributes, name it by an alias without parameters; otherwise the derived name
/// returns.
impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let next_cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(
                "Pass it as `cursor` to get the next page; `null` on the last page.",
            ));
        ObjectBuilder::new()
            .description(Some("One page."))
            .property(
                "items",
                ArrayBuilder::new().items(Ref::from_schema_name(T::name())),
            )
            .required("items")
            .property("next_cursor", next_cursor)
            .required("next_cursor")
            .into()
    }
}

/// Where a page starts and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Only rows with a smaller id.
    pub before: Option<i64>,
    limit: i64,
}

impl Window {
    /// Parses `limit` and `cursor` of a query, and reports both if both are invalid.
    pub fn parse(limit: Option<i64>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let before = cursor.map(decode);
        let mut fields = Fields::default();
        if !(1..=MAX_ITEMS).contains(&limit) {
            fields.refuse("limit", "Ask for 1 to 100 items.");
        }
        if before == Some(None) {
            fields.refuse("cursor", "Use next_cursor of the previous page.");
        }
        fields.finish()?;
        Ok(Self {
            before: before.flatten(),
            limit,
        })
    }

    /// The number of rows to query: one more than the page has, to know whether it is the last.
    pub fn rows(self) -> i64 {
        self.limit + 1
    }

    /// Builds the page from those rows.
    pub fn page<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> i64) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let is_last = items.len() <= limit;
        items.truncate(limit);
        let last = items.last().filter(|_| !is_last);
        Page {
            next_cursor: last.map(|item| encode(id(item))),
            items,
        }
    }
}

fn encode(id: i64) -> String {
    URL_SAFE_NO_PAD.encode(id.to_be_bytes())
}

fn decode(cursor: &str) -> Option<i64> {
    let mut bytes = [0; 8];
    let length = URL_SAFE_NO_PAD.decode_slice(cursor, &mut bytes).ok()?;
    (length == bytes.len()).then(|| i64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_of_ours_reads_back(id: i64) {
            prop_assert_eq!(decode(&encode(id)), Some(id));
        }

        #[test]
        fn any_other_text_is_refused_or_reads_the_same(cursor in ".{0,20}") {
            if let Some(id) = decode(&cursor) {
                prop_assert_eq!(encode(id), cursor);
            }
        }

        #[test]
        fn pages_are_complete_and_tell_the_last(count in 0..50_i64, limit in 1..=100_i64) {
            let window = Window::parse(Some(limit), None).unwrap();
            let rows: Vec<i64> = (0..count.min(window.rows())).collect();
            let page = window.page(rows, |id| *id);
            prop_assert_eq!(i64::try_from(page.items.len()), Ok(count.min(limit)));
            prop_assert_eq!(page.next_cursor.is_some(), count > limit);
        }
    }
}
