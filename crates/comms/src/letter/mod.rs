//! What letters say. A letter is a handful of plain texts; one pair of templates gives it its looks. Words come from
//! `i18n`, values are escaped where they are shown and are never themselves templates.

pub(crate) mod account;
pub(crate) mod booking;
mod render;
mod words;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

pub(crate) use render::Bodies;

/// Which letter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[graphql(name = "MessageLetter")]
pub enum Letter {
    /// To a client: a visit waits for approval.
    BookingReceived,
    /// To a client: a visit is agreed.
    BookingConfirmed,
    /// To a client: a visit has another time or another person.
    BookingMoved,
    /// To a client: a visit is called off.
    BookingCancelled,
    /// To a client: a visit was not accepted.
    BookingDeclined,
    /// To a client who waited: a slot is held for them.
    SlotOffered,
    /// To whoever says to be a client: the code that proves the address.
    ClientCode,
    /// To a user: prove the address.
    EmailVerification,
    /// To a user: somebody registered with an address that has an account.
    RegistrationRepeated,
    /// To a user: set a new password.
    PasswordReset,
    /// To a user: the password was changed.
    PasswordChanged,
    /// To anybody: come and work here.
    Invitation,
}

impl Letter {
    const ALL: [Self; 12] = [
        Self::BookingReceived,
        Self::BookingConfirmed,
        Self::BookingMoved,
        Self::BookingCancelled,
        Self::BookingDeclined,
        Self::SlotOffered,
        Self::ClientCode,
        Self::EmailVerification,
        Self::RegistrationRepeated,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::Invitation,
    ];

    /// The name stored in rows; its words in `i18n` begin with it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BookingReceived => "booking-received",
            Self::BookingConfirmed => "booking-confirmed",
            Self::BookingMoved => "booking-moved",
            Self::BookingCancelled => "booking-cancelled",
            Self::BookingDeclined => "booking-declined",
            Self::SlotOffered => "slot-offered",
            Self::ClientCode => "client-code",
            Self::EmailVerification => "email-verification",
            Self::RegistrationRepeated => "registration-repeated",
            Self::PasswordReset => "password-reset",
            Self::PasswordChanged => "password-changed",
            Self::Invitation => "invitation",
        }
    }

    /// The letter of a stored name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.name() == name)
    }
}

/// What a letter says, before it has looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Content {
    /// The language's tag.
    pub(crate) language: &'static str,
    pub(crate) subject: String,
    pub(crate) heading: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) action: Option<Action>,
    pub(crate) footer: String,
}

/// A line of what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: String,
}

/// What the reader is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Action {
    pub(crate) label: String,
    /// An address of our own.
    pub(crate) url: String,
}
