//! The schema as a running server tells it, for tests that are generated from it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::Client;

/// All types by name, and the roots.
#[derive(Debug, Clone)]
pub struct Schema {
    types: BTreeMap<String, Value>,
    directives: Vec<Value>,
    roots: BTreeMap<Operation, String>,
}

/// What a root field belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Reads.
    Query,
    /// Writes.
    Mutation,
    /// Listens.
    Subscription,
}

impl Operation {
    /// The keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// A type as a field or argument has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A name.
    Named(String),
    /// A list.
    List(Box<Type>),
    /// Never null.
    Required(Box<Type>),
}

/// A root field.
#[derive(Debug, Clone)]
pub struct Root {
    /// Where it is.
    pub operation: Operation,
    /// Its name.
    pub name: String,
    /// Its description, on one line.
    pub description: String,
    /// Its arguments.
    pub arguments: Vec<Input>,
    /// Its type.
    pub kind: Type,
}

/// An argument, or a field of an input object.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Whether it may be left out though its type is required.
    pub has_default: bool,
}

const QUERY: &str = "{ __schema { queryType { name } mutationType { name } subscriptionType { name } directives { name description }
    types { kind name description isOneOf
        enumValues(includeDeprecated: true) { name description }
        inputFields { name description defaultValue type { ...T } }
        fields(includeDeprecated: true) { name description type { ...T } args { name description defaultValue type { ...T } } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

impl Schema {
    /// Asks a server.
    pub async fn of(client: &Client) -> Self {
        let mut data = client.data(QUERY, Value::Null).await;
        let mut schema = data["__schema"].take();
        let roots = [
            (Operation::Query, "queryType"),
            (Operation::Mutation, "mutationType"),
            (Operation::Subscription, "subscriptionType"),
        ];
        let roots = roots.into_iter().filter_map(|(root, key)| Some((root, schema[key]["name"].as_str()?.to_owned())));
        let roots = roots.collect();
        let directives = schema["directives"].as_array().cloned().unwrap_or_default();
        let types = schema["types"].take();
        let types = types.as_array().into_iter().flatten().map(|kind| (text(&kind["name"]), kind.clone())).collect();
        Self { types, directives, roots }
    }

    /// All root fields, in the order of their names.
    pub fn roots(&self) -> Vec<Root> {
        let mut roots = Vec::new();
        for (operation, name) in &self.roots {
            for field in items(&self.types[name]["fields"]) {
                roots.push(Root {
                    operation: *operation,
                    name: text(&field["name"]),
                    description: text(&field["description"]).split_whitespace().collect::<Vec<_>>().join(" "),
                    arguments: items(&field["args"]).map(Input::read).collect(),
                    kind: Type::read(&field["type"]),
                });
            }
        }
        roots.sort_by(|a, b| (a.operation, &a.name).cmp(&(b.operation, &b.name)));
        roots
    }

    /// The kind of a named type: `OBJECT`, `SCALAR`, …
    pub fn kind(&self, name: &str) -> &str {
        self.types.get(name).and_then(|kind| kind["kind"].as_str()).unwrap_or("")
    }

    /// The fields of an input object.
    pub fn input_fields(&self, name: &str) -> Vec<Input> {
        self.types.get(name).into_iter().flat_map(|kind| items(&kind["inputFields"])).map(Input::read).collect()
    }

    /// Whether exactly one field of an input object may be given.
    pub fn is_one_of(&self, name: &str) -> bool {
        self.types.get(name).is_some_and(|kind| kind["isOneOf"] == true)
    }

    /// The values of an enum.
    pub fn enum_values(&self, name: &str) -> Vec<String> {
        self.types
            .get(name)
            .into_iter()
            .flat_map(|kind| items(&kind["enumValues"]))
            .map(|value| text(&value["name"]))
            .collect()
    }

    /// The smallest selection of a type: nothing for a leaf, else what shows whether there is anything.
    pub fn selection(&self, kind: &Type) -> &'static str {
        match self.kind(kind.name()) {
            "OBJECT" if kind.name().ends_with("Connection") => "{ nodes { __typename } }",
            "OBJECT" | "INTERFACE" | "UNION" => "{ __typename }",
            _ => "",
        }
    }

    /// Every named thing of the schema without a description, as `Type`, `Type.field`, `Type.field(argument)`, `@directive`.
    pub fn undescribed(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut look = |value: &Value, name: String| {
            if value["description"].as_str().unwrap_or_default().trim().is_empty() {
                found.push(name);
            }
        };
        for (name, kind) in self.types.iter().filter(|(name, _)| !name.starts_with("__")) {
            look(kind, name.clone());
            for field in items(&kind["fields"]) {
                let field_name = text(&field["name"]);
                look(field, format!("{name}.{field_name}"));
                for argument in items(&field["args"]) {
                    look(argument, format!("{name}.{field_name}({})", text(&argument["name"])));
                }
            }
            for key in ["inputFields", "enumValues"] {
                items(&kind[key]).for_each(|value| look(value, format!("{name}.{}", text(&value["name"]))));
            }
        }
        self.directives.iter().for_each(|directive| look(directive, format!("@{}", text(&directive["name"]))));
        found
    }
}

impl Root {
    /// A whole operation for these variables, which have the arguments' own names.
    pub fn operation(&self, schema: &Schema, variables: &Value) -> String {
        let given: Vec<&Input> = self.arguments.iter().filter(|input| !variables[&input.name].is_null()).collect();
        let variables: Vec<String> = given.iter().map(|input| format!("${}: {}", input.name, input.kind)).collect();
        let arguments: Vec<String> = given.iter().map(|input| format!("{0}: ${0}", input.name)).collect();
        let brackets =
            |parts: Vec<String>| if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
        format!(
            "{}{} {{ {}{} {} }}",
            self.operation.keyword(),
            brackets(variables),
            self.name,
            brackets(arguments),
            schema.selection(&self.kind)
        )
    }
}

impl Input {
    fn read(value: &Value) -> Self {
        Self {
            name: text(&value["name"]),
            kind: Type::read(&value["type"]),
            has_default: !value["defaultValue"].is_null(),
        }
    }

    /// Whether it must be given.
    pub fn is_required(&self) -> bool {
        matches!(self.kind, Type::Required(_)) && !self.has_default
    }
}

impl Type {
    /// The type that an introspection's `type` tells.
    pub fn read(value: &Value) -> Self {
        match value["kind"].as_str() {
            Some("NON_NULL") => Self::Required(Box::new(Self::read(&value["ofType"]))),
            Some("LIST") => Self::List(Box::new(Self::read(&value["ofType"]))),
            _ => Self::Named(text(&value["name"])),
        }
    }

    /// The name inside lists and requirements.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::Required(inner) => inner.name(),
        }
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => out.write_str(name),
            Self::List(inner) => write!(out, "[{inner}]"),
            Self::Required(inner) => write!(out, "{inner}!"),
        }
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
