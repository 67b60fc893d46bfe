//! Reactions to events of lower crates, and regular work.

use std::time::Duration;

use access::Cx;
use jobs::{Delivery, HandlerResult, Registrar, Tick};
use tenancy::events::CompanyUpdated;
use uuid::Uuid;

use crate::Clients;
use crate::client::repo;

const DAY: Duration = Duration::from_hours(24);

/// Registers what this crate reacts to, and what it does each day.
pub fn register(registrar: &mut Registrar, clients: &Clients) {
    let proofs = clients.clone();
    registrar.every_company("clients.forget_proofs", DAY, move |cx: Cx, _tick: Delivery<Tick>| {
        let clients = proofs.clone();
        async move { Ok(clients.forget_proofs(&cx).await?) }
    });
    let clients = clients.clone();
    registrar.on::<CompanyUpdated>("clients.sort_anew", move |cx, _: Delivery<CompanyUpdated>| {
        let clients = clients.clone();
        async move { clients.sort_anew(cx).await }
    });
}

impl Clients {
    /// Names sort as the company's language does, which may just have changed: looks at every card, a hundred at a
    /// time, and writes the keys that differ. Done again, it does nothing.
    async fn sort_anew(&self, cx: Cx) -> HandlerResult {
        let mut after = Uuid::nil();
        loop {
            let next = db::transaction!(self.db, cx.company()?, |tx| {
                let locale = self.tenancy.settings(tx).await?.locale;
                repo::sort_anew(tx, after, locale).await
            })?;
            match next {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}
