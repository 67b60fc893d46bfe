//! Why the catalogue refuses something, beyond what every domain may answer.

gql::error_codes! {
    /// Why a change of the catalogue was refused.
    pub enum CatalogErrorCode {
        /// There is no such currency in ISO 4217.
        UnknownCurrency,
        /// The price is not in the company's currency.
        CurrencyMismatch,
        /// A free service has a price other than zero.
        PriceOfFreeService,
        /// The step fits no grid of starts: it must divide the day (1440 minutes), or be a multiple of 5 where a
        /// location anchors its grid at the start of shifts.
        StepMisfit,
        /// A rental is not performed by anybody.
        RentalHasNoStaff,
        /// The processing time does not lie within the service with some of it left before and after, or nobody performs
        /// the service.
        ProcessingMisfit,
        /// A requirement names neither or both of a resource type and a resource.
        RequirementTarget,
        /// More than one of a named unit is required; there is one.
        NamedUnitIsOne,
        /// The end is not after the start.
        EndBeforeStart,
        /// It already ended.
        AlreadyOver,
        /// A part of a price is given by a sum and has a share, or the other way round.
        PortionKind,
    }
    /// One reason why a change of the catalogue was refused.
    pub struct CatalogUserError;
}
