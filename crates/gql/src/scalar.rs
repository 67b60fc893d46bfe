//! Scalars of the schema: machine values in one spelling each. What people type (names, phones, e-mails) is `String`
//! on input and checked by the use case, which can then answer at the right field.

mod date_time;
mod json;
mod local;
mod number;
mod zone;

pub use date_time::DateTime;
pub use json::Json;
pub use local::{LocalDate, LocalTime};
pub use number::Long;
pub use zone::{Currency, Locale, TimeZone, Weekday};

use async_graphql::{InputType, InputValueError, Value};

/// The refusal of a value: `INVALID_ARGUMENT`, saying what is expected.
fn refuse<T: InputType>(value: &Value, expected: &str) -> InputValueError<T> {
    let shown: String = value.to_string().chars().take(80).collect();
    InputValueError::custom(format!("{expected} is expected, not {shown}")).with_extension("code", "INVALID_ARGUMENT")
}

/// The text of a string value.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
