//! A company to test in, made as a person would make it: through the public API, from registration on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::App;
use crate::client::Client;
use crate::mailbox::{Mail, Mailbox};

/// Ids of things by the prefix of their kind.
pub type Ids = BTreeMap<&'static str, Vec<String>>;

/// What everybody's password is.
pub const PASSWORD: &str = "три зелені верблюди";

/// A person with a login.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address they log in with.
    pub email: String,
    /// Their user id.
    pub id: String,
    /// They, logged in.
    pub client: Client,
}

impl Person {
    /// Registers, proves the address with the mail that came, and logs in.
    pub async fn register(nobody: &Client, mailbox: &Mailbox) -> Self {
        let email = format!("{}@example.com", Uuid::new_v4().simple());
        let input = json!({ "email": email, "name": "Олена Власниця", "password": PASSWORD });
        nobody.done("userRegister", input, "").await;
        let token = token(&mailbox.wait(&email, 1).await[0], "zvt_");
        let verified = nobody.done("emailVerify", json!({ "token": token, "password": PASSWORD }), "user { id }").await;
        let client = Self::log_in(nobody, &email).await;
        Self { email, id: string(&verified["user"]["id"]), client }
    }

    /// Logs in: another session of the same person.
    pub async fn log_in(nobody: &Client, email: &str) -> Client {
        let input = json!({ "email": email, "password": PASSWORD });
        let payload = nobody.done("userLogin", input, "tokens { accessToken }").await;
        nobody.with_token(string(&payload["tokens"]["accessToken"]))
    }
}

/// A salon: one location open from 9 to 19 on all days, a haircut of an hour in a chair, two who perform it, one client.
pub struct Company {
    /// Nobody, at the same server.
    pub nobody: Client,
    /// Who made the company.
    pub owner: Person,
    /// The owner, working in this company.
    pub administrator: Client,
    /// `cmp_…`.
    pub id: String,
    /// `loc_…`, in Kyiv.
    pub location: String,
    /// `svc_…`: 60 minutes, 500 ₴, one chair.
    pub service: String,
    /// `stf_…`: both perform the service and work when the location is open.
    pub staff: [String; 2],
    /// `rsc_…`: two chairs.
    pub chairs: [String; 2],
    /// `rty_…` of the chairs.
    pub chair_type: String,
    /// `cat_…` of the service.
    pub category: String,
    /// `cli_…`.
    pub visitor: String,
    mailbox: Mailbox,
    starts: AtomicU32,
}

impl Company {
    /// Makes a company that could open tomorrow.
    pub async fn new(app: &App) -> Self {
        Self::at(&app.client(), &app.mailbox()).await
    }

    /// Makes a company at any server whose mails can be read.
    pub async fn at(nobody: &Client, mailbox: &Mailbox) -> Self {
        let owner = Person::register(nobody, mailbox).await;
        let input = json!({
            "name": "Салон «Проба»", "slug": format!("s{}", &Uuid::new_v4().simple().to_string()[..20]), "currency": "UAH", "locale": "UK", "timeZone": "Europe/Kyiv",
            "location": { "name": "Поділ", "address": "вул. Спаська, 1", "opening": every_day("09:00", "19:00") },
        });
        let made = owner.client.done("companyCreate", input, "company { id }").await;
        let id = string(&made["company"]["id"]);
        let administrator = select(nobody, &owner.client, &id).await;
        let location = administrator.data("{ locations { id } }", Value::Null).await;
        let location = string(&location["locations"][0]["id"]);
        let catalog = Catalog::fill(&administrator, &location).await;
        let staff = [
            hire(&administrator, "Ірина", &location, &catalog.service).await,
            hire(&administrator, "Марко", &location, &catalog.service).await,
        ];
        let visitor = create(&administrator, "clientCreate", "client", json!({
            "name": "Соломія Крушельницька", "phones": ["050 123 45 67"], "emails": [format!("{}@example.com", Uuid::new_v4().simple())],
        })).await;
        Self {
            nobody: nobody.clone(),
            owner,
            administrator,
            id,
            location,
            service: catalog.service,
            staff,
            chairs: catalog.chairs,
            chair_type: catalog.chair_type,
            category: catalog.category,
            visitor,
            mailbox: mailbox.clone(),
            starts: AtomicU32::new(0),
        }
    }

    /// Invites somebody new with a built-in role (`MANAGER`), lets them accept, and gives them, working in this company.
    pub async fn hire_user(&self, role: &str) -> Person {
        self.hire_with(json!({ "kind": role })).await
    }

    /// The same with any role.
    pub async fn hire_with(&self, role: Value) -> Person {
        let email = format!("{}@example.com", Uuid::new_v4().simple());
        self.administrator.done("invitationCreate", json!({ "email": email, "role": role }), "").await;
        let token = token(&self.mailbox.wait(&email, 1).await[0], "zin_");
        let input = json!({ "token": token, "newUser": { "name": "Тарас Новий", "password": PASSWORD } });
        self.nobody.done("invitationAccept", input, "").await;
        let client = select(&self.nobody, &Person::log_in(&self.nobody, &email).await, &self.id).await;
        let viewer = client.data("{ viewer { user { id } } }", Value::Null).await;
        Person { email, id: string(&viewer["viewer"]["user"]["id"]), client }
    }

    /// A program with exactly these permissions.
    pub async fn key_with(&self, permissions: &[&str]) -> Client {
        let input = json!({ "name": format!("Ключ {}", Uuid::new_v4().simple()), "kind": "SECRET", "permissions": permissions });
        let made = self.administrator.done("apiKeyCreate", input, "key").await;
        self.nobody.with_token(string(&made["key"]))
    }

    /// The company's web page.
    pub async fn publishable(&self) -> Client {
        let name = format!("Сайт {}", Uuid::new_v4().simple());
        let input = json!({ "name": name, "kind": "PUBLISHABLE", "origins": ["https://salon.example"] });
        let made = self.administrator.done("apiKeyCreate", input, "key").await;
        self.nobody.with_token(string(&made["key"]))
    }

    /// Books the service for the client at an instant with the first of the staff, and gives the booking's id.
    pub async fn book(&self, starts_at: &str) -> String {
        create(&self.administrator, "bookingCreate", "booking", self.visit(starts_at)).await
    }

    /// The input of `bookingCreate` for the service, the client and the first of the staff.
    pub fn visit(&self, starts_at: &str) -> Value {
        json!({
            "locationId": self.location, "startsAt": starts_at, "clientId": self.visitor, "idempotencyKey": key(),
            "lines": [{ "serviceId": self.service, "staffId": self.staff[0] }],
        })
    }

    /// A start that no earlier call gave: whole hours from 3 March on, while the location is open. Not on the days that
    /// input made from the schema names: it may have closed the location then.
    pub fn free_start(&self) -> String {
        let number = self.starts.fetch_add(1, Ordering::Relaxed);
        let days = number / 9;
        let days = if days < 7 { days } else { days + 2 };
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).unwrap_or_default() + chrono::Days::new(days.into());
        // An hour later on the clock once summer time begins, and still before closing.
        format!("{day}T{:02}:00:00+02:00", 9 + number % 9)
    }

    /// The mails of the server.
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }
}

struct Catalog {
    category: String,
    chair_type: String,
    chairs: [String; 2],
    service: String,
}

impl Catalog {
    async fn fill(client: &Client, location: &str) -> Self {
        let category =
            create(client, "serviceCategoryCreate", "category", json!({ "name": { "uk": "Волосся" } })).await;
        let chair_type =
            create(client, "resourceKindCreate", "resourceKind", json!({ "name": { "uk": "Крісло" } })).await;
        let chair = |name: &'static str| {
            let input = json!({ "kindId": chair_type, "locationId": location, "name": name });
            create(client, "resourceCreate", "resource", input)
        };
        let chairs = [chair("Крісло 1").await, chair("Крісло 2").await];
        let service = create(
            client,
            "serviceCreate",
            "service",
            json!({
                "name": { "uk": "Стрижка", "en": "Haircut" }, "categoryId": category, "durationMinutes": 60,
                "price": { "kind": "FIXED", "amountMinor": 50_000 },
                "requirements": [{ "resourceKindId": chair_type }],
            }),
        )
        .await;
        Self { category, chair_type, chairs, service }
    }
}

/// Somebody who performs a service at a location whenever it is open.
pub async fn hire(client: &Client, name: &str, location: &str, service: &str) -> String {
    let staff = create(
        client,
        "staffMemberCreate",
        "staffMember",
        json!({
            "name": name, "locationIds": [location], "services": [{ "serviceId": service }],
        }),
    )
    .await;
    let hours = json!({
        "staffId": staff, "version": 1, "locationId": location, "templates": [{ "intervals": every_day("09:00", "19:00") }],
    });
    client.done("staffHoursSet", hours, "").await;
    staff
}

/// Chooses a company: the same person with a token for it.
async fn select(nobody: &Client, person: &Client, company: &str) -> Client {
    let payload = person.done("companySelect", json!({ "companyId": company }), "tokens { accessToken }").await;
    nobody.with_token(string(&payload["tokens"]["accessToken"]))
}

/// Runs a mutation that makes something, and gives its id.
pub async fn create(client: &Client, mutation: &str, thing: &str, input: Value) -> String {
    let payload = client.done(mutation, input, &format!("{thing} {{ id }}")).await;
    string(&payload[thing]["id"])
}

/// The same hours on each day of the week.
pub fn every_day(from: &str, to: &str) -> Value {
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    days.iter().map(|day| json!({ "weekday": day, "startsAt": from, "endsAt": to })).collect()
}

/// A fresh idempotency key.
pub fn key() -> String {
    Uuid::new_v4().to_string()
}

fn token(mail: &Mail, prefix: &str) -> String {
    format!("{prefix}{}", mail.after(prefix))
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text is expected, not {value}")).to_owned()
}
