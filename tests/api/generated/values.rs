//! Input that is right as far as its form goes, made from the schema: what is under test is then the only thing wrong.
//! What a name means is guessed from the API's conventions (`serviceId`, `startsAt`, `idempotencyKey`).

use harness::introspection::{Input, Root, Schema, Type};
use harness::{Company, Ids};
use serde_json::{Map, Value, json};

/// What ids are called in the API, and their prefixes. A longer name wins: `resourceKindId` is not a `kindId`.
const NAMES: [(&str, &str); 50] = [
    ("absence", "abs"),
    ("addon", "add"),
    ("administrator", "mem"),
    ("actor", "usr"),
    ("apikey", "key"),
    ("assignee", "stf"),
    ("booking", "bkg"),
    ("busycalendar", "bcl"),
    ("calendarfeed", "fed"),
    ("cancellationpolicy", "cxp"),
    ("bookingseries", "bsr"),
    ("category", "cat"),
    ("client", "cli"),
    ("clientnote", "not"),
    ("closure", "clo"),
    ("company", "cmp"),
    ("customrole", "rol"),
    ("event", "evt"),
    ("feed", "fed"),
    ("exception", "exc"),
    ("groupsession", "gse"),
    ("hold", "hld"),
    ("invitation", "inv"),
    ("job", "job"),
    ("key", "key"),
    ("line", "bln"),
    ("location", "loc"),
    ("maintenance", "mnt"),
    ("member", "mem"),
    ("membership", "mem"),
    ("message", "msg"),
    ("note", "not"),
    ("resource", "rsc"),
    ("resourcekind", "rty"),
    ("role", "rol"),
    ("rota", "rot"),
    ("scheduleexception", "exc"),
    ("service", "svc"),
    ("servicecategory", "cat"),
    ("session", "ses"),
    ("staff", "stf"),
    ("staffexception", "exc"),
    ("staffmember", "stf"),
    ("template", "tpl"),
    ("subject", "bkg"),
    ("timeoff", "abs"),
    ("kind", "rty"),
    ("user", "usr"),
    ("waitlist", "wle"),
    ("waitlistentry", "wle"),
];

/// The prefix of an id that is called `name` in the root field `root`.
pub fn prefix(root: &str, name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase();
    let plain = plain.strip_suffix("ids").or_else(|| plain.strip_suffix("id")).unwrap_or(&plain);
    let whole = root.to_ascii_lowercase();
    let longest = |matches: &dyn Fn(&str) -> bool| {
        let found = NAMES.iter().filter(|(name, _)| matches(name));
        found.max_by_key(|(name, _)| name.len()).map(|(_, prefix)| *prefix)
    };
    if plain.is_empty() {
        // `serviceArchive(input: {id})`, `service(id)`: the noun that the field begins with.
        return longest(&|noun| whole.starts_with(noun)).or_else(|| longest(&|noun| whole.contains(noun)));
    }
    longest(&|noun| plain.ends_with(noun))
}

/// Makes input.
pub struct Maker<'a> {
    pub schema: &'a Schema,
    pub ids: &'a Ids,
    pub company: &'a Company,
}

/// A place inside the variables of an operation: names, and `0` for the first entry of a list.
pub type Place = Vec<String>;

impl Maker<'_> {
    /// Variables with everything that is required, and with what leads to `place`.
    pub fn variables(&self, root: &Root, place: &[String]) -> Value {
        let mut variables = self.object(root, &root.arguments, place, false);
        self.complete(root, place, &mut variables);
        variables
    }

    /// Adds what only belongs together by rules that types do not express.
    fn complete(&self, root: &Root, place: &[String], variables: &mut Value) {
        if let [above @ .., last] = place
            && last == "customRoleId"
        {
            let kind: Place = above.iter().cloned().chain(["kind".to_owned()]).collect();
            put(variables, &kind, json!("CUSTOM"));
        }
        // Seats of a session have its time and place.
        if root.name == "bookingCreate" && place.last().is_some_and(|last| last == "groupSessionId") {
            put(variables, &["input".to_owned(), "clientId".to_owned()], json!(self.company.visitor));
            return;
        }
        // Somebody waits for seats of a session, or for a visit in some hours, as one card.
        if root.name == "waitlistJoin" {
            let input = &mut variables["input"];
            let is_led_to = |field: &str| place.get(1).is_some_and(|step| step == field);
            if !is_led_to("groupSessionId") {
                let hours = json!({ "from": "2026-03-20", "to": "2026-03-27", "startsAt": "09:00", "endsAt": "12:00" });
                input["windows"] = json!([hours]);
                for (field, value) in [("locationId", &self.company.location), ("serviceId", &self.company.service)] {
                    if !is_led_to(field) {
                        input[field] = json!(value);
                    }
                }
            }
            if !is_led_to("clientId") {
                input["clientId"] = json!(self.company.visitor);
            }
        }
        // A session is of a service for groups, which the last one is.
        if ["groupSessionCreate", "groupSessionsCreate"].contains(&root.name.as_str()) {
            let input = &mut variables["input"];
            input["capacity"] = json!(10);
            if root.name == "groupSessionsCreate" {
                input["recurrence"] = json!({ "rule": "FREQ=WEEKLY;COUNT=2" });
            }
            if place.last().is_none_or(|last| last != "serviceId") {
                input["serviceId"] = json!(self.ids["svc"].last());
            }
        }
        // A visit is either what a hold holds, or a place, a time and lines, which then fit together.
        if ["bookingCreate", "holdCreate", "bookingSeriesCreate"].contains(&root.name.as_str()) {
            let start = self.company.free_start();
            if root.name == "bookingSeriesCreate" {
                let input = &mut variables["input"];
                (input["firstDate"], input["time"]) = (json!(start[..10]), json!(start[11..16]));
            }
            let Value::Object(visit) = self.company.visit(&start) else { return };
            let known: Vec<String> =
                self.schema.input_fields(root.arguments[0].kind.name()).into_iter().map(|input| input.name).collect();
            let is_led_to = |field: &str| place.get(1).is_some_and(|step| step == field);
            for (field, value) in visit.into_iter().filter(|(field, _)| known.contains(field)) {
                let input = &mut variables["input"][&field];
                // In a list that leads to the place, what stands beside it is completed.
                match (&mut *input, &value) {
                    (Value::Array(lines), Value::Array(given)) if is_led_to(&field) => complete_lines(lines, given),
                    (input, _) if !is_led_to(&field) => *input = value,
                    _ => {}
                }
            }
        }
        if root.name == "bookingSeriesCreate" {
            put(variables, &["input", "recurrence", "rule"].map(str::to_owned), json!("FREQ=DAILY;COUNT=1"));
        }
        let is_about = |field: &str| place.last().is_some_and(|last| last == field);
        if root.name == "bookingLinesUpdate" && !is_about("lineId") {
            variables["input"]["lines"][0]["lineId"] = json!(self.ids["bln"][0]);
        }
        if root.name == "bookingsReassign" && !is_about("staffId") {
            variables["input"]["staffId"] = json!(self.company.staff[1]);
        }
        if root.name == "bookingUpdate" {
            put(variables, &["input".to_owned(), "clientNote".to_owned()], json!("Проба"));
        }
    }

    fn object(&self, root: &Root, inputs: &[Input], place: &[String], one_of: bool) -> Value {
        let mut object = Map::new();
        let wanted = place.first();
        for input in inputs {
            let leads = wanted == Some(&input.name);
            let first_of_one = one_of && wanted.is_none() && object.is_empty();
            if leads || first_of_one || (input.is_required() && !one_of) {
                let rest = if leads { &place[1..] } else { &[] };
                object.insert(input.name.clone(), self.value(root, input, &input.kind, rest));
            }
        }
        Value::Object(object)
    }

    fn value(&self, root: &Root, input: &Input, kind: &Type, place: &[String]) -> Value {
        match kind {
            Type::Required(inner) => self.value(root, input, inner, place),
            Type::List(inner) => json!([self.value(root, input, inner, place.get(1..).unwrap_or_default())]),
            Type::Named(name) => match self.schema.kind(name) {
                "INPUT_OBJECT" => {
                    self.object(root, &self.schema.input_fields(name), place, self.schema.is_one_of(name))
                }
                "ENUM" => json!(self.schema.enum_values(name)[0]),
                _ => self.scalar(root, &input.name, name),
            },
        }
    }

    fn scalar(&self, root: &Root, name: &str, kind: &str) -> Value {
        let lower = name.to_ascii_lowercase();
        let is = |part: &str| lower.contains(part);
        match kind {
            "ID" => {
                let ids = prefix(&root.name, name).and_then(|prefix| self.ids.get(prefix)?.first());
                json!(ids.cloned().unwrap_or_else(|| "unknown".to_owned()))
            }
            "Int" => json!(if is("minute") { 30 } else { 1 }),
            "Long" => json!(10_000),
            "Float" => json!(1.0),
            "Boolean" => json!(false),
            "DateTime" if is("end") || lower == "to" || is("until") => json!("2026-03-10T11:00:00+02:00"),
            "DateTime" => json!("2026-03-10T10:00:00+02:00"),
            "LocalDate" if is("end") || lower == "to" || is("until") => json!("2026-03-11"),
            "LocalDate" => json!("2026-03-10"),
            "LocalTime" if is("end") || lower == "to" || is("close") => json!("18:00"),
            "LocalTime" => json!("10:00"),
            "TimeZone" => json!("Europe/Kyiv"),
            "Currency" => json!("UAH"),
            _ => json!(text(&lower)),
        }
    }

    /// Every place of an operation's variables where an id stands.
    pub fn places(&self, root: &Root) -> Vec<Place> {
        let mut found = Vec::new();
        self.look(&root.arguments, &mut Vec::new(), &mut found);
        found
    }

    fn look(&self, inputs: &[Input], path: &mut Place, found: &mut Vec<Place>) {
        for input in inputs {
            // Filters may hold themselves (and, or): a few levels show every field.
            if path.len() > 8 {
                return;
            }
            let before = path.len();
            path.push(input.name.clone());
            let mut kind = &input.kind;
            while !matches!(kind, Type::Named(_)) {
                if let Type::List(_) = kind {
                    path.push("0".to_owned());
                }
                kind = match kind {
                    Type::List(inner) | Type::Required(inner) => inner,
                    Type::Named(_) => kind,
                };
            }
            match (self.schema.kind(kind.name()), kind.name()) {
                (_, "ID") => found.push(path.clone()),
                ("INPUT_OBJECT", name) => self.look(&self.schema.input_fields(name), path, found),
                _ => {}
            }
            path.truncate(before);
        }
    }
}

/// A text of the form that a field of this name asks for.
fn text(name: &str) -> String {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let is = |part: &str| name.contains(part);
    if is("email") {
        format!("{unique}@example.com")
    } else if is("phone") {
        "+380501234567".to_owned()
    } else if is("password") {
        "правильний кінь батарея".to_owned()
    } else if is("slug") {
        format!("s{}", &unique[..12])
    } else if is("color") || is("colour") {
        "#336699".to_owned()
    } else if is("origin") {
        "https://example.com".to_owned()
    } else if is("key") {
        unique
    } else if is("permission") {
        "company.read".to_owned()
    } else {
        format!("Проба {}", &unique[..6])
    }
}

/// Adds to each line what it lacks of the given one.
fn complete_lines(lines: &mut [Value], given: &[Value]) {
    for (line, given) in lines.iter_mut().zip(given) {
        for (field, value) in given.as_object().into_iter().flatten() {
            line[field] = value.clone();
        }
    }
}

/// Puts `value` at `place` of `variables`.
pub fn put(variables: &mut Value, place: &[String], value: Value) {
    let mut at = variables;
    for step in place {
        at = match step.parse::<usize>() {
            Ok(index) if at.is_array() => &mut at[index],
            _ => &mut at[step.as_str()],
        };
    }
    *at = value;
}
