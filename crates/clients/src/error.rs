//! Codes of refusals of this crate.

gql::error_codes! {
    /// Why a change of a client's card or note was refused.
    pub enum ClientErrorCode {
        /// The card has as many pinned notes as it may have.
        TooManyPinned,
        /// The code is wrong, was used, replaced by a newer one or tried too often, or has expired. One answer for all of them.
        CodeInvalid,
    }
    /// One reason why a change of a client's card or note was refused.
    pub struct ClientUserError;
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_has_its_sentence_in_both_languages() {
        assert_eq!(gql::missing_messages(), Vec::<String>::new());
    }
}
