//! A schema as a flat list of what programs can refer to.

use std::collections::BTreeMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    ConstDirective, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};

/// Something that programs can refer to.
pub struct Member {
    /// Where it is: `Type.field(argument:)`.
    pub coordinate: String,
    /// What it is.
    pub what: What,
    /// Whether it is deprecated.
    pub deprecated: bool,
}

/// What a member is, with what programs rely on.
pub enum What {
    /// A named type of this kind.
    Type(&'static str),
    /// A field of an object or interface.
    Field(Type),
    /// An argument.
    Argument { kind: Type, default: Option<String> },
    /// A field of an input object.
    InputField { kind: Type, default: Option<String> },
    /// A value of an enum.
    EnumValue,
    /// A type in a union.
    UnionMember(String),
    /// An interface of a type.
    Implements(String),
    /// The type at which an operation begins.
    Root(&'static str),
    /// A directive.
    Directive,
}

/// All members of a schema by their path: the names from the type down.
pub struct Members(BTreeMap<Vec<String>, Member>);

impl Members {
    /// The members of a parsed schema.
    pub fn of(document: &ServiceDocument) -> Self {
        let mut members = Self(BTreeMap::new());
        for definition in &document.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let roots = [
                        ("queries", &schema.node.query),
                        ("mutations", &schema.node.mutation),
                        ("subscriptions", &schema.node.subscription),
                    ];
                    for (operation, name) in roots {
                        if let Some(name) = name {
                            let path = vec![name.node.to_string(), format!("root of {operation}")];
                            members.add(path, name.node.to_string(), What::Root(operation), &[]);
                        }
                    }
                }
                TypeSystemDefinition::Type(kind) => members.add_type(&kind.node),
                TypeSystemDefinition::Directive(directive) => {
                    let name = format!("@{}", directive.node.name.node);
                    members.add(vec![name.clone()], name.clone(), What::Directive, &[]);
                    members.add_arguments(std::slice::from_ref(&name), &name, &directive.node.arguments);
                }
            }
        }
        members
    }

    /// All members, with their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&Vec<String>, &Member)> {
        self.0.iter()
    }

    /// The member at this path.
    pub fn get(&self, path: &[String]) -> Option<&Member> {
        self.0.get(path)
    }

    /// Whether the other schema lacks, or has as something else, what this path leads through.
    pub fn is_part_of_missing(&self, path: &[String], other: &Self) -> bool {
        (1..path.len()).any(|length| match (self.get(&path[..length]), other.get(&path[..length])) {
            (Some(Member { what: What::Type(here), .. }), Some(Member { what: What::Type(there), .. })) => {
                here != there
            }
            (_, found) => found.is_none(),
        })
    }

    fn add(&mut self, path: Vec<String>, coordinate: String, what: What, directives: &[Positioned<ConstDirective>]) {
        let deprecated = directives.iter().any(|directive| directive.node.name.node == "deprecated");
        self.0.insert(path, Member { coordinate, what, deprecated });
    }

    fn add_type(&mut self, definition: &TypeDefinition) {
        let name = definition.name.node.to_string();
        let one_of = definition.directives.iter().any(|directive| directive.node.name.node == "oneOf");
        let kind = match &definition.kind {
            TypeKind::Scalar => "a scalar",
            TypeKind::Object(_) => "an object",
            TypeKind::Interface(_) => "an interface",
            TypeKind::Union(_) => "a union",
            TypeKind::Enum(_) => "an enum",
            TypeKind::InputObject(_) if one_of => "an input of which one field is given",
            TypeKind::InputObject(_) => "an input",
        };
        self.add(vec![name.clone()], name.clone(), What::Type(kind), &definition.directives);
        match &definition.kind {
            TypeKind::Scalar => {}
            TypeKind::Object(object) => self.add_fields(&name, &object.implements, &object.fields),
            TypeKind::Interface(interface) => self.add_fields(&name, &interface.implements, &interface.fields),
            TypeKind::Union(union) => {
                for member in &union.members {
                    let path = vec![name.clone(), format!("| {}", member.node)];
                    self.add(path, name.clone(), What::UnionMember(member.node.to_string()), &[]);
                }
            }
            TypeKind::Enum(values) => {
                for value in &values.values {
                    let (path, coordinate) = below(&name, &value.node.value.node);
                    self.add(path, coordinate, What::EnumValue, &value.node.directives);
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    let (path, coordinate) = below(&name, &field.node.name.node);
                    let (kind, default) = input_of(&field.node);
                    self.add(path, coordinate, What::InputField { kind, default }, &field.node.directives);
                }
            }
        }
    }

    fn add_fields<N: ToString>(
        &mut self,
        owner: &str,
        interfaces: &[Positioned<N>],
        fields: &[Positioned<FieldDefinition>],
    ) {
        for interface in interfaces {
            let interface = interface.node.to_string();
            let path = vec![owner.to_owned(), format!("& {interface}")];
            self.add(path, owner.to_owned(), What::Implements(interface), &[]);
        }
        for field in fields {
            let (path, coordinate) = below(owner, &field.node.name.node);
            self.add_arguments(&path, &coordinate, &field.node.arguments);
            self.add(path, coordinate, What::Field(field.node.ty.node.clone()), &field.node.directives);
        }
    }

    fn add_arguments(&mut self, path: &[String], owner: &str, arguments: &[Positioned<InputValueDefinition>]) {
        for argument in arguments {
            let name = argument.node.name.node.to_string();
            let path = path.iter().cloned().chain([name.clone()]).collect();
            let (kind, default) = input_of(&argument.node);
            let what = What::Argument { kind, default };
            self.add(path, format!("{owner}({name}:)"), what, &argument.node.directives);
        }
    }
}

fn below(owner: &str, name: &str) -> (Vec<String>, String) {
    (vec![owner.to_owned(), name.to_owned()], format!("{owner}.{name}"))
}

fn input_of(input: &InputValueDefinition) -> (Type, Option<String>) {
    (input.ty.node.clone(), input.default_value.as_ref().map(|value| value.node.to_string()))
}
