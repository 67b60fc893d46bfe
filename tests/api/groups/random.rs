//! Seats against a model that counts on its fingers: whatever is asked in whatever order, the session agrees with it.

use chrono::TimeDelta;
use harness::{App, Company, Dice};
use serde_json::{Value, json};

use super::{Studio, TUESDAY, cancelling, held, seats, with_token};

fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap()
}

/// A hold lives so many minutes.
const LIFE: i64 = 10;

struct Held {
    token: Value,
    party: u16,
    until: i64,
}

/// What the session should be.
#[derive(Default)]
struct Model {
    capacity: u16,
    booked: Vec<(Value, u16)>,
    held: Vec<Held>,
    minute: i64,
    refused: u32,
}

impl Model {
    fn booked(&self) -> u16 {
        self.booked.iter().map(|(_, party)| party).sum()
    }

    fn left(&self) -> u16 {
        let held: u16 = self.held.iter().filter(|held| held.until > self.minute).map(|held| held.party).sum();
        self.capacity.saturating_sub(self.booked() + held)
    }

    /// What has to be said to somebody who wants so many seats.
    fn refusal(&mut self, party: u16) -> Vec<&'static str> {
        if self.left() >= party {
            return Vec::new();
        }
        self.refused += 1;
        vec!["SESSION_FULL@groupSessionId"]
    }
}

harness::api_test! {
    /// Two times a hundred and fifty random operations.
    async fn seats_agree_with_a_model_whatever_is_asked(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        for seed in [7, 11] {
            let company = Company::new(&app).await;
            let mut studio = Studio::new(&company).await;
            let session = studio.plan(TUESDAY, 6).await;
            let mut version = studio.version(&session).await;
            studio.automate().await;
            let (mut dice, mut model) = (Dice::new(seed), Model { capacity: 6, ..Model::default() });
            for step in 0..150 {
                let party = 1 + small(dice.roll(3));
                match dice.roll(8) {
                    0 | 1 => {
                        let answer = studio.desk.mutate("bookingCreate", seats(&session, party), "booking { id version }").await;
                        assert_eq!(answer.refusals(), model.refusal(party), "seed {seed}, step {step}");
                        let booking = answer.value()["booking"].clone();
                        model.booked.extend(booking.is_object().then_some((booking, party)));
                    }
                    2 | 3 => {
                        let answer = studio.desk.mutate("groupSessionHold", held(&session, party), "token").await;
                        assert_eq!(answer.refusals(), model.refusal(party), "seed {seed}, step {step}");
                        let token = answer.value()["token"].clone();
                        let until = model.minute + LIFE;
                        model.held.extend(token.is_string().then_some(Held { token, party, until }));
                    }
                    4 => if let Some(hold) = dice.take(&mut model.held) {
                        let answer = studio.desk.mutate("bookingCreate", with_token(&hold.token), "booking { id version }").await;
                        let booking = answer.value()["booking"].clone();
                        if hold.until > model.minute {
                            assert_eq!(answer.refusals(), Vec::<&str>::new(), "seed {seed}, step {step}");
                        }
                        // A hold that ran out takes its seats again where they are free.
                        model.booked.extend(booking.is_object().then_some((booking, hold.party)));
                    },
                    5 => if let Some(hold) = dice.take(&mut model.held) {
                        studio.desk.mutate("holdRelease", json!({ "token": hold.token }), "__typename").await;
                    },
                    6 => if let Some((booking, _)) = dice.take(&mut model.booked) {
                        studio.desk.done("bookingCancel", cancelling(&booking), "booking { status }").await;
                    },
                    _ => if dice.roll(2) == 0 {
                        app.clock.advance(TimeDelta::minutes(3));
                        model.minute += 3;
                    } else {
                        let capacity = 4 + small(dice.roll(5));
                        let change = json!({ "id": session, "version": version, "capacity": capacity });
                        let answer = studio.desk.mutate("groupSessionUpdate", change, "groupSession { version }").await;
                        let fits = model.capacity - model.left() <= capacity;
                        assert_eq!(answer.refusals().is_empty(), fits, "seed {seed}, step {step}");
                        if fits {
                            model.capacity = capacity;
                            version = answer.value()["groupSession"]["version"].clone();
                        }
                    },
                }
                let now = studio.see(&session).await;
                assert_eq!(now["seatsLeft"], model.left(), "seed {seed}, step {step}");
            }
            assert!(model.refused > 5, "seed {seed}: only {} were refused", model.refused);
        }
    }
}
