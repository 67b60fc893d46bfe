//! Why tenancy refuses, for people. The sentence of each code is in `i18n/`.

gql::error_codes! {
    /// Why something about users, companies or access was refused.
    pub enum TenancyErrorCode {
        /// Wrong e-mail or password, or the e-mail is not verified yet. One answer for all of them.
        LoginFailed,
        /// This is not the password of the account.
        PasswordWrong,
        /// The password is among the first that anybody would guess.
        PasswordTooCommon,
        /// The link or token was used, withdrawn, replaced by a newer one, or has expired.
        LinkInvalid,
        /// The invitation was sent to another e-mail address.
        EmailMismatch,
        /// The address has an account: its owner logs in first, then accepts.
        LoginRequired,
        /// This person works for the company already.
        AlreadyMember,
        /// The company would be left without an administrator.
        LastAdministrator,
        /// Nobody can give, take or change what goes beyond their own permissions.
        ExceedsOwnPermissions,
        /// There is no such permission.
        UnknownPermission,
        /// Opening hours overlap.
        HoursOverlap,
        /// This step does not fit the grid: from midnight it must divide the day, from the start of a shift be a multiple of 5.
        StepMismatch,
        /// Not the origin of a website, such as https://salon.example.
        OriginInvalid,
        /// The company would be left without a location.
        LastLocation,
        /// The date is no public holiday of the country.
        NotAHoliday,
    }

    /// One reason why something about users, companies or access was refused.
    pub struct TenancyUserError;
}
