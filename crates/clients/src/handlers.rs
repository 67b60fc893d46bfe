//! Reactions to events of lower crates.

use access::Cx;
use jobs::{Delivery, HandlerResult, Registrar};
use tenancy::events::CompanyUpdated;
use uuid::Uuid;

use crate::Clients;
use crate::client::repo;

/// Registers what this crate reacts to.
pub fn register(registrar: &mut Registrar, clients: &Clients) {
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
