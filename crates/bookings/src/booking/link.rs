//! The link by which a client sees, moves and cancels one visit without signing in. Its token names company and booking, and
//! proves itself by a code of the installation over them, over whose visit it is, and over a way of reaching them: nothing is
//! stored, and the link dies when the card no longer has that phone or address, or when staff take the booking's links back.
//! It lives as long as the visit, wherever that is moved, and some time after.

use super::{Booking, BookingId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use kernel::CompanyId;
use std::fmt;
use tenancy::Secrets;
use uuid::Uuid;

/// Days after a visit for which its links still show it.
pub const LINK_DAYS: i64 = 30;

const PREFIX: &str = "zbm_";
const PURPOSE: &str = "manage-link";
/// Company (16), booking (16), code (32).
const BYTES: usize = 64;
/// The longest text that is looked at.
const MAX_LENGTH: usize = 128;

/// The token of a link to a booking.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ManageToken {
    pub(crate) company: CompanyId,
    pub(crate) booking: BookingId,
    code: [u8; 32],
}

impl ManageToken {
    /// The token for a booking, for whoever is reached at `contact`: an e-mail address or a phone of its client's card.
    pub(crate) fn of(secrets: &Secrets, company: CompanyId, booking: &Booking, contact: &str) -> Self {
        let parts = Parts::of(company, booking, contact);
        Self { company, booking: booking.id, code: secrets.code(PURPOSE, &parts.slices()) }
    }

    /// What somebody sent; `None` for what can't be one. Nothing is proven until [`Self::opens`] says so.
    pub(crate) fn read(raw: &str) -> Option<Self> {
        let text = raw.strip_prefix(PREFIX).filter(|_| raw.len() <= MAX_LENGTH)?;
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let id = |at: usize| Uuid::from_slice(&bytes[at..at + 16]).ok();
        Some(Self {
            company: CompanyId::from_uuid(id(0)?),
            booking: BookingId::from_uuid(id(16)?),
            code: bytes[32..].try_into().ok()?,
        })
    }

    /// Whether it was made for this booking as it is, and for one of these ways of reaching its client.
    pub(crate) fn opens<'a>(
        &self,
        secrets: &Secrets,
        booking: &Booking,
        contacts: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        self.booking == booking.id
            && contacts.into_iter().any(|contact| {
                secrets.verifies(PURPOSE, &Parts::of(self.company, booking, contact).slices(), &self.code)
            })
    }

    /// The text for the client; for nobody else, and for no log.
    pub(crate) fn reveal(&self) -> String {
        let (company, booking) = (self.company.uuid(), self.booking.uuid());
        let bytes = [&company.as_bytes()[..], booking.as_bytes(), &self.code].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for ManageToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ManageToken({}, ..)", self.booking)
    }
}

impl Booking {
    /// Whether links to it still show anything.
    pub(crate) fn is_linked(&self, now: DateTime<Utc>) -> bool {
        now < self.ends_at + Duration::days(LINK_DAYS)
    }
}

/// What the code of a link is over.
struct Parts {
    ids: [Uuid; 3],
    contact: String,
    revocations: [u8; 2],
}

impl Parts {
    fn of(company: CompanyId, booking: &Booking, contact: &str) -> Self {
        Self {
            ids: [company.uuid(), booking.id.uuid(), booking.client_id.uuid()],
            contact: contact.to_lowercase(),
            revocations: booking.link_revocations.to_be_bytes(),
        }
    }

    fn slices(&self) -> [&[u8]; 5] {
        let [company, booking, client] = &self.ids;
        [company.as_bytes(), booking.as_bytes(), client.as_bytes(), self.contact.as_bytes(), &self.revocations]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::series::tests::booking;
    use clients::ClientId;

    const ADDRESS: &str = "Olena@example.com";

    #[test]
    fn a_link_is_good_for_its_booking_client_and_address_alone() {
        let secrets = Secrets::new([Secrets::generate()]).unwrap();
        let (company, booking) = (CompanyId::new(), booking());
        let text = ManageToken::of(&secrets, company, &booking, ADDRESS).reveal();
        let token = ManageToken::read(&text).unwrap();
        assert_eq!((token.company, token.booking), (company, booking.id));
        assert!(token.opens(&secrets, &booking, ["+380671234567", "olena@example.com"]));
        assert!(!token.opens(&secrets, &booking, ["+380671234567"]), "the address was taken off the card");
        let given_away = Booking { client_id: ClientId::new(), ..booking.clone() };
        let revoked = Booking { link_revocations: 1, ..booking.clone() };
        let another = Booking { id: BookingId::new(), ..booking.clone() };
        for other in [given_away, revoked, another] {
            assert!(!token.opens(&secrets, &other, [ADDRESS]));
        }
        // What has moved is still theirs.
        let moved = Booking { starts_at: booking.starts_at + Duration::days(3), version: 9, ..booking.clone() };
        assert!(token.opens(&secrets, &moved, [ADDRESS]));
        let elsewhere = Secrets::new([Secrets::generate()]).unwrap();
        assert!(!token.opens(&elsewhere, &booking, [ADDRESS]));
    }

    #[test]
    fn a_changed_letter_opens_nothing_and_nothing_is_logged() {
        let secrets = Secrets::new([Secrets::generate()]).unwrap();
        let (company, booking) = (CompanyId::new(), booking());
        let token = ManageToken::of(&secrets, company, &booking, ADDRESS);
        let text = token.reveal();
        let mut bytes = URL_SAFE_NO_PAD.decode(&text[4..]).unwrap();
        for at in [0, 20, 40, 63] {
            bytes[at] ^= 1;
            let changed = ManageToken::read(&format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes))).unwrap();
            assert!(!changed.opens(&secrets, &booking, [ADDRESS]), "byte {at}");
            bytes[at] ^= 1;
        }
        for wrong in ["", "zbm_", "zbm_AAAA", &"z".repeat(500), &text.replace("zbm_", "zcb_"), &text[..text.len() - 1]]
        {
            assert!(ManageToken::read(wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{token:?}").contains(&text[60..]));
    }

    #[test]
    fn a_link_outlives_its_visit_by_a_month() {
        let booking = booking();
        assert!(booking.is_linked(booking.ends_at + Duration::days(LINK_DAYS) - Duration::seconds(1)));
        assert!(!booking.is_linked(booking.ends_at + Duration::days(LINK_DAYS)));
    }
}
