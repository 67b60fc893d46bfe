//! A client's own access: the code that proves an address, the visits that are theirs by it, and the link to one visit.

mod codes;
mod links;
mod own;
mod terms;

use harness::{Answer, Client, Company, Mail, Mailbox, create, key};
use serde_json::{Value, json};

/// The codes that came to an address, oldest first, once there are so many of them.
pub async fn received(mailbox: &Mailbox, email: &str, count: usize) -> Vec<String> {
    let mut letters = count;
    loop {
        let mails = mailbox.wait(email, letters).await;
        let codes: Vec<String> = mails.iter().filter_map(code_of).collect();
        if codes.len() >= count {
            return codes;
        }
        letters = mails.len() + 1;
    }
}

fn code_of(mail: &Mail) -> Option<String> {
    ["Code: ", "Код: "].iter().find(|marker| mail.text.contains(**marker)).map(|marker| mail.after(marker))
}

/// Asks the company's page for a code to an address that had `before` of them, and gives what came.
pub async fn request(page: &Client, company: &Company, email: &str, before: usize) -> String {
    page.done("clientCodeRequest", json!({ "email": email }), "done").await;
    received(company.mailbox(), &email.to_lowercase(), before + 1).await.swap_remove(before)
}

/// The owner of an address, signed in for the first time.
pub async fn sign_in(page: &Client, company: &Company, email: &str) -> Client {
    let code = request(page, company, email, 0).await;
    confirm(page, email, &code).await
}

/// The owner of an address, with its code.
pub async fn confirm(page: &Client, email: &str, code: &str) -> Client {
    let done =
        page.done("clientCodeConfirm", json!({ "email": email, "code": code }), "access { token expiresAt }").await;
    page.with_token(done["access"]["token"].as_str().expect("a token"))
}

/// What a code is answered that opens nothing.
pub async fn refused(page: &Client, email: &str, code: &str) {
    let input = json!({ "email": email, "code": code });
    let answer = page.mutate("clientCodeConfirm", input, "access { token }").await;
    assert_eq!(answer.refusals(), ["CODE_INVALID@code"]);
    assert_eq!(answer.value()["access"], Value::Null);
}

/// Some other code than this one.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().expect("digits");
    format!("{:06}", (number + 1) % 1_000_000)
}

fn address() -> String {
    format!("{}@example.com", key())
}

/// A card with an address, made by staff.
async fn card(company: &Company, email: &str) -> String {
    let input = json!({ "name": "Леся Українка", "emails": [email], "phones": ["067 123 45 67"] });
    create(&company.administrator, "clientCreate", "client", input).await
}

/// Staff book for a card, with the first of the staff.
async fn book_for(company: &Company, card: &str, start: &str) -> Value {
    let mut input = company.visit(start);
    input["clientId"] = json!(card);
    company.administrator.done("bookingCreate", input, "booking { id version reference manageUrl }").await["booking"]
        .clone()
}

/// What a client sends to book for themselves.
fn wish(company: &Company, start: &str) -> Value {
    json!({
        "locationId": company.location, "startsAt": start, "idempotencyKey": key(),
        "lines": [{ "serviceId": company.service, "staffId": company.staff[0] }],
    })
}

fn cancelling(booking: &Value) -> Value {
    json!({ "id": booking["id"], "version": booking["version"], "reason": "CLIENT_REQUEST", "idempotencyKey": key() })
}

fn moving(booking: &Value, start: &str) -> Value {
    json!({ "id": booking["id"], "version": booking["version"], "startsAt": start, "idempotencyKey": key() })
}

/// The ids of the visits that a client is shown.
async fn visits(client: &Client, time: &str) -> Vec<String> {
    let query = "query($time: ClientBookingsTime!) { clientBookings(time: $time, first: 10) { nodes { id } } }";
    let data = client.data(query, json!({ "time": time })).await;
    let nodes = data["clientBookings"]["nodes"].as_array().expect("nodes").clone();
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

async fn see(client: &Client, id: &Value, selection: &str) -> Answer {
    client.run(&format!("query($id: ID!) {{ booking(id: $id) {{ {selection} }} }}"), json!({ "id": id })).await
}

/// Sets something about the company.
async fn set(company: &Company, mut change: Value) {
    let data = company.administrator.data("{ company { version } }", Value::Null).await;
    change["version"] = data["company"]["version"].clone();
    company.administrator.done("companyUpdate", change, "company { version }").await;
}
