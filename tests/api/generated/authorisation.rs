//! Who may use a root field is what its description says, for every one of them: nobody without a token, nobody without
//! the permission, unless it says that it is public.

use std::collections::BTreeMap;

use harness::introspection::{Operation, Root, Schema};
use harness::{Client, Company};

use super::values::Maker;
use crate::client_access::sign_in;

/// What is a client's own, beside what any visitor of a page may ask.
const OF_CLIENTS: [&str; 6] =
    ["booking", "bookingCancel", "bookingReschedule", "clientBookings", "clientSelf", "clientSignOut"];

/// What a root field's description says about who may.
enum Rule {
    /// Anybody.
    Public,
    /// Whoever is logged in.
    LoggedIn,
    /// Whoever has one of these permissions.
    OneOf(Vec<String>),
}

/// Reads `Permission: a.b.`, `Permission: a.b or a.c.`, `Permission: signed in.` and `Public: …`. Where `x.own` opens a
/// field, `x.all` does so too.
fn rule(root: &Root, known: &[String]) -> Rule {
    let Some((_, said)) = root.description.split_once("Permission: ") else { return Rule::Public };
    let words = said.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.' && letter != '_');
    let mut named: Vec<String> =
        words.map(|word| word.trim_end_matches('.').to_owned()).filter(|word| known.contains(word)).collect();
    let wider: Vec<String> =
        named.iter().filter_map(|name| Some(format!("{}.all", name.strip_suffix(".own")?))).collect();
    named.extend(wider);
    if named.is_empty() { Rule::LoggedIn } else { Rule::OneOf(named) }
}

fn known() -> Vec<String> {
    access::all_permissions().iter().map(|permission| permission.name.to_owned()).collect()
}

/// The code with which a root field refuses a caller; empty when it lets them in.
async fn refusal(client: &Client, maker: &Maker<'_>, root: &Root) -> String {
    let variables = maker.variables(root, &[]);
    let operation = root.operation(maker.schema, &variables);
    let answer = match root.operation {
        Operation::Subscription => client.first_event(&operation, variables).await,
        Operation::Query | Operation::Mutation => Some(client.run(&operation, variables).await),
    };
    let of_access = |code: &String| ["UNAUTHENTICATED", "FORBIDDEN"].contains(&code.as_str());
    answer.into_iter().flat_map(|answer| answer.codes()).find(of_access).unwrap_or_default()
}

harness::api_test! {
    async fn nobody_gets_in_without_a_token_unless_it_is_public(app: &App) {
        let company = Company::new(app).await;
        let ids = company.ids().await;
        let schema = Schema::of(&app.client()).await;
        let maker = Maker { schema: &schema, ids: &ids, company: &company };
        let known = known();
        let mut open = Vec::new();
        for root in schema.roots() {
            let refused = refusal(&app.client(), &maker, &root).await;
            if !matches!(rule(&root, &known), Rule::Public) && refused != "UNAUTHENTICATED" {
                open.push(format!("{} {} {refused}", root.operation.keyword(), root.name));
            }
        }
        assert!(open.is_empty(), "{open:#?}");
    }
}

harness::api_test! {
    async fn nobody_gets_in_without_the_permission(app: &App) {
        let company = Company::new(app).await;
        let ids = company.ids().await;
        let schema = Schema::of(&app.client()).await;
        let maker = Maker { schema: &schema, ids: &ids, company: &company };
        let known = known();
        let mut wrong = Vec::new();
        // One key per set of permissions: a company may have only so many.
        let mut keys: BTreeMap<Vec<String>, Client> = BTreeMap::new();
        for root in schema.roots() {
            let Rule::OneOf(named) = rule(&root, &known) else { continue };
            if !keys.contains_key(&named) {
                let others: Vec<&str> =
                    known.iter().filter(|permission| !named.contains(permission)).map(String::as_str).collect();
                keys.insert(named.clone(), company.key_with(&others).await);
            }
            let refused = refusal(&keys[&named], &maker, &root).await;
            if refused != "FORBIDDEN" {
                wrong.push(format!("{} without {named:?}: {refused:?}", root.name));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

harness::api_test! {
    /// The control: with the permission it names, a root field lets an administrator in.
    async fn whoever_has_the_permission_gets_in(app: &App) {
        let company = Company::new(app).await;
        let ids = company.ids().await;
        let schema = Schema::of(&app.client()).await;
        let maker = Maker { schema: &schema, ids: &ids, company: &company };
        let known = known();
        let mut shut = Vec::new();
        for root in schema.roots() {
            if let Rule::OneOf(_) = rule(&root, &known) {
                let refused = refusal(&company.administrator, &maker, &root).await;
                if !refused.is_empty() {
                    shut.push(format!("{}: {refused}", root.name));
                }
            }
        }
        assert!(shut.is_empty(), "{shut:#?}");
    }
}

harness::api_test! {
    /// A client who signed in gets in where the page does on which they did, and to their own; not to what people who work
    /// here may, whatever is added later.
    async fn a_client_gets_in_where_a_page_does_and_to_what_is_theirs(app: &App) {
        let company = Company::new(app).await;
        let ids = company.ids().await;
        let schema = Schema::of(&app.client()).await;
        let maker = Maker { schema: &schema, ids: &ids, company: &company };
        let page = company.publishable().await;
        let client = sign_in(&page, &company, "somebody@example.com").await;
        let mut roots = schema.roots();
        roots.sort_by_key(|root| root.name == "clientSignOut");
        let mut wrong = Vec::new();
        let mut own = Vec::new();
        for root in &roots {
            let of_page = refusal(&page, &maker, root).await;
            let of_client = refusal(&client, &maker, root).await;
            if of_page == of_client {
                continue;
            }
            own.push(root.name.as_str());
            if !of_client.is_empty() {
                wrong.push(format!("{}: {of_page:?} to a page, {of_client:?} to a client", root.name));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        own.sort_unstable();
        assert_eq!(own, OF_CLIENTS);
    }
}
