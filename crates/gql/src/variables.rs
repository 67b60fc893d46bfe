//! The values of variables, made to fit their declared types before anything runs (GraphQL, "Coercing Variable Values").
//! What was sent and not declared is dropped, what was declared and not sent gets its default, and what does not fit is an
//! error of the request, with the variable's name and the path inside its value.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{OperationDefinition, VariableDefinition};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{ErrorExtensionValues, Name, Number, Pos, ServerError, Value, Variables};

use crate::fault::{INVALID_ARGUMENT, coded};
use crate::syntax::quoted;

/// The variables that an operation runs with. At most five errors.
pub(crate) fn coerce(
    operation: &OperationDefinition,
    mut sent: Variables,
    registry: &Registry,
) -> Result<Variables, Vec<ServerError>> {
    const TOLD: usize = 5;
    let mut coerced = Variables::default();
    let mut errors = Vec::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        match one(&definition.node, sent.remove(name), registry) {
            Ok(Some(value)) => {
                coerced.insert(name.clone(), value);
            }
            Ok(None) => {}
            Err(misfit) => {
                errors.push(misfit.told(name, definition.pos));
                if errors.len() == TOLD {
                    break;
                }
            }
        }
    }
    if errors.is_empty() { Ok(coerced) } else { Err(errors) }
}

fn one(definition: &VariableDefinition, sent: Option<Value>, registry: &Registry) -> Result<Option<Value>, Misfit> {
    let kind = definition.var_type.node.to_string();
    match (sent, &definition.default_value) {
        (Some(value), _) => fit(value, &kind, registry).map(Some),
        (None, Some(default)) => Ok(Some(default.node.clone())),
        (None, None) if definition.var_type.node.nullable => Ok(None),
        (None, None) => Err(Misfit::new(format!("it is required: {}", quoted(&kind)))),
    }
}

/// The error of a variable that is null, or was not sent, where it decides whether a field is there.
pub(crate) fn no_condition(name: &Name, pos: Pos) -> ServerError {
    Misfit::new("null is not \"Boolean!\"").told(name, pos)
}

/// Why a value does not fit, and where in it: the innermost place first.
struct Misfit {
    reason: String,
    path: Vec<String>,
}

impl Misfit {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), path: Vec::new() }
    }

    fn at(mut self, place: impl ToString) -> Self {
        self.path.push(place.to_string());
        self
    }

    fn told(self, name: &Name, pos: Pos) -> ServerError {
        let path: Vec<String> =
            std::iter::once(name.to_string()).chain(self.path.into_iter().rev()).map(|part| shortened(&part)).collect();
        let place = shortened(&path.join("."));
        let error = ServerError::new(format!("Variable \"${place}\" is not valid: {}.", self.reason), Some(pos));
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("variable", shortened(name));
        extensions.set("path", Value::List(path.into_iter().map(Value::from).collect()));
        coded(ServerError { extensions: Some(extensions), ..error }, INVALID_ARGUMENT)
    }
}

/// Names are the caller's text: as long as they like.
fn shortened(text: &str) -> String {
    let quoted = quoted(text);
    quoted[1..quoted.len() - 1].to_owned()
}

/// The value as this type takes it.
fn fit(value: Value, kind: &str, registry: &Registry) -> Result<Value, Misfit> {
    match MetaTypeName::create(kind) {
        MetaTypeName::NonNull(_) if value == Value::Null => Err(Misfit::new(format!("null is not {}", quoted(kind)))),
        MetaTypeName::NonNull(kind) => fit(value, kind, registry),
        _ if value == Value::Null => Ok(Value::Null),
        MetaTypeName::List(kind) => {
            let Value::List(list) = value else { return Ok(Value::List(vec![fit(value, kind, registry)?])) };
            let fitted = list.into_iter().enumerate();
            let fitted = fitted.map(|(at, item)| fit(item, kind, registry).map_err(|misfit| misfit.at(at)));
            Ok(Value::List(fitted.collect::<Result<_, _>>()?))
        }
        MetaTypeName::Named(name) => match registry.types.get(name) {
            Some(MetaType::Scalar { is_valid, .. }) => scalar(value, name, is_valid.as_deref()),
            Some(MetaType::Enum { enum_values, .. }) => match &value {
                Value::String(text) if enum_values.contains_key(text) => Ok(value),
                Value::Enum(text) if enum_values.contains_key(text.as_str()) => Ok(value),
                Value::String(text) => Err(Misfit::new(format!("{} is not a value of {}", quoted(text), quoted(name)))),
                _ => Err(not_of(&value, name)),
            },
            Some(MetaType::InputObject { input_fields, oneof, .. }) => match value {
                Value::Object(fields) => object(fields, name, input_fields, *oneof, registry),
                _ => Err(not_of(&value, name)),
            },
            // Validation lets no other types through.
            _ => Err(not_of(&value, name)),
        },
    }
}

fn object(
    mut sent: IndexMap<Name, Value>,
    kind: &str,
    known: &IndexMap<String, MetaInputValue>,
    is_one_of: bool,
    registry: &Registry,
) -> Result<Value, Misfit> {
    if is_one_of && (sent.len() != 1 || sent.values().any(|value| *value == Value::Null)) {
        return Err(Misfit::new(format!("exactly one field of {} is to be given", quoted(kind))));
    }
    if let Some(unknown) = sent.keys().find(|name| !known.contains_key(name.as_str())) {
        let reason = format!("{} has no such field", quoted(kind));
        return Err(Misfit::new(reason).at(unknown));
    }
    let mut fitted = IndexMap::new();
    for (name, field) in known {
        match sent.swap_remove(name.as_str()) {
            Some(value) => {
                let value = fit(value, &field.ty, registry).map_err(|misfit| misfit.at(name))?;
                fitted.insert(Name::new(name), value);
            }
            None if field.ty.ends_with('!') && field.default_value.is_none() => {
                return Err(Misfit::new(format!("it is required: {}", quoted(&field.ty))).at(name));
            }
            None => {}
        }
    }
    Ok(Value::Object(fitted))
}

fn scalar(
    value: Value,
    name: &str,
    is_valid: Option<&(dyn Fn(&Value) -> bool + Send + Sync)>,
) -> Result<Value, Misfit> {
    let fitted = match (name, &value) {
        ("Int", Value::Number(number)) => int(number).map(Value::from),
        ("ID", Value::Number(number)) if is_whole(number) => Some(Value::String(number.to_string())),
        ("Float", Value::Number(_)) | ("String" | "ID", Value::String(_)) | ("Boolean", Value::Boolean(_)) => {
            return Ok(value);
        }
        ("Int" | "Float" | "String" | "ID" | "Boolean", _) => None,
        _ if is_valid.is_none_or(|is_valid| is_valid(&value)) => return Ok(value),
        _ => None,
    };
    fitted.ok_or_else(|| not_of(&value, name))
}

/// A whole number of 32 bits; JSON has one kind of number, so `1.0` is one.
pub(crate) fn int(number: &Number) -> Option<i32> {
    if let Some(whole) = number.as_i64() {
        return i32::try_from(whole).ok();
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= 2_147_483_648.0)?;
    // Exact: the fraction is zero and the range is that of 32 bits, or one beyond it.
    #[allow(clippy::cast_possible_truncation)]
    i32::try_from(float as i64).ok()
}

/// A whole number as ids take it, in a document and in a variable.
pub(crate) fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

fn not_of(value: &Value, kind: &str) -> Misfit {
    Misfit::new(format!("{} is not {}", shown(value), quoted(kind)))
}

/// A value as messages quote it: what it is, and what it says when that is short by nature.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::String(text) => quoted(text),
        Value::Enum(name) => quoted(name),
        Value::List(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Binary(_) => "a file".to_owned(),
    }
}
