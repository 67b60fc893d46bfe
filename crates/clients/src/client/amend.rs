//! What people may write on a card, checked and put there. Making a card is amending a blank one, so both obey the
//! same rules; only what is given is looked at, so an old card with an odd field can still be edited elsewhere.

use chrono::{Datelike, NaiveDate, Weekday};
use kernel::text::{multiline, search_key, text};
use kernel::{Checks, CommonCode, Email, Issue, Locale, Phone, Result, WallInterval};
use serde::Serialize;

use super::{Client, ContactChannel, Preferences, PreferredStaffId};

pub(super) const NAME_MAX: usize = 120;
const SOURCE_MAX: usize = 80;
const TAG_MAX: usize = 40;
const NOTE_MAX: usize = 1_000;
const CONTACTS_MAX: usize = 10;
const TAGS_MAX: usize = 30;
const STAFF_MAX: usize = 20;
const HOURS_MAX: usize = 7;
/// Nobody who comes was born before this year; a mistyped century is found by it.
const BIRTH_YEAR_MIN: i32 = 1900;

/// A card to be made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewClient {
    /// Everything that is written on it; the name is required.
    pub card: ClientChange,
    /// What they said about advertising: whether they agreed, and the sentence that they were shown.
    pub consent: Option<(bool, String)>,
    /// The caller's key, so that a repeated request makes one card.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What is to be written on a card; None leaves a field as it is, an inner None empties it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClientChange {
    /// What they are called: 1 to 120 characters.
    pub name: Option<String>,
    /// Phones in any spelling, the preferred one first; at most 10.
    pub phones: Option<Vec<String>>,
    /// E-mail addresses, the preferred one first; at most 10.
    pub emails: Option<Vec<String>>,
    /// Date of birth, not in the future.
    pub birthday: Option<Option<NaiveDate>>,
    /// The company's own marks: at most 30 of 40 characters.
    pub tags: Option<Vec<String>>,
    /// Where they heard of the company: at most 80 characters.
    pub source: Option<Option<String>>,
    /// The language to write to them in.
    pub language: Option<Option<Locale>>,
    /// What they like, as a whole.
    pub preferences: Option<NewPreferences>,
}

/// What a client likes, as typed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewPreferences {
    /// People, the favourite first; at most 20.
    pub staff: Vec<PreferredStaffId>,
    /// Days that suit.
    pub weekdays: Vec<Weekday>,
    /// Times of day that suit; at most 7.
    pub hours: Vec<WallInterval>,
    /// How they like to be reached.
    pub channel: Option<ContactChannel>,
    /// Anything else: at most 1,000 characters.
    pub note: Option<String>,
}

impl Client {
    /// Writes `change` on the card and says which fields became different, by their GraphQL names.
    /// Nothing is written when anything is refused. `today` is the company's.
    pub(super) fn amend(&mut self, change: ClientChange, today: NaiveDate) -> Result<Vec<&'static str>> {
        let mut checks = Checks::new();
        let name = change.name.map(|raw| checks.check("name", text(&raw, 1, NAME_MAX)));
        let phones = change.phones.map(|raw| list(&mut checks, "phones", CONTACTS_MAX, raw, Phone::parse));
        let emails = change.emails.map(|raw| list(&mut checks, "emails", CONTACTS_MAX, raw, Email::parse));
        let tags = change.tags.map(|raw| list(&mut checks, "tags", TAGS_MAX, raw, |raw| text(raw, 1, TAG_MAX)));
        let source =
            change.source.map(|raw| checks.optional("source", filled(raw).map(|raw| text(&raw, 1, SOURCE_MAX))));
        let preferences = change.preferences.map(|raw| raw.checked(&mut checks));
        if let Some(Some(date)) = change.birthday {
            let plausible = date.year() >= BIRTH_YEAR_MIN && date <= today;
            checks.ensure("birthday", plausible, out_of_range(format!("{BIRTH_YEAR_MIN}-01-01"), today));
        }
        checks.finish()?;

        let mut changed = Vec::new();
        put(&mut self.name, name.flatten(), "name", &mut changed);
        put(&mut self.phones, phones, "phones", &mut changed);
        put(&mut self.emails, emails, "emails", &mut changed);
        put(&mut self.birthday, change.birthday, "birthday", &mut changed);
        put(&mut self.tags, tags.map(unlike), "tags", &mut changed);
        put(&mut self.source, source.flatten(), "source", &mut changed);
        put(&mut self.language, change.language, "language", &mut changed);
        put(&mut self.preferences, preferences, "preferences", &mut changed);
        Ok(changed)
    }
}

impl NewPreferences {
    fn checked(self, checks: &mut Checks) -> Preferences {
        checks.ensure("preferences.staffIds", self.staff.len() <= STAFF_MAX, too_long(STAFF_MAX));
        checks.ensure("preferences.hours", self.hours.len() <= HOURS_MAX, too_long(HOURS_MAX));
        let note = filled(self.note).map(|raw| multiline(&raw, 1, NOTE_MAX));
        Preferences {
            staff: distinct(self.staff.into_iter().take(STAFF_MAX)),
            weekdays: distinct(self.weekdays),
            hours: distinct(self.hours.into_iter().take(HOURS_MAX)),
            channel: self.channel,
            note: checks.optional("preferences.note", note).flatten(),
        }
    }
}

/// An empty text field is an absent one.
pub(crate) fn filled(raw: Option<String>) -> Option<String> {
    raw.filter(|text| !text.trim().is_empty())
}

/// Checks each of `raw` at its own place; the same thing twice counts once.
fn list<T: PartialEq, E: Into<Issue>>(
    checks: &mut Checks,
    field: &'static str,
    max: usize,
    raw: Vec<String>,
    check: impl Fn(&str) -> Result<T, E>,
) -> Vec<T> {
    if raw.len() > max {
        checks.add(field, too_long(max));
        return Vec::new();
    }
    let parts = raw.iter().enumerate();
    distinct(parts.filter_map(|(index, raw)| checks.check(format!("{field}.{index}"), check(raw))))
}

/// Tags that differ in more than case.
fn unlike(tags: Vec<String>) -> Vec<String> {
    let mut keys = Vec::with_capacity(tags.len());
    tags.into_iter()
        .filter(|tag| {
            let key = search_key(tag);
            let fresh = !keys.contains(&key);
            keys.push(key);
            fresh
        })
        .collect()
}

fn distinct<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    items.into_iter().fold(Vec::new(), |mut kept, item| {
        if !kept.contains(&item) {
            kept.push(item);
        }
        kept
    })
}

fn put<T: PartialEq>(field: &mut T, value: Option<T>, name: &'static str, changed: &mut Vec<&'static str>) {
    if let Some(value) = value
        && *field != value
    {
        *field = value;
        changed.push(name);
    }
}

fn too_long(max: usize) -> Issue {
    Issue::new(CommonCode::TooLong).with("max", max)
}

fn out_of_range(min: impl std::fmt::Display, max: impl std::fmt::Display) -> Issue {
    Issue::new(CommonCode::OutOfRange).with("min", min).with("max", max)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::ClientId;
    use chrono::{DateTime, Utc};

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn card() -> Client {
        let mut card = Client::blank(ClientId::new(), None, now());
        card.amend(ClientChange { name: Some("Олена Коваль".into()), ..ClientChange::default() }, now().date_naive())
            .unwrap();
        card
    }

    fn amend(card: &mut Client, change: ClientChange) -> Result<Vec<&'static str>> {
        card.amend(change, now().date_naive())
    }

    #[test]
    fn only_what_differs_is_reported() {
        let mut card = card();
        let change = ClientChange {
            name: Some("  Олена Коваль ".into()),
            phones: Some(vec!["067 123 45 67".into(), "+380671234567".into()]),
            source: Some(Some("  ".into())),
            ..ClientChange::default()
        };
        assert_eq!(amend(&mut card, change).unwrap(), ["phones"]);
        assert_eq!(card.phones.iter().map(ToString::to_string).collect::<Vec<_>>(), ["+380671234567"]);
    }

    #[test]
    fn every_mistake_is_told_at_its_place_and_nothing_is_written() {
        let mut card = card();
        let before = card.clone();
        let change = ClientChange {
            name: Some("   ".into()),
            phones: Some(vec!["067 123 45 67".into(), "12".into()]),
            emails: Some(vec!["a@b@c".into()]),
            birthday: Some(Some("2026-11-23".parse().unwrap())),
            tags: Some(vec!["х".repeat(41)]),
            preferences: Some(NewPreferences { note: Some("х".repeat(1_001)), ..NewPreferences::default() }),
            ..ClientChange::default()
        };
        let error = amend(&mut card, change).unwrap_err();
        let fields: Vec<_> = error.issues.iter().filter_map(|issue| issue.field.as_deref()).collect();
        assert_eq!(fields, ["name", "phones.1", "emails.0", "tags.0", "preferences.note", "birthday"]);
        assert_eq!(card, before);
    }

    #[test]
    fn tags_that_differ_in_case_alone_are_one() {
        let mut card = card();
        let change =
            ClientChange { tags: Some(vec!["VIP".into(), "vip".into(), "Нова".into()]), ..ClientChange::default() };
        assert_eq!(amend(&mut card, change).unwrap(), ["tags"]);
        assert_eq!(card.tags, ["VIP", "Нова"]);
    }

    #[test]
    fn an_inner_none_empties_a_field() {
        let mut card = card();
        card.birthday = Some("1990-02-28".parse().unwrap());
        let change = ClientChange { birthday: Some(None), ..ClientChange::default() };
        assert_eq!(amend(&mut card, change).unwrap(), ["birthday"]);
        assert_eq!(card.birthday, None);
    }
}
