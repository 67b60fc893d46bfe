//! Text that people type: bounded and normalised once, on the way in, so that what is stored compares equal
//! when it looks equal. Keys for searching and sorting are made here because the two database engines differ
//! for Cyrillic.

mod bounded;
mod email;
mod keys;
mod phone;
mod slug;

pub use bounded::{TextFault, multiline, optional_text, text};
pub use email::Email;
pub use keys::{search_key, sort_key};
pub use phone::{Phone, phone_digits};
pub use slug::Slug;

/// A text newtype over a checked `String`: reads, shows and serialises as its text, parses by its `parse`.
macro_rules! checked_text {
    ($name:ident) => {
        checked_text!($name, parse);
    };
    // `$stored` reads what `parse` once made and a database or a cache kept.
    ($name:ident, $stored:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, owned.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::TextFault;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Self::parse(raw)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::$stored(&raw).map_err(serde::de::Error::custom)
            }
        }
    };
}
use checked_text;
