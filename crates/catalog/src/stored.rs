//! How values stand in rows: enumerations by name, small numbers as integers. A row that breaks this was not written
//! by this program.

use kernel::{Error, Result};

/// The name under which a value is stored; `names` lists every value.
pub fn name_of<T: Copy + PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    names.iter().find(|(known, _)| *known == value).map_or("", |(_, name)| name)
}

/// The value of a stored name.
pub fn named<T: Copy>(names: &[(T, &'static str)], name: &str) -> Result<T> {
    let found = names.iter().find(|(_, known)| *known == name).map(|(value, _)| *value);
    found.ok_or_else(|| Error::internal(format!("no value is stored as {name:?}")))
}

/// A stored integer as the narrower type that the domain uses.
pub fn narrow<N: TryFrom<i32>>(value: i32) -> Result<N> {
    N::try_from(value).map_err(|_| Error::internal("a stored number is outside its bounds"))
}
