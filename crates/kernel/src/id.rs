//! Typed ids: a `UUIDv7` inside, a prefixed text outside (`bkg_01h455vb4pex5vsknk084sn02q`).
//! The text is a `TypeID` 0.3 (<https://github.com/jetify-com/typeid/tree/main/spec>): prefix, `_`,
//! then 128 bits as 26 characters of lower-case Crockford base32. Exactly one text per id is accepted.

use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

use uuid::Uuid;

/// What every typed id can do.
pub trait Id: Copy + Eq + Hash + Ord + fmt::Display + FromStr<Err = InvalidId> + Send + Sync + 'static {
    /// The part of the text before `_`; unique over all crates.
    const PREFIX: &'static str;

    /// The typed id of a stored UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// The UUID to store.
    fn uuid(self) -> Uuid;
}

/// The text is no id of this type. Deliberately silent about why: to a caller a malformed, a foreign
/// and an unknown id are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

impl From<InvalidId> for crate::Error {
    fn from(_: InvalidId) -> Self {
        Self::not_found()
    }
}

/// Declares a typed id: `kernel::id! { /// A booking. pub struct BookingId("bkg"); }`.
#[macro_export]
macro_rules! id {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident($prefix:literal);)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name($crate::id_support::Uuid);

        impl $name {
            /// A new id, ordered by the time of its making (`UUIDv7`).
            #[allow(clippy::new_without_default, reason = "a default id would be a different one each time")]
            pub fn new() -> Self {
                Self($crate::id_support::Uuid::now_v7())
            }

            /// The typed id of a stored UUID.
            pub const fn from_uuid(uuid: $crate::id_support::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID to store.
            pub const fn uuid(self) -> $crate::id_support::Uuid {
                self.0
            }
        }

        impl $crate::Id for $name {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: $crate::id_support::Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> $crate::id_support::Uuid {
                self.0
            }
        }

        impl ::std::convert::From<$name> for $crate::id_support::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::id_support::write(f, $prefix, self.0)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::InvalidId;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::id_support::read($prefix, text).map(Self)
            }
        }

        impl $crate::id_support::serde::Serialize for $name {
            fn serialize<S: $crate::id_support::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> $crate::id_support::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id_support::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let text =
                    <::std::borrow::Cow<'de, str> as $crate::id_support::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err($crate::id_support::serde::de::Error::custom)
            }
        }
    )+};
}

crate::id! {
    /// A company: the tenant. It leads every key of what a company owns.
    pub struct CompanyId("cmp");
    /// A person who can log in; may be a member of several companies.
    pub struct UserId("usr");
}

impl CompanyId {
    /// The reserved company of events and jobs that happen before there is a company (registration, reset).
    pub const NONE: Self = Self(Uuid::nil());
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;

/// Writes `prefix_xxxxxxxxxxxxxxxxxxxxxxxxxx`.
#[doc(hidden)]
pub fn write(f: &mut fmt::Formatter<'_>, prefix: &str, uuid: Uuid) -> fmt::Result {
    let mut text = [0_u8; LENGTH];
    let mut rest = uuid.as_u128();
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    f.write_str(prefix)?;
    f.write_str("_")?;
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

/// Reads what [`write`] wrote; anything else is [`InvalidId`].
#[doc(hidden)]
pub fn read(prefix: &str, text: &str) -> Result<Uuid, InvalidId> {
    let body = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|body| body.len() == LENGTH)
        .ok_or(InvalidId)?;
    // 26 characters hold 130 bits: a first one above 7 would overflow, and two texts would mean one id.
    if body.as_bytes()[0] > b'7' {
        return Err(InvalidId);
    }
    let mut bits = 0_u128;
    for byte in body.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(InvalidId)?;
        bits = (bits << 5) | digit as u128;
    }
    Ok(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_is_that_of_the_specification() {
        // The valid example of the TypeID specification's test file.
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let id = UserId::from_uuid(uuid);
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
        assert_eq!("usr_01h455vb4pex5vsknk084sn02q".parse(), Ok(id));
    }

    #[test]
    fn other_spellings_are_no_ids() {
        for text in [
            "",
            "usr",
            "usr_",
            "cmp_01h455vb4pex5vsknk084sn02q",
            "usr-01h455vb4pex5vsknk084sn02q",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn02qq",
            "usr_01h455vb4pex5vsknk084sn0il",
            "usr_їїїїїїїїїїїїї",
            "01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn new_ids_are_ordered_by_time_and_the_reserved_company_has_a_text() {
        let ids: Vec<UserId> = (0..100).map(|_| UserId::new()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(CompanyId::NONE.to_string(), "cmp_00000000000000000000000000");
    }

    proptest! {
        #[test]
        fn every_id_survives_text_and_json_and_keeps_its_order(a: u128, b: u128) {
            let (x, y) = (UserId::from_uuid(Uuid::from_u128(a)), UserId::from_uuid(Uuid::from_u128(b)));
            prop_assert_eq!(x.to_string().parse::<UserId>(), Ok(x));
            prop_assert_eq!(serde_json::from_str::<UserId>(&serde_json::to_string(&x).unwrap()).unwrap(), x);
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), x.cmp(&y));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<CompanyId>();
            let _ = format!("cmp_{text}").parse::<CompanyId>();
        }
    }
}
