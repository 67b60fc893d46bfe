//! Made-up clients. The addresses are of a domain that belongs to nobody, the phones are made of a seed.

use std::collections::HashSet;

use clients::{ClientChange, ContactChannel, NewClient, NewNote, NewPreferences};
use kernel::{Locale, Slug};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::data::{Company, Names};

/// Somebody who comes.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub name: String,
    pub phone: String,
    pub email: String,
}

/// So many different people.
pub fn visitors(names: &Names, count: usize, rng: &mut StdRng) -> Vec<Visitor> {
    let mut phones = HashSet::new();
    let mut crowd = Vec::with_capacity(count);
    while crowd.len() < count {
        let woman = rng.random_bool(0.65);
        let first = if woman { names.women.choose(rng) } else { names.men.choose(rng) };
        let (Some(first), Some((hers, his)), Some(operator)) =
            (first, names.surnames.choose(rng), names.operators.choose(rng))
        else {
            break;
        };
        let name = format!("{first} {}", if woman { hers } else { his });
        let phone = format!("+380{operator}{:07}", rng.random_range(1_000_000..10_000_000_u32));
        if phones.insert(phone.clone()) {
            let local = Slug::suggest(&name).map(|slug| slug.into_string().replace('-', ".")).unwrap_or_default();
            let email = format!("{local}.{}@example.com", crowd.len() + 1);
            crowd.push(Visitor { name, phone, email });
        }
    }
    crowd
}

/// The card of a visitor: some have no address, some are tagged, a few read English.
pub fn card(visitor: &Visitor, company: &Company, names: &Names, rng: &mut StdRng) -> NewClient {
    let mut tags: Vec<String> = Vec::new();
    for _ in 0..rng.random_range(0..3) {
        if let Some(tag) = company.tags.choose(rng)
            && !tags.contains(tag)
        {
            tags.push(tag.clone());
        }
    }
    let channel = [ContactChannel::Phone, ContactChannel::Sms, ContactChannel::Email].choose(rng).copied();
    let born = rng.random_bool(0.4).then(|| {
        let (year, ordinal) = (rng.random_range(1958..2007), rng.random_range(1..365));
        chrono::NaiveDate::from_yo_opt(year, ordinal)
    });
    let card = ClientChange {
        name: Some(visitor.name.clone()),
        phones: Some(vec![visitor.phone.clone()]),
        emails: rng.random_bool(0.8).then(|| vec![visitor.email.clone()]),
        birthday: born,
        tags: Some(tags),
        source: rng.random_bool(0.6).then(|| names.sources.choose(rng).cloned()),
        language: rng.random_bool(0.07).then_some(Some(Locale::En)),
        preferences: rng.random_bool(0.5).then(|| NewPreferences { channel, ..NewPreferences::default() }),
    };
    let wording = "Погоджуюся отримувати новини та пропозиції.".to_owned();
    let consent = rng.random_bool(0.7).then(|| (rng.random_bool(0.8), wording));
    NewClient { card, consent, idempotency_key: None }
}

/// What somebody wrote about a client; about most nobody did.
pub fn note(client_id: clients::ClientId, company: &Company, rng: &mut StdRng) -> Option<NewNote> {
    if !rng.random_bool(0.25) {
        return None;
    }
    let body = company.notes.choose(rng)?.clone();
    Some(NewNote { client_id, body, pinned: rng.random_bool(0.3), idempotency_key: None })
}
