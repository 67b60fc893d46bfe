//! How a mutation ends. What a person can mend becomes data of its payload, `userErrors`; all else a top-level error.
//!
//! ```ignore
//! gql::error_codes! {
//!     /// Why a booking was refused.
//!     pub enum BookingErrorCode {
//!         /// Somebody else has that time.
//!         SlotTaken,
//!     }
//!     /// One reason why a booking was refused.
//!     pub struct BookingUserError;
//! }
//!
//! let payload = match gql::settle(ctx, bookings.create(cx, new).await)? {
//!     Ok(booking) => BookingCreatePayload { booking: Some(booking.into()), user_errors: vec![] },
//!     Err(refusal) => BookingCreatePayload { booking: None, user_errors: refusal.into() },
//! };
//! ```
//! Payloads of the usual shape are written by [`payloads!`](crate::payloads!) and answered with [`answer`](crate::answer).
//! Each code has its sentence in the crate's `i18n/en.ftl` and `i18n/uk.ftl`, under its name (`SLOT_TAKEN`).

use std::fmt;
use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Context, Result};
use kernel::{Code, CommonCode, Error, Issue, Locale};

use crate::message::{self, say};
use crate::request::{Operation, cx};

/// Splits the result of a use case: its value, or what a person can mend, or (as `Err`) a top-level error.
/// From here on the operation reads a new snapshot, which has what the use case committed.
pub fn settle<T>(ctx: &Context<'_>, result: kernel::Result<T>) -> Result<Result<T, Refusal>> {
    if let Some(operation) = ctx.data_opt::<Arc<Operation>>() {
        operation.renew();
    }
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_user_error() => Ok(Err(Refusal { locale: cx(ctx)?.locale, error })),
        Err(error) => Err(error.into()),
    }
}

/// Why a use case was refused, for a person to mend. Turns into the `userErrors` of any payload.
pub struct Refusal {
    locale: Locale,
    error: Error,
}

impl Refusal {
    /// Whether one of the reasons has this code.
    pub fn has(&self, code: impl Code) -> bool {
        self.error.has(code)
    }

    /// What stands now, when the refusal is a `VERSION_CONFLICT` about a `T`.
    pub fn current<T: Clone + 'static>(&self) -> Option<T> {
        self.error.attached::<T>().filter(|_| self.has(CommonCode::VersionConflict)).cloned()
    }

    /// The error itself.
    pub fn error(&self) -> &Error {
        &self.error
    }
}

/// A user error of a domain; made by [`error_codes!`](crate::error_codes!).
pub trait UserError: Sized {
    /// The crate whose messages word it.
    const DOMAIN: &'static str;

    /// The error of a code of this domain; None for a code that it doesn't declare.
    fn of(code: &str, field: Option<String>, message: String) -> Option<Self>;

    /// The error of a code that the domain doesn't declare.
    fn other(field: Option<String>, message: String) -> Self;
}

impl<E: UserError> From<Refusal> for Vec<E> {
    fn from(refusal: Refusal) -> Self {
        let error = |issue: &Issue| {
            let field = issue.field.as_deref().map(str::to_owned);
            let message = say(refusal.locale, E::DOMAIN, issue.code, &issue.args);
            E::of(issue.code, field.clone(), message.clone()).unwrap_or_else(|| {
                tracing::error!(
                    code = issue.code,
                    domain = E::DOMAIN,
                    "the domain answered a code it does not declare"
                );
                E::other(field, message)
            })
        };
        refusal.error.issues.iter().map(error).collect()
    }
}

/// The codes that one [`error_codes!`](crate::error_codes!) declared.
#[doc(hidden)]
pub struct Codes {
    pub domain: &'static str,
    pub names: fn() -> Vec<&'static str>,
}

inventory::collect!(Codes);

/// The name of an enum's value in the schema.
#[doc(hidden)]
pub fn code_name<E: EnumType>(code: E) -> &'static str {
    E::items().iter().find(|item| item.value == code).map_or("", |item| item.name)
}

/// The enum's value of this name.
#[doc(hidden)]
pub fn code_named<E: EnumType>(name: &str) -> Option<E> {
    E::items().iter().find(|item| item.name == name).map(|item| item.value)
}

/// Every code of every linked crate that lacks a sentence in one of the languages, as `domain CODE language`.
/// A test of each domain, and one of the whole server, asserts that there is none.
pub fn missing_messages() -> Vec<String> {
    let declared = inventory::iter::<Codes>.into_iter();
    let mut missing: Vec<String> = declared
        .flat_map(|codes| (codes.names)().into_iter().map(|code| (codes.domain, code)))
        .flat_map(|(domain, code)| Locale::ALL.map(|locale| (domain, code, locale)))
        .filter(|(domain, code, locale)| !message::is_worded(*locale, domain, code))
        .map(|(domain, code, locale)| format!("{domain} {code} {locale}"))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

impl fmt::Debug for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Refusal").field(&self.error).finish()
    }
}

/// Declares a domain's error codes and its user error; the codes that every domain needs are added.
#[macro_export]
macro_rules! error_codes {
    (
        $(#[$codes_meta:meta])*
        $codes_vis:vis enum $codes:ident { $($(#[$meta:meta])* $code:ident),* $(,)? }
        $(#[$error_meta:meta])*
        $error_vis:vis struct $error:ident;
    ) => {
        $(#[$codes_meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ::async_graphql::Enum)]
        $codes_vis enum $codes {
            $($(#[$meta])* $code,)*
            /// The field must have a value.
            Required,
            /// Fewer characters or entries than the least.
            TooShort,
            /// More characters or entries than the most.
            TooLong,
            /// Not of the form that is asked for.
            Invalid,
            /// A number or time outside its bounds.
            OutOfRange,
            /// The same thing twice in one input.
            Duplicate,
            /// Somebody else has it already.
            Taken,
            /// The thing is archived and can only be read.
            Archived,
            /// Other things depend on it.
            InUse,
            /// The company has as many as it may have.
            LimitReached,
            /// It was changed since it was read; the payload carries the current state.
            VersionConflict,
            /// This idempotency key was used with another input.
            IdempotencyKeyReused,
            /// The first request with this idempotency key is still running.
            InProgress,
        }

        impl $crate::support::kernel::Code for $codes {
            fn code(self) -> &'static str {
                $crate::support::code_name(self)
            }
        }

        $(#[$error_meta])*
        #[derive(Clone, Debug, ::async_graphql::SimpleObject)]
        $error_vis struct $error {
            /// What is wrong, for programs. Codes never change.
            pub code: $codes,
            /// Where: the path inside `input` (`startsAt`, `lines.0.serviceId`); null when it is about the whole.
            pub field: Option<String>,
            /// What is wrong, for people, in the language of the request.
            pub message: String,
        }

        impl $crate::UserError for $error {
            const DOMAIN: &'static str = env!("CARGO_PKG_NAME");

            fn of(code: &str, field: Option<String>, message: String) -> Option<Self> {
                $crate::support::code_named(code).map(|code| Self { code, field, message })
            }

            fn other(field: Option<String>, message: String) -> Self {
                Self { code: $codes::Invalid, field, message }
            }
        }

        $crate::support::inventory::submit! {
            $crate::support::Codes {
                domain: env!("CARGO_PKG_NAME"),
                names: || {
                    use ::async_graphql::resolver_utils::EnumType;
                    <$codes as EnumType>::items().iter().map(|item| item.name).collect()
                },
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "the schema of these types is never served")]
    use super::*;

    crate::error_codes! {
        /// Why a test was refused.
        pub enum TestErrorCode {
            /// It was too late.
            TooLate,
        }
        /// One reason why a test was refused.
        pub struct TestUserError;
    }

    fn errors(error: Error, locale: Locale) -> Vec<TestUserError> {
        Refusal { locale, error }.into()
    }

    #[test]
    fn a_refusal_becomes_typed_errors_in_the_language_of_the_caller() {
        let error = Error::invalid(CommonCode::TooLong).at("name").with("max", 64);
        let [english] = errors(error.clone(), Locale::En).try_into().unwrap();
        assert_eq!((english.code, english.field.as_deref()), (TestErrorCode::TooLong, Some("name")));
        assert_eq!(english.message, "At most 64 are allowed.");
        assert_eq!(errors(error, Locale::Uk)[0].message, "Дозволено щонайбільше 64.");
    }

    #[test]
    fn codes_have_the_names_of_the_schema() {
        assert_eq!(TestErrorCode::TooLate.code(), "TOO_LATE");
        for common in CommonCode::ALL {
            let code = code_named::<TestErrorCode>(common.code()).expect("each common code is in each enum");
            assert_eq!(code.code(), common.code());
        }
    }

    #[test]
    fn a_code_without_a_sentence_is_found() {
        assert_eq!(missing_messages(), ["zapys-gql TOO_LATE en", "zapys-gql TOO_LATE uk"]);
    }
}
