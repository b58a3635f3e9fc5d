//! A JSON object that somebody sent, read field by field. A struct with `Deserialize` for each body would say the same, and
//! cost the Worker some ten kilobytes each.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;

/// The fields of an object, as they were written: a float would have rounded an amount.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Reads an object.
    pub fn parse(json: &'a str) -> Result<Self, Error> {
        // serde would take an array for an object, its items for the fields.
        if !json.trim_start().starts_with('{') {
            return Err(Error::body("Body must be a JSON object"));
        }
        serde_json::from_str(json).map_err(|cause| Error::body(format!("Body is not valid JSON: {cause}")))
    }

    /// A field as it was written; `null` is the same as none.
    pub fn raw(&self, name: &str) -> Result<Option<&'a str>, Error> {
        let mut named = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.get());
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Error::body(format!("Body: duplicate field `{name}`"))),
            (value, None) => Ok(value.filter(|value| *value != "null")),
        }
    }

    /// A string.
    pub fn text(&self, name: &str) -> Result<Option<String>, Error> {
        self.read(name, "a string")
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.read(name, "true or false, a boolean")
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Error> {
        self.read(name, "a whole number")
    }

    /// A list, each item as it was written.
    pub fn list(&self, name: &str) -> Result<Option<Vec<&'a RawValue>>, Error> {
        self.read(name, "a list")
    }

    fn read<T: Deserialize<'a>>(&self, name: &str, what: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.raw(name)? else { return Ok(None) };
        let read = serde_json::from_str(value);
        read.map(Some).map_err(|_| Error::field(name, format!("{name}: must be {what}")))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_what_it_is_or_named() {
        let json = r#"{"text": "é\n", "no\u0074hing": null, "flag": true, "n": -5, "x": 1, "x": 1, "list": [1, {}]}"#;
        let fields = Fields::parse(json).unwrap();
        assert_eq!(fields.text("text").unwrap().as_deref(), Some("é\n"));
        assert_eq!((fields.text("nothing").unwrap(), fields.text("none").unwrap()), (None, None));
        assert_eq!((fields.flag("flag").unwrap(), fields.integer("n").unwrap()), (Some(true), Some(-5)));
        assert_eq!(fields.list("list").unwrap().unwrap()[1].get(), "{}");
        for (error, field, text) in [
            (fields.text("n").map(drop), Some("n"), "n: must be a string"),
            (fields.integer("text").map(drop), Some("text"), "text: must be a whole number"),
            (fields.flag("list").map(drop), Some("list"), "list: must be true or false, a boolean"),
            (fields.list("flag").map(drop), Some("flag"), "flag: must be a list"),
            (fields.raw("x").map(drop), None, "Body: duplicate field `x`"),
        ] {
            let Err(Error::BadRequest { field: at, text: said }) = error else { panic!("{text}") };
            assert_eq!((at.as_deref(), said.as_str()), (field, text));
        }
        for json in ["", "[]", "{} {}", "{\"a\":}", "{\"a\":NaN}", "{\"a\":1"] {
            assert!(Fields::parse(json).is_err(), "{json}");
        }
    }
}
