//! Reads records out of JSON. What cannot be read is named by its whole path: `settings.points.signup.advocate`.
//!
//! Derived code comes once for each reader that it is used with, so there is this one, for what is stored and for what is sent.

use core::fmt::Display;
use core::slice;

use alloc::string::{String, ToString};

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Value, map};

/// What cannot be read, and why.
#[derive(Debug)]
pub struct Unread {
    /// Empty where no one field is at fault.
    pub path: String,
    /// Without the path.
    pub reason: String,
}

/// Reads a record. No list stands for one, whose items would be its fields.
pub fn read<'de, R: Deserialize<'de>>(json: &'de Value) -> Result<R, Unread> {
    R::deserialize(Reader(json))
}

impl Unread {
    fn of(cause: &serde_json::Error) -> Self {
        Self { path: String::new(), reason: cause.to_string() }
    }

    /// It is further down, in what has this name.
    fn within(self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: [name, dot, &self.path].concat(), ..self }
    }
}

impl Display for Unread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.reason)
    }
}

impl core::error::Error for Unread {}

/// In the words of `serde_json`.
impl Error for Unread {
    fn custom<T: Display>(reason: T) -> Self {
        Self::of(&Error::custom(reason))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(&Error::invalid_type(found, expected))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(&Error::invalid_value(found, expected))
    }
}

struct Reader<'de>(&'de Value);

impl<'de> Reader<'de> {
    fn simple<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => {
                if let Some(number) = number.as_u64() {
                    visitor.visit_u64(number)
                } else if let Some(number) = number.as_i64() {
                    visitor.visit_i64(number)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or_default())
                }
            }
            Value::Array(_) | Value::Object(_) => Err(self.is_not(&visitor)),
        }
    }

    fn is_not(&self, expected: &dyn Expected) -> Unread {
        let found = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(flag) => Unexpected::Bool(*flag),
            Value::String(text) => Unexpected::Str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => Unexpected::Unsigned(number),
                (_, Some(number)) => Unexpected::Signed(number),
                _ => Unexpected::Float(number.as_f64().unwrap_or_default()),
            },
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, expected)
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        let Value::Array(items) = self.0 else { return Err(self.is_not(&visitor)) };
        let mut items = Items { left: items.iter(), at: 0 };
        let read = visitor.visit_seq(&mut items)?;
        if items.left.len() == 0 { Ok(read) } else { Err(Error::custom("fewer items in the list")) }
    }

    fn object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        let Value::Object(fields) = self.0 else { return Err(self.is_not(&visitor)) };
        visitor.visit_map(Fields { left: fields.iter(), at: None })
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.0 {
            Value::Array(_) => self.list(visitor),
            Value::Object(_) => self.object(visitor),
            _ => self.simple(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unread> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.object(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        self.object(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        let Value::String(name) = self.0 else { return Err(self.is_not(&visitor)) };
        visitor.visit_enum(StrDeserializer::new(name))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple_struct
        identifier
    }
}

struct Items<'de> {
    left: slice::Iter<'de, Value>,
    at: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unread> {
        let Some(item) = self.left.next() else { return Ok(None) };
        let at = self.at;
        self.at = at.saturating_add(1);
        let read = seed.deserialize(Reader(item));
        read.map(Some).map_err(|unread| unread.within(&["[", &at.to_string(), "]"].concat()))
    }
}

struct Fields<'de> {
    left: map::Iter<'de>,
    at: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.at = Some((name, value));
        let read = seed.deserialize(name.as_str().into_deserializer());
        read.map(Some).map_err(|unread: Unread| unread.within(name))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        let (name, value) = self.at.unwrap_or(("", &Value::Null));
        seed.deserialize(Reader(value)).map_err(|unread| unread.within(name))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        pairs: Vec<(String, i64)>,
        #[serde(default)]
        kind: Option<Kind>,
        #[serde(default)]
        rate: f64,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Small,
        Large,
    }

    #[test]
    fn a_record_is_read_or_what_is_wrong_with_it_is_named() {
        let sent = json!({"pairs": [["a", -1], ["b", 2]], "kind": "large", "rate": 0.5});
        let pairs = Vec::from([("a".to_owned(), -1), ("b".to_owned(), 2)]);
        assert_eq!(read::<Order>(&sent).unwrap(), Order { pairs, kind: Some(Kind::Large), rate: 0.5 });
        for (sent, path, reason) in [
            (json!([[]]), "", "invalid type: sequence, expected struct Order"),
            (json!({}), "", "missing field `pairs`"),
            (
                json!({"pairs": [], "pair": 1}),
                "pair",
                "unknown field `pair`, expected one of `pairs`, `kind`, `rate`",
            ),
            (json!({"pairs": null}), "pairs", "invalid type: null, expected a sequence"),
            (json!({"pairs": -1}), "pairs", "invalid type: integer `-1`, expected a sequence"),
            (
                json!({"pairs": [["a", 1], ["b", 0.5]]}),
                "pairs[1][1]",
                "invalid type: floating point `0.5`, expected i64",
            ),
            (json!({"pairs": [["a", 1, 1]]}), "pairs[0]", "fewer items in the list"),
            (json!({"pairs": [["a"]]}), "pairs[0]", "invalid length 1, expected a tuple of size 2"),
            (
                json!({"pairs": [], "kind": "huge"}),
                "kind",
                "unknown variant `huge`, expected `small` or `large`",
            ),
            (json!({"pairs": [], "kind": {}}), "kind", "invalid type: map, expected enum Kind"),
        ] {
            let unread = read::<Order>(&sent).unwrap_err();
            assert_eq!((unread.path.as_str(), unread.reason.as_str()), (path, reason), "{sent}");
        }
    }
}
