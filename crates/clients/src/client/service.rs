//! Use cases of cards. Every change goes the same way: read within reach, compare the version, change, write over
//! that version, say what happened.

use std::sync::Arc;

use access::Cx;
use chrono::{DateTime, NaiveDate, Utc};
use db::{IdempotencyKey, Reader, Tx};
use jobs::{Detail, Event};
use kernel::text::{multiline, text};
use kernel::{Checks, CommonCode, Email, Error, Locale, Page, PageRequest, Phone, Result};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{EntityTrait, Select};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::amend::{ClientChange, NewClient};
use super::repo::{self, ClientOrder, Reach};
use super::search::{ClientFilter, Needle};
use super::{Block, Client, ClientId, Consent};
use crate::Clients;
use crate::events::{
    ClientArchived, ClientBlocked, ClientChanged, ClientConsentChanged, ClientCreated, ClientRestored, ClientUnblocked,
};
use crate::permissions::{CLIENTS_ALL, CLIENTS_CONTACTS, CLIENTS_MANAGE, CLIENTS_OWN, CLIENTS_WRITE};

const REASON_MAX: usize = 500;
const WORDING_MAX: usize = 1_000;
const KEY_MAX: usize = 64;

/// Who wants to come, as a booking form says it.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    /// What they are called.
    pub name: String,
    /// A phone in any spelling.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// The language that they read.
    pub language: Option<Locale>,
    /// Whether they proved by a code that the phone is theirs.
    pub phone_is_proven: bool,
}

/// The card that a contact got.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The card.
    pub client: Client,
    /// Whether it was made just now.
    pub created: bool,
    /// Whether this card, or any other with the same phone or address, is on the block list: a new card must not be
    /// a way around it.
    pub blocked: bool,
}

impl Clients {
    /// A card the caller may see; anything else is not found.
    pub async fn get(&self, cx: &Cx, reader: &Reader, id: ClientId) -> Result<Client> {
        let reach = self.readable(cx, reader).await?;
        repo::find(reader, id, &reach).await?.ok_or_else(Error::not_found)
    }

    /// The cards with these ids, in one statement, for other crates: the caller's role is not asked.
    /// What doesn't exist is left out.
    pub async fn get_many(&self, reader: &Reader, ids: &[ClientId]) -> Result<Vec<Client>> {
        repo::get_many(reader, ids, &Reach::All).await
    }

    /// Adds to what a statement over another table selects the version of the card whose id stands in its column `client`: what
    /// [`Clients::kept`] asks for. NULL where there is none.
    pub fn with_version<E: EntityTrait>(select: Select<E>, company: E::Column, client: E::Column) -> Select<E> {
        repo::with_version(select, company, client)
    }

    /// The cards with these ids, in these versions, which the reader's snapshot has: one statement for those that this process
    /// does not have, none for the others. The caller's role is not asked.
    pub async fn kept(&self, reader: &Reader, wanted: &[(Uuid, i32)]) -> Result<Vec<Arc<Client>>> {
        let read = async |missing: Vec<Uuid>| {
            let missing: Vec<_> = missing.into_iter().map(ClientId::from_uuid).collect();
            repo::get_many(reader, &missing, &Reach::All).await
        };
        self.cache.versioned(reader, wanted, read).await
    }

    /// A page of the cards that the caller may see.
    pub async fn list(
        &self,
        cx: &Cx,
        reader: &Reader,
        filter: &ClientFilter,
        order: (ClientOrder, bool),
        request: &PageRequest,
    ) -> Result<Page<Client>> {
        let reach = self.readable(cx, reader).await?;
        let needle = filter.search.as_deref().map(Needle::parse).transpose()?.flatten();
        if needle.as_ref().is_some_and(Needle::reads_contacts) {
            cx.require(CLIENTS_CONTACTS)?;
        }
        if filter.ids.is_some() {
            self.assert_known(reader, filter.ids.as_deref().unwrap_or_default(), &reach).await?;
        }
        let needle = needle.as_ref().map(|needle| (needle, cx.can(CLIENTS_CONTACTS)));
        repo::page(reader, filter, needle, &reach, order, request).await
    }

    /// Selects the ids of the cards that a search box's content means, as part of another crate's statement. The
    /// caller's role is not asked, but phones and addresses are searched only for those who may see them: for others
    /// nothing has them. None: nothing was typed.
    pub fn select_matching(&self, cx: &Cx, reader: &Reader, search: &str) -> Result<Option<SelectStatement>> {
        let needle = Needle::parse(search)?;
        Ok(needle.map(|needle| repo::select_matching(reader, &needle, cx.can(CLIENTS_CONTACTS))))
    }

    /// Live cards that may be the same person, within the caller's reach; at most ten, the newest first.
    pub async fn duplicates(&self, cx: &Cx, reader: &Reader, of: &Client) -> Result<Vec<Client>> {
        let reach = self.readable(cx, reader).await?;
        repo::duplicates(reader, of, &reach).await
    }

    /// Makes a card. Look-alikes are never a reason to refuse.
    pub async fn create(&self, cx: &Cx, new: NewClient) -> Result<Client> {
        cx.require(CLIENTS_WRITE)?;
        let key = idempotency_key(cx, "clientCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            if let Some(key) = &key
                && let Some(ids) = tx.idempotent(key).await?
            {
                return_again(tx, &ids).await
            } else {
                let client = self.insert_in(cx, tx, new.clone()).await?;
                if let Some(key) = &key {
                    tx.remember(key, &[client.id.uuid()]).await?;
                }
                Ok(client)
            }
        })
    }

    /// Edits a card.
    pub async fn update(&self, cx: &Cx, id: ClientId, version: i32, change: ClientChange) -> Result<Client> {
        cx.require(CLIENTS_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            refuse_archived(&before)?;
            let mut after = before.clone();
            let fields = after.amend(change.clone(), self.today(tx).await?)?;
            if fields.is_empty() {
                Ok(before)
            } else {
                self.assert_staff(tx, &after).await?;
                self.save_in(cx, tx, &mut after, version).await?;
                repo::rewrite_keys(tx, &after).await?;
                let event =
                    ClientChanged { client: id, fields: fields.iter().map(|field| (*field).to_owned()).collect() };
                self.publish_in(cx, tx, &event, &before, &after).await?;
                Ok(after)
            }
        })
    }

    /// Puts a card away. Its visits stay; doing it twice is doing it once.
    pub async fn archive(&self, cx: &Cx, id: ClientId, version: i32) -> Result<Client> {
        cx.require(CLIENTS_MANAGE)?;
        let event = ClientArchived { client: id };
        self.change(cx, id, version, &event, |client, now| {
            client.archived_at.get_or_insert(now);
            Ok(())
        })
        .await
    }

    /// Brings a card back.
    pub async fn restore(&self, cx: &Cx, id: ClientId, version: i32) -> Result<Client> {
        cx.require(CLIENTS_MANAGE)?;
        let event = ClientRestored { client: id };
        self.change(cx, id, version, &event, |client, _| {
            client.archived_at = None;
            Ok(())
        })
        .await
    }

    /// Puts a client onto the block list, or changes the reason: they may no longer book by themselves.
    pub async fn block(&self, cx: &Cx, id: ClientId, version: i32, reason: &str) -> Result<Client> {
        cx.require(CLIENTS_MANAGE)?;
        let mut checks = Checks::new();
        let reason = checks.check("reason", multiline(reason, 1, REASON_MAX));
        let reason = checks.build(|| reason)?;
        let event = ClientBlocked { client: id };
        self.change(cx, id, version, &event, |client, now| {
            refuse_archived(client)?;
            let since = client.block.as_ref().map_or(now, |block| block.since);
            client.block = Some(Block { since, reason: reason.clone() });
            Ok(())
        })
        .await
    }

    /// Takes a client off the block list.
    pub async fn unblock(&self, cx: &Cx, id: ClientId, version: i32) -> Result<Client> {
        cx.require(CLIENTS_MANAGE)?;
        let event = ClientUnblocked { client: id };
        self.change(cx, id, version, &event, |client, _| {
            client.block = None;
            Ok(())
        })
        .await
    }

    /// Records what a client said about advertising, with the sentence that they were shown.
    pub async fn set_consent(&self, cx: &Cx, id: ClientId, version: i32, given: bool, wording: &str) -> Result<Client> {
        cx.require(CLIENTS_WRITE)?;
        let mut checks = Checks::new();
        let wording = checks.check("wording", multiline(wording, 1, WORDING_MAX));
        let wording = checks.build(|| wording)?;
        let event = ClientConsentChanged { client: id, given };
        self.change(cx, id, version, &event, |client, now| {
            refuse_archived(client)?;
            client.consent = Some(Consent { given, at: now, wording: wording.clone() });
            Ok(())
        })
        .await
    }

    /// The card for whoever books: an existing one only when that is safe, otherwise one of their own.
    ///
    /// Safe means that a phone code was entered and exactly one live card has that phone, or exactly one of several has
    /// the same name too. A stranger who merely types somebody's phone must neither see nor spoil that person's card, so
    /// they get a new one, which staff find among its look-alikes. From the public side a phone or an address is required.
    pub async fn find_or_create_in(&self, cx: &Cx, tx: &mut Tx, contact: &Contact) -> Result<Attached> {
        let mut card = Client::blank(ClientId::new(), cx.user().ok(), tx.now());
        let (phone, email) = check_contact(&mut card, contact, cx.is_public())?;
        let known = repo::holders(tx, phone.as_ref().map(Phone::as_str), email.as_ref().map(Email::as_str)).await?;
        let blocked = known.iter().any(Client::is_blocked);
        if contact.phone_is_proven
            && let Some(phone) = &phone
            && let Some(client) = the_one(&known, phone, &card.name)
        {
            return Ok(Attached { client: client.clone(), created: false, blocked });
        }
        card.phones.extend(phone);
        card.emails.extend(email);
        card.language = contact.language;
        let locale = self.tenancy.settings(tx).await?.locale;
        repo::insert(tx, &card, locale).await?;
        self.jobs.publish_in(cx, tx, &ClientCreated { client: card.id }).await?;
        Ok(Attached { client: card, created: true, blocked })
    }

    async fn insert_in(&self, cx: &Cx, tx: &mut Tx, new: NewClient) -> Result<Client> {
        let mut client = Client::blank(ClientId::new(), cx.user().ok(), tx.now());
        let card = ClientChange { name: Some(new.card.name.unwrap_or_default()), ..new.card };
        client.amend(card, self.today(tx).await?)?;
        if let Some((given, wording)) = new.consent {
            let mut checks = Checks::new();
            let wording = checks.check("consent.wording", multiline(&wording, 1, WORDING_MAX));
            let wording = checks.build(|| wording)?;
            client.consent = Some(Consent { given, at: tx.now(), wording });
        }
        self.assert_staff(tx, &client).await?;
        repo::insert(tx, &client, self.tenancy.settings(tx).await?.locale).await?;
        let detail = Detail::change(Some(client.id.uuid()), json!(null), json!(client));
        self.jobs.publish_with_detail_in(cx, tx, &ClientCreated { client: client.id }, detail).await?;
        Ok(client)
    }

    /// One change of one card that needs nothing but the card. A change that changes nothing is not recorded.
    async fn change<E: Event>(
        &self,
        cx: &Cx,
        id: ClientId,
        version: i32,
        event: &E,
        change: impl Fn(&mut Client, DateTime<Utc>) -> Result<()>,
    ) -> Result<Client> {
        db::transaction!(self.db, cx.company()?, |tx| {
            let before = self.expected(cx, tx, id, version).await?;
            let mut after = before.clone();
            change(&mut after, tx.now())?;
            if after == before {
                Ok(before)
            } else {
                self.save_in(cx, tx, &mut after, version).await?;
                self.publish_in(cx, tx, event, &before, &after).await?;
                Ok(after)
            }
        })
    }

    /// The card as the caller has seen it.
    async fn expected(&self, cx: &Cx, tx: &Tx, id: ClientId, version: i32) -> Result<Client> {
        let reach = self.readable(cx, tx).await?;
        let client = repo::find(tx, id, &reach).await?.ok_or_else(Error::not_found)?;
        if client.version == version { Ok(client) } else { Err(version_conflict(client)) }
    }

    async fn save_in(&self, cx: &Cx, tx: &Tx, client: &mut Client, version: i32) -> Result<()> {
        client.version = version + 1;
        client.updated_at = tx.now();
        if repo::update(tx, client, version, self.tenancy.settings(tx).await?.locale).await? {
            return Ok(());
        }
        // Somebody else committed between our reading and writing.
        Err(version_conflict(self.get(cx, tx, client.id).await?))
    }

    async fn publish_in<E: Event>(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        event: &E,
        before: &Client,
        after: &Client,
    ) -> Result<()> {
        let detail = Detail::change(Some(after.id.uuid()), json!(before), json!(after));
        self.jobs.publish_with_detail_in(cx, tx, event, detail).await?;
        Ok(())
    }

    /// Which cards the caller may see and change.
    pub(crate) async fn readable(&self, cx: &Cx, reader: &Reader) -> Result<Reach> {
        if cx.require_any(&[CLIENTS_ALL, CLIENTS_OWN])? == CLIENTS_ALL {
            return Ok(Reach::All);
        }
        let visited = match self.ports.reach.get() {
            Some(port) => port.own_clients(cx, reader).await?,
            None => None,
        };
        Ok(Reach::Own { user: cx.user().ok(), visited: visited.map(Box::new) })
    }

    async fn assert_known(&self, reader: &Reader, ids: &[ClientId], reach: &Reach) -> Result<()> {
        let mut distinct = ids.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let known = repo::get_many(reader, &distinct, reach).await?;
        if known.len() == distinct.len() { Ok(()) } else { Err(Error::not_found()) }
    }

    async fn assert_staff(&self, tx: &Tx, client: &Client) -> Result<()> {
        let staff: Vec<Uuid> = client.preferences.staff_uuids();
        if staff.is_empty() {
            return Ok(());
        }
        let known = match self.ports.staff.get() {
            Some(port) => port.all_exist(tx, &staff).await?,
            None => false,
        };
        if known { Ok(()) } else { Err(Error::not_found()) }
    }

    async fn today(&self, tx: &Tx) -> Result<NaiveDate> {
        Ok(kernel::time::local_date(self.tenancy.settings(tx).await?.zone, tx.now()))
    }
}

/// The one live card that this phone means.
fn the_one<'a>(known: &'a [Client], phone: &Phone, name: &str) -> Option<&'a Client> {
    let holders: Vec<_> =
        known.iter().filter(|client| !client.is_archived() && client.phones.contains(phone)).collect();
    let name = kernel::text::search_key(name);
    match holders.as_slice() {
        [one] => Some(one),
        several => {
            let mut namesakes = several.iter().filter(|client| kernel::text::search_key(&client.name) == name);
            let first = namesakes.next()?;
            namesakes.next().is_none().then_some(*first)
        }
    }
}

fn check_contact(
    card: &mut Client,
    contact: &Contact,
    must_be_reachable: bool,
) -> Result<(Option<Phone>, Option<Email>)> {
    let mut checks = Checks::new();
    let name = checks.check("name", text(&contact.name, 1, super::amend::NAME_MAX));
    let given = |raw: &Option<String>| super::amend::filled(raw.clone());
    let phone = checks.optional("phone", given(&contact.phone).map(|raw| Phone::parse(&raw)));
    let email = checks.optional("email", given(&contact.email).map(|raw| Email::parse(&raw)));
    if must_be_reachable && matches!((&phone, &email), (Some(None), Some(None))) {
        checks.add("phone", CommonCode::Required);
    }
    let (name, phone, email) = checks.build(|| Some((name?, phone?, email?)))?;
    card.name = name;
    Ok((phone, email))
}

async fn return_again(tx: &Tx, ids: &[Uuid]) -> Result<Client> {
    let ids: Vec<_> = ids.iter().copied().map(ClientId::from_uuid).collect();
    repo::get_many(tx, &ids, &Reach::All).await?.pop().ok_or_else(Error::not_found)
}

fn refuse_archived(client: &Client) -> Result<()> {
    if client.is_archived() { Err(Error::conflict(CommonCode::Archived)) } else { Ok(()) }
}

fn version_conflict(current: Client) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}

/// The caller's key with the digest of what it asks for.
pub(crate) fn idempotency_key(
    cx: &Cx,
    operation: &'static str,
    key: Option<&str>,
    input: &impl Serialize,
) -> Result<Option<IdempotencyKey>> {
    let Some(key) = key else { return Ok(None) };
    let key = text(key, 1, KEY_MAX).map_err(|fault| Error::from(fault).at("idempotencyKey"))?;
    let input = serde_json::to_vec(input).map_err(Error::internal)?;
    Ok(Some(IdempotencyKey {
        principal: cx.actor.principal(),
        operation,
        key,
        input_hash: Sha256::digest(input).to_vec(),
    }))
}
