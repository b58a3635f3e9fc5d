//! `json!` as `serde_json` has it, with a call for each field. There, a field is a hundred bytes of code, and the Worker has hundreds.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::Serialize;
use serde_json::{Map, Value};

/// A value; what JSON cannot hold is null.
pub fn value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A value as text. A [`Value`]'s own `to_string` goes the long way around, through all that can be formatted.
pub fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Adds a field.
pub fn put(object: &mut Map<String, Value>, name: &str, field: &impl Serialize) {
    insert(object, name, value(field));
}

#[inline(never)]
#[doc(hidden)]
pub fn insert(object: &mut Map<String, Value>, name: &str, field: Value) {
    object.insert(name.to_owned(), field);
}

/// JSON: an object, whose fields may be objects, or any value that can be serialized.
#[macro_export]
macro_rules! json {
    (@fields $object:ident) => {};
    (@fields $object:ident $name:literal: {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $crate::json::insert(&mut $object, $name, $crate::json!({$($inner)*}));
        $crate::json!(@fields $object $($($rest)*)?);
    };
    (@fields $object:ident $name:literal: $field:expr $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $name, &$field);
        $crate::json!(@fields $object $($($rest)*)?);
    };
    ({}) => { ::serde_json::Value::Object(::serde_json::Map::new()) };
    ({$($fields:tt)+}) => {{
        let mut object = ::serde_json::Map::new();
        $crate::json!(@fields object $($fields)+);
        ::serde_json::Value::Object(object)
    }};
    ($value:expr) => { $crate::json::value(&$value) };
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    #[test]
    fn json_is_what_it_is_elsewhere() {
        let (text, list, none) = ("é", vec![1, 2], None::<u8>);
        let nested = serde_json::json!({"x": [true]});
        let expected = serde_json::json!({
            "text": text, "list": list, "none": none, "number": 5 - 6, "empty": {}, "nested": nested,
            "object": {"inner": {"half": 0.5}, "last": 1},
        });
        let ours = crate::json!({
            "text": text, "list": list, "none": none, "number": 5 - 6, "empty": {}, "nested": nested,
            "object": {"inner": {"half": 0.5}, "last": 1},
        });
        assert_eq!(ours, expected);
        assert_eq!(
            (crate::json!({}), crate::json!(list)),
            (serde_json::json!({}), serde_json::json!([1, 2]))
        );
    }
}
