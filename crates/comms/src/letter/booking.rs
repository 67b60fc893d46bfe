//! Letters about a visit, and the entry for the client's calendar. Pure: everything was read before.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::Locale;

use super::words::{day, say, span, time};
use super::{Action, Content, Fact, Letter};
use ical::{Calendar, Entry, Method, Party, Status};

/// A visit as the client is told about it.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The booking's id: what calendars recognise it by.
    pub(crate) id: String,
    pub(crate) reference: String,
    /// Grows with each change.
    pub(crate) version: i32,
    /// Whether it still waits for approval.
    pub(crate) pending: bool,
    pub(crate) company: String,
    pub(crate) client: String,
    pub(crate) location: String,
    pub(crate) address: String,
    pub(crate) phone: Option<String>,
    pub(crate) zone: Tz,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    /// When it was to start and end, if it was moved.
    pub(crate) was: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// When the other visits of a series start that the letter tells of.
    pub(crate) also: Vec<DateTime<Utc>>,
    pub(crate) services: Vec<String>,
    pub(crate) staff: Vec<String>,
    /// The price in words; None: not told.
    pub(crate) price: Option<String>,
    /// The address under which the client sees, moves and cancels it; None: there is nothing to do any more, or no such.
    pub(crate) manage: Option<String>,
}

impl Visit {
    /// What `letter` says about it.
    pub(crate) fn content(&self, letter: Letter, locale: Locale) -> Content {
        let (day, from) = (day(locale, self.starts_at, self.zone), time(self.starts_at, self.zone));
        let args = [("company", self.company.as_str()), ("day", day.as_str()), ("from", from.as_str())];
        let name = letter.name();
        let text = if letter == Letter::BookingMoved && self.pending {
            "booking-moved-pending-text".to_owned()
        } else {
            format!("{name}-text")
        };
        Content {
            language: locale.code(),
            subject: say(locale, &format!("{name}-subject"), &args),
            heading: say(locale, &format!("{name}-heading"), &args),
            paragraphs: vec![say(locale, "greeting", &[("name", &self.client)]), say(locale, &text, &args)],
            facts: self.facts(letter, locale),
            action: self.manage(letter, locale),
            footer: say(locale, "footer-company", &args),
        }
    }

    /// What somebody is told for whom this time is held until then.
    pub(crate) fn offer(&self, locale: Locale, until: DateTime<Utc>) -> Content {
        let mut content = self.content(Letter::SlotOffered, locale);
        let until = time(until, self.zone);
        content.paragraphs.push(say(locale, "slot-offered-until", &[("until", &until)]));
        content
    }

    /// The way to the visit, while it stands.
    fn manage(&self, letter: Letter, locale: Locale) -> Option<Action> {
        let stands = matches!(letter, Letter::BookingReceived | Letter::BookingConfirmed | Letter::BookingMoved);
        let label = if self.also.is_empty() { "booking-manage-action" } else { "booking-manage-first-action" };
        let url = self.manage.clone().filter(|_| stands)?;
        Some(Action { label: say(locale, label, &[]), url })
    }

    fn facts(&self, letter: Letter, locale: Locale) -> Vec<Fact> {
        let lost = matches!(letter, Letter::BookingCancelled | Letter::BookingDeclined);
        let place = [self.location.as_str(), self.address.as_str()];
        let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let was = self.was.filter(|_| letter == Letter::BookingMoved);
        let lines = [
            ("label-when", Some(span(locale, self.starts_at, self.ends_at, self.zone))),
            ("label-was", was.map(|(from, to)| span(locale, from, to, self.zone))),
            ("label-also", some(self.others(locale))),
            ("label-service", some(self.services.join(", "))),
            ("label-staff", some(self.staff.join(", "))),
            ("label-where", some(place)),
            ("label-phone", self.phone.clone()),
            ("label-price", self.price.clone().filter(|_| !lost)),
            ("label-reference", some(self.reference.clone())),
        ];
        let filled = lines.into_iter().filter_map(|(label, value)| Some((label, value?)));
        filled.map(|(label, value)| Fact { label: say(locale, label, &[]), value }).collect()
    }

    /// The other visits of a series, by day and time.
    fn others(&self, locale: Locale) -> String {
        let one = |at: &DateTime<Utc>| format!("{}, {}", day(locale, *at, self.zone), time(*at, self.zone));
        self.also.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// The entry for the client's calendar, if this letter changes it. A visit that is not agreed is in no calendar, but
    /// one that was agreed before must leave it, so a cancellation always says so.
    pub(crate) fn invite(
        &self,
        letter: Letter,
        organizer: &str,
        attendee: &str,
        now: DateTime<Utc>,
    ) -> Option<Calendar> {
        let method = match letter {
            Letter::BookingConfirmed | Letter::BookingMoved if !self.pending => Method::Request,
            Letter::BookingCancelled => Method::Cancel,
            _ => return None,
        };
        let place = [self.location.as_str(), self.address.as_str()];
        let entry = Entry {
            uid: format!("{}@zapys", self.id),
            sequence: self.version,
            stamp: now,
            created: None,
            modified: None,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            zone: self.zone,
            summary: format!("{}: {}", self.company, self.services.join(", ")),
            description: self.reference.clone(),
            location: place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            url: String::new(),
            status: if method == Method::Cancel { Status::Cancelled } else { Status::Confirmed },
            organizer: Some(Party { name: self.company.clone(), email: organizer.to_owned() }),
            attendee: Some(Party { name: self.client.clone(), email: attendee.to_owned() }),
        };
        Some(Calendar { method, name: String::new(), refresh: None, entries: vec![entry] })
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn visit() -> Visit {
        Visit {
            id: "bkg_1".into(),
            reference: "ZP-7K4M2Q".into(),
            version: 2,
            pending: false,
            company: "Бджілка".into(),
            client: "Олена".into(),
            location: "На Подолі".into(),
            address: "вул. Сагайдачного, 1".into(),
            phone: None,
            zone: Tz::Europe__Kyiv,
            starts_at: "2026-11-24T12:30:00Z".parse().unwrap(),
            ends_at: "2026-11-24T13:15:00Z".parse().unwrap(),
            was: None,
            also: Vec::new(),
            services: vec!["Стрижка".into(), "Укладка".into()],
            staff: vec!["Марія".into()],
            price: Some("650 ₴".into()),
            manage: Some("https://salon.example/visit#token=zbm_x".into()),
        }
    }

    #[test]
    fn the_way_to_a_visit_is_shown_while_it_stands() {
        let shown = |letter, locale, visit: Visit| visit.content(letter, locale).action.map(|action| action.label);
        for letter in [Letter::BookingReceived, Letter::BookingConfirmed, Letter::BookingMoved] {
            assert_eq!(shown(letter, Locale::En, visit()).as_deref(), Some("See, move or cancel this visit"));
        }
        for letter in [Letter::BookingCancelled, Letter::BookingDeclined, Letter::SlotOffered] {
            assert_eq!(shown(letter, Locale::En, visit()), None);
        }
        let series = Visit { also: vec![now()], ..visit() };
        let label = shown(Letter::BookingConfirmed, Locale::Uk, series);
        assert_eq!(label.as_deref(), Some("Переглянути, перенести чи скасувати перший із цих візитів"));
        assert_eq!(shown(Letter::BookingConfirmed, Locale::Uk, Visit { manage: None, ..visit() }), None);
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_confirmation_says_when_where_with_whom() {
        let content = visit().content(Letter::BookingConfirmed, Locale::Uk);
        assert_eq!(content.subject, "Запис підтверджено: вівторок, 24 листопада 2026 р., 14:30");
        assert_eq!(content.paragraphs[0], "Вітаємо, Олена!");
        let facts: Vec<_> = content.facts.iter().map(|fact| (fact.label.as_str(), fact.value.as_str())).collect();
        assert_eq!(
            facts,
            [
                ("Коли", "вівторок, 24 листопада 2026 р., 14:30–15:15"),
                ("Послуга", "Стрижка, Укладка"),
                ("Фахівець", "Марія"),
                ("Де", "На Подолі, вул. Сагайдачного, 1"),
                ("Вартість", "650 ₴"),
                ("Номер запису", "ZP-7K4M2Q"),
            ]
        );
    }

    #[test]
    fn a_letter_about_a_series_names_the_other_visits() {
        // Clocks change in between; the wall time is what is told.
        let also = ["2027-03-23T12:30:00Z", "2027-03-30T11:30:00Z"].map(|at| at.parse().unwrap()).to_vec();
        let content = Visit { also, ..visit() }.content(Letter::BookingConfirmed, Locale::En);
        let fact = content.facts.iter().find(|fact| fact.label == "And on").unwrap();
        assert_eq!(fact.value, "Tuesday, 23 March 2027, 14:30; Tuesday, 30 March 2027, 14:30");
    }

    #[test]
    fn every_letter_has_words_in_both_languages() {
        for letter in [
            Letter::BookingReceived,
            Letter::BookingConfirmed,
            Letter::BookingMoved,
            Letter::BookingCancelled,
            Letter::BookingDeclined,
            Letter::SlotOffered,
        ] {
            for (locale, pending) in [(Locale::Uk, false), (Locale::En, false), (Locale::Uk, true), (Locale::En, true)]
            {
                let content = Visit { pending, ..visit() }.content(letter, locale);
                for text in [&content.subject, &content.heading, &content.paragraphs[1], &content.footer] {
                    assert!(!text.starts_with(letter.name()) && !text.contains('{'), "{letter:?} {locale}: {text}");
                }
            }
        }
    }

    #[test]
    fn only_what_is_agreed_enters_a_calendar() {
        let invite = |letter, pending| Visit { pending, ..visit() }.invite(letter, "a@b.ua", "c@d.ua", now());
        assert!(invite(Letter::BookingReceived, true).is_none());
        assert!(invite(Letter::BookingMoved, true).is_none());
        assert!(invite(Letter::BookingDeclined, false).is_none());
        let confirmed = invite(Letter::BookingConfirmed, false).unwrap();
        let cancelled = invite(Letter::BookingCancelled, false).unwrap();
        assert_eq!((confirmed.method, cancelled.method), (Method::Request, Method::Cancel));
        let (confirmed, cancelled) = (&confirmed.entries[0], &cancelled.entries[0]);
        assert_eq!(confirmed.uid, cancelled.uid);
        assert_eq!((confirmed.status, cancelled.status), (Status::Confirmed, Status::Cancelled));
        assert_eq!(confirmed.sequence, 2);
    }
}
