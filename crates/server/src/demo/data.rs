//! What the demo companies are, as read from `data/*.toml`: names, prices, hours. No rule of the business stands there.

use anyhow::{Context as _, Result};
use chrono::Weekday;
use chrono_tz::Tz;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use kernel::{WallInterval, WallTime};
use serde::Deserialize;
use serde::de::DeserializeOwned;

const SALON: &str = include_str!("data/salon.toml");
const STUDIO: &str = include_str!("data/studio.toml");
const LOAD: &str = include_str!("data/load.toml");
const PEOPLE: &str = include_str!("data/people.toml");

/// A company to be made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    pub name: String,
    pub slug: String,
    pub zone: Tz,
    pub approval_required: bool,
    pub notice_minutes: i32,
    /// Of the web page that the publishable key is for.
    pub origin: String,
    pub clients: usize,
    /// Share of working time that is booked, in percent.
    pub busy: u32,
    pub administrator: Login,
    pub manager: Login,
    pub employee: Login,
    pub locations: Vec<Location>,
    pub closures: Vec<Closure>,
    pub types: Vec<Named>,
    pub units: Vec<Unit>,
    pub maintenance: Vec<Maintenance>,
    pub categories: Vec<Named>,
    pub services: Vec<Service>,
    pub staff: Vec<Person>,
    /// What is rented without a person: one entry for each room that is in use at a time.
    pub rooms: Vec<Room>,
    #[serde(default)]
    pub rotas: Vec<Rota>,
    pub exceptions: Vec<Exception>,
    pub time_off: Vec<TimeOff>,
    pub tags: Vec<String>,
    pub notes: Vec<String>,
    pub wishes: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub name: String,
    pub email: String,
}

/// The same hours on some weekdays, of a place or of a person at a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    #[serde(default)]
    pub at: String,
    pub days: Vec<Weekday>,
    pub from: WallTime,
    pub to: WallTime,
}

impl Hours {
    pub fn interval(&self) -> WallInterval {
        WallInterval::new(self.from, self.to)
    }

    /// One entry a weekday.
    pub fn week(&self) -> impl Iterator<Item = (Weekday, WallInterval)> + '_ {
        self.days.iter().map(|day| (*day, self.interval()))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    pub key: String,
    pub name: String,
    pub address: String,
    pub phone: String,
    pub step_minutes: Option<i32>,
    pub opening: Vec<Hours>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    pub at: String,
    pub day: i64,
    pub days: i64,
    pub reason: String,
}

/// A category, or a type of resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub key: String,
    pub uk: String,
    pub en: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub key: String,
    pub r#type: String,
    pub at: String,
    pub name: String,
    #[serde(default = "one")]
    pub capacity: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    pub unit: String,
    pub day: i64,
    pub from: WallTime,
    pub to: WallTime,
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub key: String,
    pub category: String,
    #[serde(default = "appointment")]
    pub kind: catalog::ServiceKind,
    pub uk: String,
    pub en: String,
    pub minutes: i32,
    /// In whole units of the currency; nothing is free.
    pub price: i64,
    #[serde(default)]
    pub price_from: bool,
    #[serde(default)]
    pub after: i32,
    /// Types of resources.
    #[serde(default)]
    pub needs: Vec<String>,
    /// One resource and no other.
    pub unit: Option<String>,
    #[serde(default)]
    pub setup: i32,
    #[serde(default)]
    pub cleanup: i32,
    pub color: Option<String>,
    #[serde(default)]
    pub staff_only: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub key: String,
    pub name: String,
    pub title_uk: Option<String>,
    pub title_en: Option<String>,
    /// Which of the company's logins is theirs.
    pub user: Option<Role>,
    pub at: Vec<String>,
    pub color: Option<String>,
    #[serde(default = "yes")]
    pub online: bool,
    pub does: Vec<String>,
    pub hours: Vec<Hours>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Administrator,
    Manager,
    Employee,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    pub at: String,
    pub does: Vec<String>,
}

/// So many days of work and so many free ones, again and again, whatever the weekday.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rota {
    pub who: String,
    pub at: String,
    pub name: String,
    pub works: i32,
    pub rests: i32,
    pub from: WallTime,
    pub to: WallTime,
}

/// Other hours on a day; none is a day off.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    pub who: String,
    /// Where; a day off is one everywhere.
    pub at: Option<String>,
    pub day: i64,
    pub from: Option<WallTime>,
    pub to: Option<WallTime>,
    pub note: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeOff {
    pub who: String,
    pub day: i64,
    pub days: i64,
    pub reason: String,
}

/// What made-up clients are made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub women: Vec<String>,
    pub men: Vec<String>,
    /// A form for women and one for men.
    pub surnames: Vec<(String, String)>,
    pub operators: Vec<String>,
    pub sources: Vec<String>,
}

/// The two companies to look around in.
pub fn companies() -> Result<[Company; 2]> {
    Ok([read(SALON).context("salon.toml")?, read(STUDIO).context("studio.toml")?])
}

/// One company of a load-test database.
pub fn load_company(number: u32) -> Result<Company> {
    read(&LOAD.replace("{n}", &number.to_string())).context("load.toml")
}

/// What clients are called.
pub fn names() -> Result<Names> {
    read(PEOPLE).context("people.toml")
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(Figment::new().merge(Toml::string(text)).extract()?)
}

const fn one() -> i32 {
    1
}

const fn yes() -> bool {
    true
}

const fn appointment() -> catalog::ServiceKind {
    catalog::ServiceKind::Appointment
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_companies_are_what_they_claim_to_be() {
        let [salon, studio] = companies().unwrap();
        assert_eq!((salon.locations.len(), salon.staff.len(), salon.services.len()), (2, 8, 25));
        assert_eq!(salon.clients + studio.clients, 200);
        assert!(studio.services.iter().any(|service| service.kind == catalog::ServiceKind::Rental));
        assert!(load_company(7).unwrap().administrator.email.contains('7'));
        assert!(names().unwrap().women.len() > 10);
    }

    #[test]
    fn every_key_that_is_used_is_there() {
        let [salon, studio] = companies().unwrap();
        for company in [salon, studio, load_company(1).unwrap()] {
            let service = |key: &String| company.services.iter().any(|service| service.key == *key);
            let place = |key: &String| company.locations.iter().any(|place| place.key == *key);
            let person = |key: &String| company.staff.iter().any(|person| person.key == *key);
            assert!(company.staff.iter().flat_map(|person| &person.does).all(service));
            assert!(company.staff.iter().flat_map(|person| &person.at).all(place));
            assert!(company.staff.iter().flat_map(|person| &person.hours).all(|hours| place(&hours.at)));
            assert!(company.rooms.iter().all(|room| place(&room.at) && room.does.iter().all(service)));
            assert!(company.units.iter().all(|unit| place(&unit.at)));
            assert!(company.rotas.iter().all(|rota| person(&rota.who) && place(&rota.at)));
            assert!(company.time_off.iter().all(|off| person(&off.who)));
            assert!(company.exceptions.iter().all(|exception| person(&exception.who)));
        }
    }
}
