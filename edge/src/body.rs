//! A JSON object that somebody sent, read field by field. A struct with `Deserialize` for each body would say the same, and
//! cost the Worker some ten kilobytes each.

use core::fmt;
use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;

/// The fields of an object, as they were written: a float would have rounded an amount.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(Name<'a>, &'a RawValue)>);

/// Hardly any is written in a way that has to be made another text of.
#[derive(Debug, PartialEq)]
struct Name<'a>(Cow<'a, str>);

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
        let mut named = self.0.iter().filter(|(key, _)| key.0 == name).map(|(_, value)| value.get());
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

    /// A whole number, also where it is written with a fraction of nothing, as JSON Schema has it: `5.0`, `5e0`.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Error> {
        let Some(value) = self.raw(name)? else { return Ok(None) };
        whole(value).map(Some).ok_or_else(|| Error::field(name, format!("{name}: must be a whole number")))
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

/// Reads a whole number. By its digits: a float would have rounded a large one.
pub(crate) fn whole(text: &str) -> Option<i64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if before.is_empty() || (mantissa.contains('.') && after.is_empty()) {
        return None;
    }
    let after = after.trim_end_matches('0');
    let exponent: i32 = exponent.parse().ok()?;
    let number: i64 = [before, after].concat().parse().ok()?;
    if number == 0 {
        return Some(0);
    }
    let decimals = i32::try_from(after.len()).ok()?;
    let shift = exponent.checked_sub(decimals)?;
    let power = 10_i64.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        return number.checked_mul(power);
    }
    (number.checked_rem(power)? == 0).then(|| number.checked_div(power)).flatten()
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(Name<'de>, &'de RawValue)>;

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

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Text).map(Self)
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
        for (text, expected) in [
            ("5", Some(5)),
            ("-5", Some(-5)),
            ("5.0", Some(5)),
            ("-5.000", Some(-5)),
            ("0.0", Some(0)),
            ("-0", Some(0)),
            ("5e0", Some(5)),
            ("5E+3", Some(5_000)),
            ("1.5e1", Some(15)),
            ("50e-1", Some(5)),
            ("5.0000000000000000000000000000000", Some(5)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9223372036854775807e1", None),
            ("1e99999999999", None),
            ("1e-400", None),
            ("0e-5", Some(0)),
            ("5.5", None),
            ("0.1", None),
            ("15e-1", None),
            ("\"5\"", None),
            ("true", None),
            ("[5]", None),
        ] {
            let json = ["{\"n\":", text, "}"].concat();
            assert_eq!(Fields::parse(&json).unwrap().integer("n").ok().flatten(), expected, "{text}");
        }
        for json in ["", "[]", "{} {}", "{\"a\":}", "{\"a\":NaN}", "{\"a\":1"] {
            assert!(Fields::parse(json).is_err(), "{json}");
        }
    }
}
