//! Stable codes of refusals. A domain declares its own enum; these are the ones that every domain needs.

/// A stable, documented code of one thing that can be wrong.
pub trait Code {
    /// The code in capitals: `SLOT_TAKEN`. Never changes once published.
    fn code(self) -> &'static str;
}

macro_rules! common_codes {
    ($($(#[$meta:meta])* $name:ident = $code:literal;)+) => {
        /// Codes that every mutation may answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CommonCode { $($(#[$meta])* $name,)+ }

        impl CommonCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
        }

        impl Code for CommonCode {
            fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

common_codes! {
    /// The field must have a value.
    Required = "REQUIRED";
    /// Fewer characters or entries than the least; argument `min`.
    TooShort = "TOO_SHORT";
    /// More characters or entries than the most; argument `max`.
    TooLong = "TOO_LONG";
    /// Not of the form that is asked for.
    Invalid = "INVALID";
    /// A number or time outside its bounds; arguments `min`, `max` where they exist.
    OutOfRange = "OUT_OF_RANGE";
    /// The same thing twice in one input.
    Duplicate = "DUPLICATE";
    /// Somebody else has this name, address or slot already.
    Taken = "TAKEN";
    /// The thing is archived and can only be read.
    Archived = "ARCHIVED";
    /// Other things depend on it.
    InUse = "IN_USE";
    /// The company has as many as it may have; argument `max`.
    LimitReached = "LIMIT_REACHED";
    /// It was changed since it was read; the answer carries the current state.
    VersionConflict = "VERSION_CONFLICT";
    /// This idempotency key was used with another input.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED";
    /// The first request with this idempotency key is still running.
    InProgress = "IN_PROGRESS";
}
