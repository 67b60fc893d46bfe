//! Why the staff domain refuses something, beyond what every domain may answer.

gql::error_codes! {
    /// Why a change of the staff was refused.
    pub enum StaffErrorCode {
        /// There is no such currency in ISO 4217.
        UnknownCurrency,
        /// The price is not in the company's currency.
        CurrencyMismatch,
        /// The end is not after the start.
        EndBeforeStart,
        /// Two intervals share time.
        IntervalsOverlap,
        /// One day has too many intervals.
        TooManyIntervals,
        /// Two templates are valid on the same day.
        ValidityOverlaps,
        /// A template is valid before the day from which hours are replaced.
        BeforeReplacement,
        /// The person would be at two locations at once.
        TwoPlacesAtOnce,
        /// The person does not work at this location.
        NotAtLocation,
        /// The person is not employed on that date.
        NotEmployed,
        /// Hours need a location.
        LocationNeeded,
        /// The time off cannot go from its status to the one asked for.
        WrongStatus,
        /// It already ended.
        AlreadyOver,
        /// The address is none of the public internet, or not of HTTPS.
        CalendarAddressRefused,
        /// Nobody answers at the address, or too slowly, or nothing that reads.
        CalendarUnreachable,
        /// The answer at the address is that there is no such thing, or not for us.
        CalendarDenied,
        /// The calendar has more in it than is read.
        CalendarTooLarge,
        /// It is no calendar, or not all of one.
        NotACalendar,
        /// The calendar was uploaded: there is no address to read it from.
        NotASubscription,
    }
    /// One reason why a change of the staff was refused.
    pub struct StaffUserError;
}
