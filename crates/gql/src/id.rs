//! Ids at the edge. A wrong prefix, a malformed text and a foreign company's id are one and the same: not found.

use std::fmt::Write as _;

use async_graphql::ID;
use kernel::{Id, Result};

/// The typed id of an argument.
pub fn id<I: Id>(text: &ID) -> Result<I> {
    Ok(text.parse::<I>()?)
}

/// The typed ids of a list argument, in its order.
pub fn ids<I: Id>(texts: &[ID]) -> Result<Vec<I>> {
    texts.iter().map(id).collect()
}

/// The `ID` of a typed id.
pub fn to_id<I: Id>(id: I) -> ID {
    let mut text = String::with_capacity(32);
    // A `String` takes everything.
    let _ = write!(text, "{id}");
    ID(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use kernel::{CompanyId, Kind, UserId};

    #[test]
    fn what_is_no_id_of_the_type_is_not_found() {
        let user = UserId::new();
        assert_eq!(id::<UserId>(&to_id(user)).unwrap(), user);
        for wrong in [to_id(CompanyId::new()), ID::from(""), ID::from("usr_"), ID::from("1")] {
            assert_eq!(id::<UserId>(&wrong).unwrap_err().kind, Kind::NotFound, "{wrong:?}");
        }
        assert_eq!(ids::<UserId>(&[to_id(user), ID::from("x")]).unwrap_err().kind, Kind::NotFound);
    }
}
