//! One user's way from an address to a visit that was booked, moved and called off: over HTTP, against the real binary,
//! with its real clock and its real worker.

use chrono::{DateTime, Duration, FixedOffset};
use harness::{Client, Engine, Mail, Mailbox, PASSWORD, Process, create, every_day, key};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");

harness::api_test! {
    async fn from_registration_to_a_booked_moved_and_cancelled_visit(engine: Engine) {
        let (_server, nobody, mailbox) = serve(engine).await;
        let (owner, email) = register(&nobody, &mailbox).await;
        let salon = open_salon(&nobody, &owner).await;
        let page = page_of(&salon).await;

        let date = salon.free_date(&page).await;
        let slots = salon.slots(&page, &date).await;
        let (first, second) = (slots[0].clone(), slots[slots.len() - 1].clone());
        let visitor = format!("visitor-{}@example.com", key());
        let visit = json!({
            "locationId": salon.location, "startsAt": first, "lines": [{ "serviceId": salon.service }],
            "client": { "name": "Леся Гостя", "phone": "067 123 45 67", "email": visitor, "language": "UK" },
            "idempotencyKey": key(),
        });
        let selection = "booking {
            id version status startsAt endsAt total { amountMinor } lines { staff { name } resources { name } } }";
        let booked = page.done("bookingCreate", visit, selection).await["booking"].clone();
        assert_eq!(booked["status"], "CONFIRMED");
        assert_eq!(instant(&booked["endsAt"]) - instant(&booked["startsAt"]), Duration::minutes(60));
        assert_eq!(booked["total"]["amountMinor"], 50_000);
        assert_eq!(booked["lines"][0]["staff"]["name"], "Ірина");
        assert_eq!(booked["lines"][0]["resources"][0]["name"], "Крісло 1");
        assert!(!salon.slots(&page, &date).await.contains(&first), "a booked slot is still offered");

        let confirmation = letter(&mailbox, &visitor, 1).await;
        assert_eq!(entry(&confirmation, "METHOD"), "REQUEST");
        assert_eq!(entry(&confirmation, "DTSTART;TZID=Europe/Kyiv"), local(&booked["startsAt"]));

        // The page is a stranger to the booking from now on; the salon moves it and calls it off.
        let id = booked["id"].clone();
        let seen = salon
            .administrator
            .data("query($id: ID!) { booking(id: $id) { client { name phones } version } }", json!({ "id": id }))
            .await;
        assert_eq!(seen["booking"]["client"], json!({ "name": "Леся Гостя", "phones": ["+380671234567"] }));
        let moving = json!({ "id": id, "version": booked["version"], "startsAt": second, "idempotencyKey": key() });
        let moved =
            salon.administrator.done("bookingReschedule", moving, "booking { version startsAt }").await["booking"]
                .clone();
        assert_eq!(instant(&moved["startsAt"]), instant(&json!(second)));
        assert!(salon.slots(&page, &date).await.contains(&first), "the time that was given up is not offered");
        let change = letter(&mailbox, &visitor, 2).await;
        assert_eq!(entry(&change, "DTSTART;TZID=Europe/Kyiv"), local(&moved["startsAt"]));
        assert_eq!(entry(&change, "UID"), entry(&confirmation, "UID"));

        let cancelling =
            json!({ "id": id, "version": moved["version"], "reason": "CLIENT_REQUEST", "idempotencyKey": key() });
        let cancelled = salon
            .administrator
            .done("bookingCancel", cancelling, "booking { status }")
            .await;
        assert_eq!(cancelled["booking"]["status"], "CANCELLED");
        let query = "query($id: ID!) { bookingHistory(bookingId: $id, first: 10) { nodes { name } } }";
        let history = salon.administrator.data(query, json!({ "id": id })).await;
        let names = history["bookingHistory"]["nodes"].as_array().expect("a history").clone();
        for name in ["booking.created", "booking.rescheduled", "booking.cancelled"] {
            assert!(names.iter().any(|entry| entry["name"] == name), "{name} is missing: {names:?}");
        }
        assert!(salon.slots(&page, &date).await.contains(&second), "the time of a cancelled visit is not offered");
        let cancellation = letter(&mailbox, &visitor, 3).await;
        assert_eq!(entry(&cancellation, "METHOD"), "CANCEL");
        assert_eq!(entry(&cancellation, "UID"), entry(&confirmation, "UID"));
        let sequences = [&confirmation, &change, &cancellation]
            .map(|mail| entry(mail, "SEQUENCE").parse::<u32>().expect("a number"));
        assert!(sequences.is_sorted_by(|before, after| before < after), "{sequences:?}");

        manager_joins(&nobody, &salon, &mailbox).await;
        sessions_end(&nobody, &email).await;
    }
}

async fn serve(engine: Engine) -> (Process, Client, Mailbox) {
    let storage = engine.storage().await.expect("a database");
    // The clock is the real one: a refresh token that is shown again must not be within the grace.
    let settings = [("ZAPYS__HTTP__TRUSTED_PROXIES", "1"), ("ZAPYS__AUTH__REFRESH_GRACE_SECONDS", "0")];
    let server = Process::serve(PROGRAM, &storage, &settings).await.expect("a server");
    let nobody = server.client();
    (server, nobody, Mailbox::of(&storage.folder))
}

/// Registers; nobody gets in before the address is proved.
async fn register(nobody: &Client, mailbox: &Mailbox) -> (Client, String) {
    let email = format!("owner-{}@example.com", key());
    nobody.done("userRegister", json!({ "email": email, "name": "Олена", "password": PASSWORD }), "done").await;
    let credentials = json!({ "email": email, "password": PASSWORD });
    let early = nobody.mutate("userLogin", credentials.clone(), "tokens { accessToken }").await;
    assert!(!early.refusals().is_empty(), "an unproved address logs in");

    let token = format!("zvt_{}", mailbox.wait(&email, 1).await[0].after("zvt_"));
    let verified =
        nobody.done("emailVerify", json!({ "token": token, "password": PASSWORD }), "user { emailVerified }").await;
    assert_eq!(verified["user"]["emailVerified"], true);
    let again = nobody.mutate("emailVerify", json!({ "token": token, "password": PASSWORD }), "user { id }").await;
    assert_eq!(again.refusals(), ["LINK_INVALID@token"]);
    let payload = nobody.done("userLogin", credentials, "tokens { accessToken }").await;
    (nobody.with_token(text(&payload["tokens"]["accessToken"])), email)
}

struct Salon {
    administrator: Client,
    id: String,
    location: String,
    service: String,
}

impl Salon {
    /// A date after tomorrow on which everything is free, whatever the hour at which this runs.
    async fn free_date(&self, page: &Client) -> String {
        let query =
            "query($visit: AvailabilityVisitInput!) { availabilityDays(visit: $visit) { days { date hasSlots } } }";
        let data = page.data(query, json!({ "visit": self.visit() })).await;
        let days = data["availabilityDays"]["days"].as_array().expect("days").clone();
        let free = days.iter().skip(2).find(|day| day["hasSlots"] == true);
        text(&free.expect("a free date")["date"])
    }

    /// What the page offers on a date.
    async fn slots(&self, page: &Client, date: &str) -> Vec<String> {
        let query = "query($visit: AvailabilityVisitInput!, $date: LocalDate!) {
            availability(visit: $visit, from: $date, to: $date) { slots { startsAt } } }";
        let answer = page.data(query, json!({ "visit": self.visit(), "date": date })).await;
        let slots = answer["availability"]["slots"].as_array().expect("slots").clone();
        slots.iter().map(|slot| text(&slot["startsAt"])).collect()
    }

    fn visit(&self) -> Value {
        json!({ "locationId": self.location, "lines": [{ "serviceId": self.service }] })
    }
}

/// A company with a place, something to offer and somebody who does it.
async fn open_salon(nobody: &Client, owner: &Client) -> Salon {
    let company = json!({
        "name": "Салон «Шлях»",
        "location": { "name": "Поділ", "address": "вул. Спаська, 1", "opening": every_day("09:00", "20:00") },
        "idempotencyKey": key(),
    });
    let made = owner.done("companyCreate", company, "company { id locations { id } }").await["company"].clone();
    let (id, location) = (text(&made["id"]), text(&made["locations"][0]["id"]));
    let selected = owner.done("companySelect", json!({ "companyId": id }), "tokens { accessToken }").await;
    let administrator = nobody.with_token(text(&selected["tokens"]["accessToken"]));

    let kind =
        create(&administrator, "resourceKindCreate", "resourceKind", json!({ "name": { "uk": "Крісло" } })).await;
    let chair = json!({ "kindId": kind, "locationId": location, "name": "Крісло 1" });
    create(&administrator, "resourceCreate", "resource", chair).await;
    let service = json!({
        "name": { "uk": "Стрижка", "en": "Haircut" }, "durationMinutes": 60, "bufferAfterMinutes": 10,
        "price": { "kind": "FIXED", "amountMinor": 50_000 }, "requirements": [{ "resourceKindId": kind }],
    });
    let service = create(&administrator, "serviceCreate", "service", service).await;
    let person = json!({ "name": "Ірина", "locationIds": [location], "services": [{ "serviceId": service }] });
    let person =
        administrator.done("staffMemberCreate", person, "staffMember { id version }").await["staffMember"].clone();
    // Two shifts a day.
    let shifts = [every_day("10:00", "13:00"), every_day("14:00", "18:00")];
    let intervals: Vec<Value> = shifts.iter().filter_map(Value::as_array).flatten().cloned().collect();
    let hours = json!({
        "staffId": person["id"], "version": person["version"], "locationId": location,
        "templates": [{ "intervals": intervals }],
    });
    administrator.done("staffHoursSet", hours, "affectedBookings { id }").await;
    Salon { administrator, id, location, service }
}

/// What stands on the salon's site.
async fn page_of(salon: &Salon) -> Client {
    let input = json!({ "name": "Сайт", "kind": "PUBLISHABLE", "origins": ["https://salon.example"] });
    let made = salon.administrator.done("apiKeyCreate", input, "key").await;
    let page = salon.administrator.with_token(text(&made["key"]));
    assert_eq!(page.run("{ bookings(first: 1) { nodes { id } } }", Value::Null).await.code(), "FORBIDDEN");
    page
}

/// Somebody new accepts an invitation, and may what a manager may.
async fn manager_joins(nobody: &Client, salon: &Salon, mailbox: &Mailbox) {
    let email = format!("manager-{}@example.com", key());
    let invitation = json!({ "email": email, "role": { "kind": "MANAGER" }, "locationIds": [salon.location] });
    salon.administrator.done("invitationCreate", invitation, "invitation { id }").await;
    let token = format!("zin_{}", mailbox.wait(&email, 1).await[0].after("zin_"));
    let preview = nobody
        .data(
            "query($token: String!) { invitationPreview(token: $token) { companyName role { kind } } }",
            json!({ "token": token }),
        )
        .await;
    assert_eq!(preview["invitationPreview"], json!({ "companyName": "Салон «Шлях»", "role": { "kind": "MANAGER" } }));
    let acceptance = json!({ "token": token, "newUser": { "name": "Тарас", "password": PASSWORD } });
    let accepted = nobody.done("invitationAccept", acceptance.clone(), "companyId").await;
    assert_eq!(accepted["companyId"], salon.id.as_str());
    let again = nobody.mutate("invitationAccept", acceptance, "companyId").await;
    assert_eq!(again.refusals(), ["LINK_INVALID@token"]);

    let login = json!({ "email": email, "password": PASSWORD });
    let tokens = nobody.done("userLogin", login, "tokens { accessToken }").await;
    let manager = nobody.with_token(text(&tokens["tokens"]["accessToken"]));
    let selected = manager.done("companySelect", json!({ "companyId": salon.id }), "tokens { accessToken }").await;
    let manager = nobody.with_token(text(&selected["tokens"]["accessToken"]));
    let seen = manager.data("{ viewer { role { kind } } bookings(first: 10) { nodes { status } } }", Value::Null).await;
    assert_eq!(seen["viewer"]["role"]["kind"], "MANAGER");
    assert_eq!(seen["bookings"]["nodes"], json!([{ "status": "CANCELLED" }]));
    let roles = manager
        .run("mutation { roleCreate(input: { name: \"x\", permissions: [] }) { userErrors { code } } }", Value::Null)
        .await;
    assert_eq!(roles.code(), "FORBIDDEN");
}

/// A refresh token works once; shown again after its successor was used, it ends the whole family. A session that is
/// logged out is over at once.
async fn sessions_end(nobody: &Client, email: &str) {
    let tokens = "tokens { accessToken refreshToken }";
    let who = "{ viewer { user { email } } }";
    let login = json!({ "email": email, "password": PASSWORD });
    let first = nobody.done("userLogin", login.clone(), tokens).await["tokens"].clone();
    let refresh = async |token: &Value| nobody.mutate("sessionRefresh", json!({ "refreshToken": token }), tokens).await;
    let second = refresh(&first["refreshToken"]).await.ok()["tokens"].clone();
    let session = nobody.with_token(text(&second["accessToken"]));
    assert_eq!(session.data(who, Value::Null).await["viewer"]["user"]["email"], email);
    let replayed = refresh(&first["refreshToken"]).await;
    assert_eq!(replayed.answer.code(), "UNAUTHENTICATED");
    assert_eq!(refresh(&second["refreshToken"]).await.answer.code(), "UNAUTHENTICATED");
    assert_eq!(session.run(who, Value::Null).await.code(), "UNAUTHENTICATED");

    let other = nobody.done("userLogin", login, tokens).await["tokens"].clone();
    let session = nobody.with_token(text(&other["accessToken"]));
    let out = session.data("mutation { userLogout { done userErrors { code } } }", Value::Null).await;
    assert_eq!(out["userLogout"], json!({ "done": true, "userErrors": [] }));
    assert_eq!(session.run(who, Value::Null).await.code(), "UNAUTHENTICATED");
    assert_eq!(refresh(&other["refreshToken"]).await.answer.code(), "UNAUTHENTICATED");
}

/// The newest of exactly so many letters.
async fn letter(mailbox: &Mailbox, to: &str, count: usize) -> Mail {
    let mails = mailbox.wait(to, count).await;
    assert_eq!(mails.len(), count, "letters to {to}");
    mails[count - 1].clone()
}

/// A property of the calendar entry that is attached to a letter.
fn entry(mail: &Mail, name: &str) -> String {
    let entry = mail.text.split_once("BEGIN:VCALENDAR").map(|(_, entry)| entry);
    let entry = entry.unwrap_or_else(|| panic!("no calendar entry in {}", mail.text));
    let found = entry.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'));
    found.unwrap_or_else(|| panic!("no {name} in {entry}")).to_owned()
}

/// As the clock of the place shows it: answers carry that offset.
fn local(start: &Value) -> String {
    instant(start).format("%Y%m%dT%H%M%S").to_string()
}

fn instant(value: &Value) -> DateTime<FixedOffset> {
    text(value).parse().expect("an instant")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text is expected, not {value}")).to_owned()
}
