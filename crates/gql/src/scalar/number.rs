//! Whole numbers beyond `Int`.

use async_graphql::{InputValueResult, Number, Scalar, ScalarType, Value};

use super::refuse;
use crate::json::{self, Leaf};

/// A whole number of up to 53 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Long(pub i64);

/// The largest whole number that JavaScript, and so many a JSON parser, holds exactly: 2^53 - 1.
const EXACT: i64 = (1 << 53) - 1;

/// A whole number that every JSON parser holds exactly: -(2^53 - 1) to 2^53 - 1.
#[Scalar(name = "Long", specified_by_url = "https://www.rfc-editor.org/rfc/rfc7493#section-2.2")]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        number
            .filter(|number| (-EXACT..=EXACT).contains(number))
            .map(Self)
            .ok_or_else(|| refuse(&value, "a whole number of up to 53 bits"))
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.exact()))
    }
}

impl Long {
    /// Amounts are checked on their way in; nobody has ninety trillion.
    fn exact(self) -> i64 {
        self.0.clamp(-EXACT, EXACT)
    }
}

impl Leaf for Long {
    fn write(&self, out: &mut Vec<u8>) {
        json::scalar(&self.exact(), out);
    }
}

impl From<i64> for Long {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl From<Long> for i64 {
    fn from(number: Long) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn only_exact_whole_numbers_pass() {
        for number in [0, -1, EXACT, -EXACT] {
            assert_eq!(Long::parse(Value::from(number)).unwrap().to_value(), Value::from(number));
        }
        for value in [Value::from(EXACT + 1), Value::from(i64::MIN), Value::from(1.5), Value::from("1"), Value::Null] {
            assert!(Long::parse(value.clone()).is_err(), "{value}");
        }
    }
}
