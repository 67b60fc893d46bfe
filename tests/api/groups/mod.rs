//! Sessions for groups: planned like a visit, booked by the seat.

mod random;
mod repeating;
mod seats;
mod sessions;
mod waitlist;

use chrono::{DateTime, Utc};
use harness::{Client, Company, create, hire, key};
use serde_json::{Value, json};

/// A yoga class of an hour for 200 ₴, and who holds it.
pub struct Studio<'a> {
    pub company: &'a Company,
    pub service: String,
    pub trainer: String,
    /// Who works at the front desk: the administrator, unless their login would not last as long as the test.
    pub desk: Client,
}

pub const TUESDAY: &str = "2026-03-10T12:00:00+02:00";
pub const WEDNESDAY: &str = "2026-03-11T12:00:00+02:00";

impl<'a> Studio<'a> {
    pub async fn new(company: &'a Company) -> Self {
        let service = json!({
            "name": { "uk": "Йога", "en": "Yoga" }, "kind": "GROUP", "durationMinutes": 60,
            "price": { "kind": "FIXED", "amountMinor": 20_000 },
        });
        let service = create(&company.administrator, "serviceCreate", "service", service).await;
        let trainer = hire(&company.administrator, "Оля", &company.location, &service).await;
        Self { company, service, trainer, desk: company.administrator.clone() }
    }

    pub fn session(&self, starts_at: &str, capacity: u16) -> Value {
        json!({
            "locationId": self.company.location, "serviceId": self.service, "staffId": self.trainer,
            "startsAt": starts_at, "capacity": capacity, "idempotencyKey": key(),
        })
    }

    /// Plans a session, and gives its id.
    pub async fn plan(&self, starts_at: &str, capacity: u16) -> String {
        create(&self.desk, "groupSessionCreate", "groupSession", self.session(starts_at, capacity)).await
    }

    /// From now on a program works at the front desk, whose key does not expire.
    pub async fn automate(&mut self) {
        self.desk = self.company.key_with(&["bookings.all", "availability.read"]).await;
    }

    /// A session as staff see it.
    pub async fn see(&self, id: &str) -> Value {
        let query = "query($id: ID!) { groupSession(id: $id) {
            status version startsAt capacity seatsLeft seatsTaken staff { id }
            roster { id version status startsAt partySize total { amountMinor } } } }";
        self.desk.data(query, json!({ "id": id })).await["groupSession"].clone()
    }

    pub async fn seats_left(&self, id: &str) -> Value {
        self.see(id).await["seatsLeft"].clone()
    }

    pub async fn version(&self, id: &str) -> Value {
        self.see(id).await["version"].clone()
    }
}

/// Seats for somebody who names themselves.
pub fn seats(session: &str, party: u16) -> Value {
    json!({
        "groupSessionId": session, "partySize": party, "idempotencyKey": key(),
        "client": { "name": "Гість", "email": format!("{}@example.com", uuid::Uuid::new_v4().simple()) },
    })
}

/// Seats to be held.
pub fn held(session: &str, party: u16) -> Value {
    json!({ "groupSessionId": session, "partySize": party, "idempotencyKey": key() })
}

/// Books what a hold keeps.
pub fn with_token(token: &Value) -> Value {
    json!({
        "holdToken": token, "idempotencyKey": key(), "client": { "name": "Гість", "email": "guest@example.com" },
    })
}

/// Books seats, and gives the booking.
pub async fn book(client: &Client, session: &str, party: u16) -> Value {
    let selection = "booking { id version status }";
    client.done("bookingCreate", seats(session, party), selection).await["booking"].clone()
}

/// Calls a booking off.
pub fn cancelling(booking: &Value) -> Value {
    json!({
        "id": booking["id"], "version": booking["version"], "reason": "CLIENT_REQUEST", "idempotencyKey": key(),
    })
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a text").parse().expect("an instant")
}

fn same(value: &Value, expected: &str) -> bool {
    instant(value) == instant(&json!(expected))
}
