//! How much one caller may ask for. The numbers stop floods, not people: what a person may have at once is a rule of its own.

use crate::Bookings;
use access::Cx;
use cache::{Quota, RateKey};
use kernel::Result;
use std::time::Duration;

/// A cap on one kind of request.
pub(crate) struct Cap {
    scope: &'static str,
    burst: u32,
    per: Duration,
}

/// Bookings made by strangers of one network: nobody has proven who they are, and each takes a slot and sends a mail.
pub(crate) const CREATE_UNPROVEN: Cap =
    Cap { scope: "bookings.create_unproven", burst: 30, per: Duration::from_mins(10) };
/// Bookings made by one caller.
pub(crate) const CREATE: Cap = Cap { scope: "bookings.create", burst: 300, per: Duration::from_mins(1) };
/// Holds made by one caller.
pub(crate) const HOLD: Cap = Cap { scope: "bookings.hold", burst: 300, per: Duration::from_mins(1) };

impl Bookings {
    /// Counts a request against what its caller may: strangers by their network, everybody else by who they are.
    pub(crate) async fn limit(&self, cx: &Cx, cap: &Cap) -> Result<()> {
        if cx.actor.is_system() {
            return Ok(());
        }
        let company = cx.company()?;
        let key = RateKey::of(cap.scope, company, holder(cx));
        self.cache.limit(&key, Quota::new(cap.burst, cap.per)).await
    }
}

/// Who is counted: a stranger by the network they come from beside the key that they share with other strangers. A client who
/// proved who they are shares nothing, and stays the same when their telephone finds another network.
pub(crate) fn holder(cx: &Cx) -> String {
    let principal = cx.actor.principal();
    match cx.address.filter(|_| cx.is_shared()) {
        Some(address) => format!("{principal}@{}", RateKey::address("", address).principal),
        None => principal,
    }
}
