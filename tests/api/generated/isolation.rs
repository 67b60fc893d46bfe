//! Company isolation, for every id in every argument of every operation: as a member of company A, an id of company B is
//! `NOT_FOUND`, and the answer is the same as for an id that nobody has.

use std::collections::BTreeSet;

use harness::introspection::{Operation, Root, Schema};
use harness::{Answer, App, Client, Company};
use serde_json::json;

use super::values::{Maker, Place, prefix, put};

/// Filters that compare with whatever is written in a log, of which nothing is looked up: a foreign id finds nothing, as
/// one that nobody has.
const COMPARED: [&str; 2] = ["auditLog(filter.actorId)", "auditLog(filter.subjectId)"];

/// Kinds of things that `node` does not give: parts of something else, what one has only by its token, and what belongs
/// to a person.
const NO_NODES: [&str; 5] = ["add", "bln", "hld", "ses", "usr"];

/// A place in an operation.
struct Probe<'a> {
    root: &'a Root,
    place: Place,
    prefix: &'static str,
}

impl Probe<'_> {
    fn name(&self) -> String {
        format!("{}({})", self.root.name, self.place.join("."))
    }

    /// The same with the kind of id.
    fn case(&self) -> String {
        format!("{} {}", self.name(), self.prefix)
    }
}

/// An id that nobody has.
fn nobodys(prefix: &str) -> String {
    let id = kernel::UserId::new().to_string();
    id.replacen("usr", prefix, 1)
}

async fn ask(client: &Client, maker: &Maker<'_>, probe: &Probe<'_>, id: &str) -> Answer {
    let mut variables = maker.variables(probe.root, &probe.place);
    put(&mut variables, &probe.place, json!(id));
    let operation = probe.root.operation(maker.schema, &variables);
    match probe.root.operation {
        Operation::Query | Operation::Mutation => client.run(&operation, variables).await,
        Operation::Subscription => client.first_event(&operation, variables).await.unwrap_or_else(Answer::nothing),
    }
}

/// An answer without what differs between two calls: the ids that were sent, and ids of requests.
fn comparable(answer: &Answer, id: &str) -> String {
    let mut text = answer.to_string().replace(id, "<id>");
    while let Some(at) = text.find("\"requestId\":\"") {
        let end = text[at + 13..].find('"').map_or(text.len(), |end| at + 14 + end);
        text.replace_range(at..end, "");
    }
    text
}

fn probes<'a>(maker: &Maker<'_>, roots: &'a [Root]) -> Vec<Probe<'a>> {
    let mut probes = Vec::new();
    let mut unknown = Vec::new();
    for root in roots {
        for place in maker.places(root) {
            let name = place.iter().rev().find(|step| step.parse::<usize>().is_err()).cloned().unwrap_or_default();
            match prefix(&root.name, &name) {
                // `node` takes any id: each kind is a case.
                _ if root.name == "node" => {
                    probes.extend(maker.ids.keys().map(|prefix| Probe { root, place: place.clone(), prefix }));
                }
                Some(prefix) => probes.push(Probe { root, place, prefix }),
                None => unknown.push(format!("{}({})", root.name, place.join("."))),
            }
        }
    }
    assert!(unknown.is_empty(), "of what kind are these ids? {unknown:#?}");
    probes
}

harness::api_test! {
    async fn an_id_of_another_company_is_not_found(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let (ours, theirs) = (Company::new(&app).await, Company::new(&app).await);
        let (our_ids, their_ids) = (ours.ids().await, theirs.ids().await);
        let schema = Schema::of(&app.client()).await;
        let roots = schema.roots();
        let maker = Maker { schema: &schema, ids: &our_ids, company: &ours };
        let mut failures = Vec::new();
        let mut without_example = BTreeSet::new();
        for probe in probes(&maker, &roots) {
            let Some(foreign) = their_ids.get(probe.prefix).and_then(|ids| ids.first()) else {
                without_example.insert(probe.prefix);
                continue;
            };
            let nobodys = nobodys(probe.prefix);
            let answers = (ask(&ours.administrator, &maker, &probe, foreign).await, ask(&ours.administrator, &maker, &probe, &nobodys).await);
            let expected: &[&str] = if COMPARED.contains(&probe.name().as_str()) { &[] } else { &["NOT_FOUND"] };
            if answers.0.codes() != expected {
                failures.push(format!("{}: {}", probe.case(), answers.0));
            } else if comparable(&answers.0, foreign) != comparable(&answers.1, &nobodys) {
                failures.push(format!("{} tells them apart: {} {}", probe.case(), answers.0, answers.1));
            }
        }
        assert!(without_example.is_empty(), "the second company has nothing of these kinds: {without_example:?}");
        assert!(failures.is_empty(), "{} places:\n{}", failures.len(), failures.join("\n"));
    }
}

harness::api_test! {
    /// The control of the test above: an id of one's own in the same place is found, so the place is what it is taken for.
    async fn an_id_of_ones_own_is_found(engine: Engine) {
        let app = App::start(engine).await.expect("an app");
        let schema = Schema::of(&app.client()).await;
        let mut roots = schema.roots();
        // What ends things comes last.
        let ends = ["Archive", "Cancel", "Delete", "Remove", "Revoke", "Others", "Release", "Logout", "Decline"];
        let is_end = |root: &Root| ends.iter().any(|end| root.name.ends_with(end));
        roots.sort_by_key(is_end);
        let company = Company::new(&app).await;
        let mut failures = Vec::new();
        let mut ids = company.ids().await;
        for root in &roots {
            // What an operation archived or removed is no example for the next one.
            if is_end(root) {
                ids = company.ids().await;
            }
            let maker = Maker { schema: &schema, ids: &ids, company: &company };
            for probe in probes(&maker, std::slice::from_ref(root)) {
                if probe.root.name == "node" && NO_NODES.contains(&probe.prefix) {
                    continue;
                }
                let Some(own) = ids.get(probe.prefix).and_then(|ids| ids.first()) else { continue };
                let answer = ask(&company.administrator, &maker, &probe, own).await;
                let codes: BTreeSet<String> = answer.codes().into_iter().collect();
                if ["NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN", "INTERNAL"].iter().any(|code| codes.contains(*code)) {
                    failures.push(format!("{}: {}", probe.case(), answer));
                }
            }
        }
        assert!(failures.is_empty(), "{} places:\n{}", failures.len(), failures.join("\n"));
    }
}

harness::api_test! {
    async fn a_malformed_id_is_not_found_like_any_other(app: &App) {
        let company = Company::new(app).await;
        let ids = company.ids().await;
        let schema = Schema::of(&app.client()).await;
        let roots = schema.roots();
        let maker = Maker { schema: &schema, ids: &ids, company: &company };
        let mut failures = Vec::new();
        for probe in probes(&maker, &roots) {
            for wrong in ["", "x", "usr_", "01890a5d-ac96-774b-bcce-b302099a8057", "svc_01h455vb4pex5vsknk084sn02q\u{0}"] {
                let answer = ask(&company.administrator, &maker, &probe, wrong).await;
                if answer.codes() != ["NOT_FOUND"] {
                    failures.push(format!("{} {wrong:?}: {answer}", probe.name()));
                }
            }
        }
        assert!(failures.is_empty(), "{} places:\n{}", failures.len(), failures.join("\n"));
    }
}
