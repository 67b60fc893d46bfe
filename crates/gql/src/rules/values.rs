//! Whether a value that stands in a document is one of the type that is expected there, and which variables stand in it.

use async_graphql::Name;
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql_value::Value as Literal;

use crate::syntax::quoted;
use crate::variables::{is_whole, shown};

/// Where a variable stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'k> {
    /// The type that is expected there.
    pub(super) kind: &'k str,
    /// Whether there is a value if the variable has none.
    pub(super) has_default: bool,
    /// Whether it is the field of an object that has exactly one.
    pub(super) is_one_of: bool,
}

/// A variable and where it stands; no place inside a scalar that takes anything.
pub(super) type Use<'v, 'k> = (&'v Name, Option<Place<'k>>);

/// Checks a value and gathers its variables, also where it says no.
pub(super) fn check<'v, 'k>(
    value: &'v Literal,
    place: Place<'k>,
    registry: &'k Registry,
    uses: &mut Vec<Use<'v, 'k>>,
) -> Result<(), String> {
    if let Literal::Variable(name) = value {
        uses.push((name, Some(place)));
        return Ok(());
    }
    let inside = |kind| Place { kind, has_default: false, is_one_of: false };
    match MetaTypeName::create(place.kind) {
        MetaTypeName::NonNull(kind) if *value == Literal::Null => {
            Err(format!("null is not {}", quoted(&format!("{kind}!"))))
        }
        MetaTypeName::NonNull(kind) => check(value, inside(kind), registry, uses),
        _ if *value == Literal::Null => Ok(()),
        MetaTypeName::List(kind) => match value {
            // All items are looked at, so that no variable is overlooked.
            Literal::List(items) => {
                let mut checked = Ok(());
                for item in items {
                    checked = checked.and(check(item, inside(kind), registry, uses));
                }
                checked
            }
            _ => check(value, inside(kind), registry, uses),
        },
        MetaTypeName::Named(name) => named(value, name, registry, uses),
    }
}

fn named<'v, 'k>(
    value: &'v Literal,
    kind: &'k str,
    registry: &'k Registry,
    uses: &mut Vec<Use<'v, 'k>>,
) -> Result<(), String> {
    match (registry.types.get(kind), value) {
        (Some(MetaType::Scalar { is_valid, .. }), _) => {
            let before = uses.len();
            variables(value, uses);
            if uses.len() > before && !is_builtin(kind) {
                return Ok(());
            }
            let is_fine = match kind {
                "Int" => {
                    matches!(value, Literal::Number(number) if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()))
                }
                "Float" => matches!(value, Literal::Number(_)),
                "String" => matches!(value, Literal::String(_)),
                "Boolean" => matches!(value, Literal::Boolean(_)),
                "ID" => {
                    matches!(value, Literal::String(_)) || matches!(value, Literal::Number(number) if is_whole(number))
                }
                _ => match (is_valid, value.clone().into_const()) {
                    (Some(is_valid), Some(value)) => is_valid(&value),
                    _ => true,
                },
            };
            if is_fine { Ok(()) } else { Err(not_of(value, kind)) }
        }
        (Some(MetaType::Enum { enum_values, .. }), Literal::Enum(name)) if enum_values.contains_key(name.as_str()) => {
            Ok(())
        }
        (Some(MetaType::InputObject { input_fields, oneof, .. }), Literal::Object(fields)) => {
            let mut checked = Ok(());
            for (name, value) in fields {
                checked = checked.and(if let Some(field) = input_fields.get(name.as_str()) {
                    let has_default = field.default_value.is_some();
                    let place = Place { kind: &field.ty, has_default, is_one_of: *oneof };
                    check(value, place, registry, uses).map_err(|why| format!("{}: {why}", quoted(name)))
                } else {
                    variables(value, uses);
                    Err(format!("{} has no field {}", quoted(kind), quoted(name)))
                });
            }
            checked?;
            let is_missing = |name: &String, ty: &str, has_default: bool| {
                ty.ends_with('!') && !has_default && !fields.contains_key(name.as_str())
            };
            let missing =
                input_fields.iter().find(|(name, field)| is_missing(name, &field.ty, field.default_value.is_some()));
            if let Some((name, field)) = missing {
                return Err(format!("{} of {} is required", quoted(&format!("{name}: {}", field.ty)), quoted(kind)));
            }
            if *oneof && (fields.len() != 1 || fields.values().any(|value| *value == Literal::Null)) {
                return Err(format!("exactly one field of {} is to be given", quoted(kind)));
            }
            Ok(())
        }
        (None, _) => {
            variables(value, uses);
            Ok(())
        }
        _ => {
            variables(value, uses);
            Err(not_of(value, kind))
        }
    }
}

fn not_of(value: &Literal, kind: &str) -> String {
    match value.clone().into_const() {
        Some(value) => format!("{} is not {}", shown(&value), quoted(kind)),
        None => format!("this is not {}", quoted(kind)),
    }
}

fn is_builtin(kind: &str) -> bool {
    matches!(kind, "Int" | "Float" | "String" | "Boolean" | "ID")
}

/// Gathers the variables of a value whose type nobody knows.
pub(super) fn variables<'v>(value: &'v Literal, uses: &mut Vec<Use<'v, '_>>) {
    match value {
        Literal::Variable(name) => uses.push((name, None)),
        Literal::List(items) => items.iter().for_each(|item| variables(item, uses)),
        Literal::Object(fields) => fields.values().for_each(|value| variables(value, uses)),
        _ => {}
    }
}
