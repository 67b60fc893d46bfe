//! The code: what it opens, when it is dead, what it tells a stranger, and how often it may be had and tried.

use chrono::TimeDelta;
use harness::{App, Client, Company, key, now};
use serde_json::{Value, json};

use super::{address, book_for, card, confirm, other_than, received, refused, request, sign_in};

const SELF: &str = "{ clientSelf { name email language } }";

harness::api_test! {
    async fn a_code_opens_half_an_hour_in_one_company(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let (page, email) = (company.publishable().await, address());
        let code = request(&page, &company, &email, 0).await;
        assert!(code.len() == 6 && code.bytes().all(|sign| sign.is_ascii_digit()), "{code}");
        // As people copy it, and write their address.
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        let input = json!({ "email": email.to_uppercase(), "code": spaced });
        let access = page.done("clientCodeConfirm", input, "access { token expiresAt }").await["access"].clone();
        let expires: chrono::DateTime<chrono::Utc> = access["expiresAt"].as_str().unwrap().parse().unwrap();
        assert_eq!(expires, now() + TimeDelta::minutes(30));
        let client = page.with_token(access["token"].as_str().unwrap());
        // Nobody knows them here, and that is all that they learn.
        let seen = client.data(SELF, Value::Null).await;
        assert_eq!(seen["clientSelf"], json!({ "name": null, "email": email, "language": "EN" }));
        let data = client.data("{ company { id } clientBookings { nodes { id } } }", Value::Null).await;
        assert_eq!(data, json!({ "company": { "id": company.id }, "clientBookings": { "nodes": [] } }));

        app.clock.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
        client.data(SELF, Value::Null).await;
        app.clock.advance(TimeDelta::seconds(1));
        assert_eq!(client.run(SELF, Value::Null).await.code(), "UNAUTHENTICATED");
    }
}

harness::api_test! {
    async fn a_code_is_used_once_and_replaced_by_the_next(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let first = request(&page, &company, &email, 0).await;
        let second = request(&page, &company, &email, 1).await;
        if first != second {
            refused(&page, &email, &first).await;
        }
        confirm(&page, &email, &second).await;
        refused(&page, &email, &second).await;
        // A used one is no obstacle to another.
        let third = request(&page, &company, &email, 2).await;
        confirm(&page, &email, &third).await;
    }
}

harness::api_test! {
    async fn after_five_tries_a_code_is_dead(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        let (lucky, unlucky) = (address(), address());
        for (email, wrong) in [(&lucky, 4), (&unlucky, 5)] {
            let code = request(&page, &company, email, 0).await;
            for _ in 0..wrong {
                refused(&page, email, &other_than(&code)).await;
            }
            if wrong < 5 {
                confirm(&page, email, &code).await;
            } else {
                refused(&page, email, &code).await;
                // From anywhere else too: it is the code that is dead.
                refused(&app.client().with_token(page.token().unwrap()), email, &code).await;
            }
        }
        // What can be no code costs nothing of the ones that there are, and no address is told from another.
        for (email, code) in [(lucky.as_str(), "12345"), ("nobody@example.com", "123456"), ("no address", "123456"), ("", "")] {
            refused(&page, email, code).await;
        }
    }
}

harness::api_test! {
    async fn a_code_holds_ten_minutes(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let company = Company::new(&app).await;
        let page = company.publishable().await;
        let (early, late) = (address(), address());
        let codes = [request(&page, &company, &early, 0).await, request(&page, &company, &late, 0).await];
        app.clock.advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
        confirm(&page, &early, &codes[0]).await;
        app.clock.advance(TimeDelta::seconds(1));
        refused(&page, &late, &codes[1]).await;
    }
}

harness::api_test! {
    async fn whoever_asks_learns_nothing_of_who_comes_here(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        let (known, blocked, unknown) = (address(), address(), address());
        let card_of_known = card(&company, &known).await;
        book_for(&company, &card_of_known, "2026-03-10T10:00:00+02:00").await;
        let input = json!({ "id": card(&company, &blocked).await, "version": 1, "reason": "Не приходить" });
        company.administrator.done("clientBlock", input, "client { id }").await;
        let query = "mutation($input: ClientCodeRequestInput!) { clientCodeRequest(input: $input) { done userErrors { code } } }";
        let mut answers = Vec::new();
        for email in [&known, &blocked, &unknown] {
            let answer = page.run(query, json!({ "input": { "email": email } })).await;
            answers.push((answer.status, answer.statements(), answer.data.clone()));
            received(company.mailbox(), email, 1).await;
        }
        assert_eq!(answers[0].2, json!({ "clientCodeRequest": { "done": true, "userErrors": [] } }));
        // The same words, for the same work.
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let confirm = "mutation($input: ClientCodeConfirmInput!) { clientCodeConfirm(input: $input) { access { token } userErrors { code } } }";
        let mut answers = Vec::new();
        for email in [&known, &blocked, &unknown] {
            // Six digits that are not the code, but for one time in a million.
            let answer = page.run(confirm, json!({ "input": { "email": email, "code": "000000" } })).await;
            answers.push((answer.status, answer.statements(), answer.data.clone()));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        let wrong = page.mutate("clientCodeRequest", json!({ "email": "not an address" }), "done").await;
        assert_eq!(wrong.refusals(), ["INVALID@email"]);
        assert_eq!(wrong.value()["done"], false);
    }
}

harness::api_test! {
    async fn a_code_comes_in_the_language_that_was_asked_for(app: &App) {
        let company = Company::new(app).await;
        let page = company.publishable().await;
        for (language, subject, word) in
            [("UK", "Ваш код: Салон «Проба»", "Код: "), ("EN", "Your code for Салон «Проба»", "Code: ")]
        {
            let email = address();
            page.in_language(if language == "UK" { "en" } else { "uk" })
                .done("clientCodeRequest", json!({ "email": email, "language": language }), "done")
                .await;
            let mail = company.mailbox().wait(&email, 1).await.swap_remove(0);
            let code = mail.after(word);
            assert_eq!(code.len(), 6, "{}", mail.text);
            let letter = "{ messages(first: 5) { nodes { letter language state recipient } } }";
            let seen = company.administrator.data(letter, Value::Null).await;
            let messages = seen["messages"]["nodes"].as_array().unwrap().clone();
            let ours = messages.iter().find(|message| message["recipient"] == email.as_str()).expect("a message");
            assert_eq!((&ours["letter"], &ours["language"]), (&json!("CLIENT_CODE"), &json!(language)));
            // Not where a locked screen shows it, and nowhere that is kept.
            let head = mail.text.split("\n\n").next().unwrap_or_default().to_owned();
            assert!(!head.contains(&code), "{subject}: {head}");
            let log = company.administrator.data("{ auditLog(first: 20) { nodes { name data } } }", Value::Null).await;
            assert!(log.to_string().contains("client.code_requested") && !log.to_string().contains(&code), "{log}");
        }
    }
}

harness::api_test! {
    async fn another_companys_codes_and_tokens_are_worth_nothing(app: &App) {
        let (ours, theirs) = (Company::new(app).await, Company::new(app).await);
        let email = address();
        let (our_page, their_page) = (ours.publishable().await, theirs.publishable().await);
        let code = request(&our_page, &ours, &email, 0).await;
        refused(&their_page, &email, &code).await;
        let client = confirm(&our_page, &email, &code).await;
        // The same person has a card and a visit there too: with this token it is as if there were none.
        let there = book_for(&theirs, &card(&theirs, &email).await, "2026-03-10T10:00:00+02:00").await;
        let here = book_for(&ours, &card(&ours, &email).await, "2026-03-10T10:00:00+02:00").await;
        let query = "query($id: ID!) { booking(id: $id) { id } company { id } }";
        let seen = client.data(query, json!({ "id": here["id"] })).await;
        assert_eq!(seen, json!({ "booking": { "id": here["id"] }, "company": { "id": ours.id } }));
        let answer = client.run(query, json!({ "id": there["id"] })).await;
        assert_eq!((answer.code().as_str(), &answer.data["company"]["id"]), ("NOT_FOUND", &json!(ours.id)));
    }
}

harness::api_test! {
    async fn who_signs_out_is_out_at_once(engine: Engine) {
        let app = App::start_with(engine, |config| config.graphql.socket_check_seconds = 1).await.expect("an app");
        let company = Company::new(&app).await;
        let (page, email) = (company.publishable().await, address());
        let client = sign_in(&page, &company, &email).await;
        let mut socket = harness::Socket::open(&client).await.expect("a socket");
        socket.subscribe(SELF, Value::Null).await.expect("sent");
        assert_eq!(socket.event().await.expect("an answer")["clientSelf"]["email"], email.as_str());
        let code = request(&page, &company, &email, 1).await;
        let elsewhere = confirm(&page, &email, &code).await;

        let out = client.data("mutation { clientSignOut { done userErrors { code } } }", Value::Null).await;
        assert_eq!(out["clientSignOut"], json!({ "done": true, "userErrors": [] }));
        assert_eq!(client.run(SELF, Value::Null).await.code(), "UNAUTHENTICATED");
        assert_eq!(socket.closed().await.expect("closed"), (4403, "Forbidden".to_owned()));
        // That session alone.
        elsewhere.data(SELF, Value::Null).await;
    }
}

harness::api_test! {
    async fn a_clients_token_is_taken_from_the_header_alone(app: &App) {
        let company = Company::new(app).await;
        let (page, email) = (company.publishable().await, address());
        let client = sign_in(&page, &company, &email).await;
        let token = client.token().unwrap().to_owned();
        for name in ["token", "access_token"] {
            let path = format!("/graphql?{name}={token}");
            let answer = app.client().post(&path).json(&json!({ "query": SELF })).send().await.unwrap();
            assert_eq!(answer.status(), 400);
            assert!(!answer.text().await.unwrap().contains(&token));
        }
        // A changed one proves nothing.
        let mut changed = token.clone();
        let last = changed.pop().unwrap();
        let at = token.len() / 2;
        changed.push(last);
        changed.replace_range(at..=at, if &token[at..=at] == "A" { "B" } else { "A" });
        assert_eq!(app.client().with_token(changed).run(SELF, Value::Null).await.code(), "UNAUTHENTICATED");
    }
}

/// What one request of so many aliases is answered: the codes of top-level errors and of user errors.
async fn aliases(client: &Client, field: &str, count: usize) -> Vec<String> {
    let aliases: String = (0..count).map(|number| format!("a{number}: {field} ")).collect();
    codes_in(&client.run(&format!("mutation {{ {aliases} }}"), Value::Null).await.to_string())
}

/// The codes in an answer, in order.
fn codes_in(text: &str) -> Vec<String> {
    text.split("\"code\":\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
}

fn count(codes: &[String], code: &str) -> usize {
    codes.iter().filter(|known| *known == code).count()
}

harness::api_test! {
    async fn attempts_are_counted_and_not_requests(engine: Engine) {
        let app = App::start_with(engine, |config| {
            config.limits.mails_per_account_hour = 4;
            config.limits.tokens_per_address = 4;
        })
        .await
        .unwrap();
        let company = Company::new(&app).await;
        let page = company.publishable().await;
        let request = |email: &str| format!("clientCodeRequest(input: {{ email: \"{email}\" }}) {{ done userErrors {{ code }} }}");
        let email = address();
        let told = aliases(&page, &request(&email), 10).await;
        assert_eq!(count(&told, "RATE_LIMITED"), 6, "{told:?}");
        // From another network too: it is the mailbox that is spared.
        let elsewhere = app.client().with_token(page.token().unwrap());
        assert_eq!(count(&aliases(&elsewhere, &request(&email), 3).await, "RATE_LIMITED"), 3);

        // A hundred tries in one request, of twenty aliases each.
        let guess = "clientCodeConfirm(input: { email: \"a@example.com\", code: \"123456\" }) { userErrors { code } }";
        let document: String = (0..20).map(|number| format!("a{number}: {guess} ")).collect();
        let batch: Vec<Value> = (0..5).map(|_| json!({ "query": format!("mutation {{ {document} }}") })).collect();
        // From a network of its own: links of mails, such as that of a registration, count with them.
        let stranger = app.client().with_token(page.token().unwrap());
        let answer = stranger.post("/graphql").json(&batch).send().await.unwrap().text().await.unwrap();
        let told = codes_in(&answer);
        assert_eq!([count(&told, "CODE_INVALID"), count(&told, "RATE_LIMITED")], [4, 96], "{told:?}");
    }
}

harness::api_test! {
    async fn a_network_and_a_company_send_so_many_codes(engine: Engine) {
        let app = App::start_with(engine, |config| {
            config.limits.mails_per_address_hour = 3;
            config.limits.client_codes_per_hour = 5;
            // On a busy machine Redis may be slow to answer, and what is counted meanwhile in the process is counted apart.
            config.redis.timeout_ms = 10_000;
        })
        .await
        .unwrap();
        // Mails of registration count for the network that asks for them.
        let company = Company::at(&app.client(), &app.mailbox()).await;
        let key_of = company.publishable().await.token().unwrap().to_owned();
        let ask = |client: Client| async move {
            let input = json!({ "email": format!("{}@example.com", key()) });
            client.mutate("clientCodeRequest", input, "done").await.answer.codes()
        };
        let network = app.client().with_token(key_of.clone());
        for sent in 0..4 {
            let codes = ask(network.clone()).await;
            assert_eq!(codes, if sent < 3 { vec![] } else { vec!["RATE_LIMITED"] }, "{sent}");
        }
        // The company has two left, for whoever comes from wherever.
        for sent in 0..3 {
            let codes = ask(app.client().with_token(key_of.clone())).await;
            assert_eq!(codes, if sent < 2 { vec![] } else { vec!["RATE_LIMITED"] }, "{sent}");
        }
        let other = Company::at(&app.client(), &app.mailbox()).await;
        assert_eq!(ask(app.client().with_token(other.publishable().await.token().unwrap())).await, Vec::<String>::new());
    }
}
