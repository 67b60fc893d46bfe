//! A line of the table: a mutation, an input that it accepts, and what is wrong with the input in turn.

use harness::{Company, Ids};
use serde_json::{Value, json};

/// Stands for the version that a thing has when its row's turn comes.
const CURRENT: &str = "(current)";

/// Whose things the rows are about.
pub struct Case<'a> {
    pub company: &'a Company,
    pub own: Ids,
    pub other: Ids,
}

impl Case<'_> {
    pub fn own(&self, prefix: &str) -> Value {
        json!(self.own[prefix][0])
    }

    pub fn other(&self, prefix: &str) -> Value {
        json!(self.other[prefix][0])
    }

    /// A visit that belongs to a series.
    pub fn series_visit(&self) -> Value {
        json!(self.own["bkg"][2])
    }

    /// A session that repeats, the first of two.
    pub fn repeating_session(&self) -> Value {
        json!(self.own["gse"][1])
    }

    /// The id of a thing and its current version.
    pub fn edit(&self, prefix: &str) -> Value {
        json!({ "id": self.own(prefix), "version": CURRENT })
    }

    /// The same of the second thing of the kind, which nothing uses.
    pub fn edit_spare(&self, prefix: &str) -> Value {
        json!({ "id": self.own[prefix][1], "version": CURRENT })
    }

    /// The same as [`Self::edit`] with more fields.
    pub fn edit_with(&self, prefix: &str, more: Value) -> Value {
        merged(self.edit(prefix), more)
    }
}

/// One object of the fields of two.
pub fn merged(mut one: Value, two: Value) -> Value {
    if let (Some(one), Value::Object(two)) = (one.as_object_mut(), two) {
        one.extend(two);
    }
    one
}

/// A current version and more fields, where no id says of what.
pub fn versioned(more: Value) -> Value {
    merged(json!({ "version": CURRENT }), more)
}

/// A text that is longer than any field takes.
pub fn long() -> Value {
    json!("я".repeat(6_000))
}

pub struct Wrong {
    pub place: &'static str,
    pub value: Value,
    pub refusal: &'static str,
}

pub struct Row {
    pub mutation: &'static str,
    valid: Value,
    pub wrong: Vec<Wrong>,
    /// What the input without a fault is answered: nothing when it is accepted. None: it is not tried.
    pub ends: Option<&'static str>,
}

impl Row {
    pub fn new(mutation: &'static str, valid: Value) -> Self {
        Self { mutation, valid, wrong: Vec::new(), ends: Some("") }
    }

    /// With this value at this place it is refused so.
    pub fn refuse(mut self, place: &'static str, value: impl Into<Value>, refusal: &'static str) -> Self {
        self.wrong.push(Wrong { place, value: value.into(), refusal });
        self
    }

    /// An id of another company at this place does not exist.
    pub fn foreign(self, place: &'static str, case: &Case<'_>, prefix: &str) -> Self {
        let other = case.other(prefix);
        self.refuse(place, other, "!NOT_FOUND")
    }

    /// Somebody else's thing does not exist, and another version than the current one is out of date.
    pub fn edits(self, case: &Case<'_>, prefix: &str) -> Self {
        self.foreign("id", case, prefix).stale()
    }

    pub fn stale(self) -> Self {
        self.refuse("version", 999, "VERSION_CONFLICT@version").refuse("version", -1, "VERSION_CONFLICT@version")
    }

    /// Without a fault it is refused so: what it asks for is right, only not now.
    pub fn ends(mut self, refusal: &'static str) -> Self {
        self.ends = Some(refusal);
        self
    }

    /// There is no input that this test could send: it needs a secret out of a mail, or ends the test's own session.
    pub fn not_tried(mut self) -> Self {
        self.ends = None;
        self
    }

    /// Whether the company's records show that it was done: not for what people do with their own login.
    pub fn is_recorded(&self) -> bool {
        !["password", "email", "session", "user", "companyCreate", "companySelect"]
            .iter()
            .any(|own| self.mutation.starts_with(own))
    }

    /// The valid input with the version that its thing has now.
    pub fn with_version(&self, state: &Value) -> Value {
        let mut input = self.valid.clone();
        if input["version"] == CURRENT {
            let id = ["id", "bookingId", "staffId", "locationId"].iter().find_map(|name| input[*name].as_str());
            let version = match id {
                Some(id) => version_of(state, id).unwrap_or_else(|| panic!("{}: no {id} in the state", self.mutation)),
                None if self.mutation.starts_with("company") => state["company"]["version"].clone(),
                None => state["viewer"]["user"]["version"].clone(),
            };
            input["version"] = version;
        }
        input
    }
}

fn version_of(state: &Value, id: &str) -> Option<Value> {
    match state {
        Value::Array(items) => items.iter().find_map(|item| version_of(item, id)),
        Value::Object(fields) if fields.get("id").is_some_and(|found| found == id) => fields.get("version").cloned(),
        Value::Object(fields) => fields.values().find_map(|item| version_of(item, id)),
        _ => None,
    }
}

/// Puts a value at a place like `lines.0.serviceId`.
pub fn put(input: &mut Value, place: &str, value: Value) {
    let mut at = input;
    for step in place.split('.') {
        at = match step.parse::<usize>() {
            Ok(index) if at.is_array() => &mut at[index],
            _ => &mut at[step],
        };
    }
    *at = value;
}
