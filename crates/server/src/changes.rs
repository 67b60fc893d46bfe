//! What changed between two versions of the API, and what that means for programs that were written for the older one.
//! Pure: two texts in the schema definition language in, a list out. Each change stands under the coordinate of what it is
//! about (`Type.field(argument:)`, as the GraphQL specification writes them). Descriptions are not compared.

mod member;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use async_graphql::parser::types::{BaseType, Type};
use async_graphql::parser::{self, parse_schema};

use member::{Member, Members, What};

/// What a change means for a program that worked before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// It may stop working.
    Breaking,
    /// It may meet what it does not know, or get another answer to the same question.
    Dangerous,
    /// It does not notice.
    Safe,
}

impl fmt::Display for Impact {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Breaking => "BREAKING",
            Self::Dangerous => "dangerous",
            Self::Safe => "safe",
        })
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What it means.
    pub impact: Impact,
    /// What it is about.
    pub coordinate: String,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<9}  {}  {}", self.impact, self.coordinate, self.what)
    }
}

/// All changes from one version to the next, the breaking ones first. What belongs to a type or field that is new or gone
/// is not named again.
pub fn between(before: &str, after: &str) -> Result<Vec<Change>, parser::Error> {
    let (before, after) = (Members::of(&parse_schema(before)?), Members::of(&parse_schema(after)?));
    let mut changes = Vec::new();
    for (key, old) in before.iter() {
        match after.get(key) {
            Some(new) => compare(old, new, &mut changes),
            None if before.is_part_of_missing(key, &after) => {}
            None => changes.push(removed(old)),
        }
    }
    for (key, new) in after.iter() {
        if before.get(key).is_none() && !after.is_part_of_missing(key, &before) {
            changes.push(added(new));
        }
    }
    changes.sort();
    Ok(changes)
}

/// The changes as text, one a line; how many are breaking first.
pub fn report(changes: &[Change]) -> String {
    let breaking = changes.iter().filter(|change| change.impact == Impact::Breaking).count();
    let mut text = format!("{} changes of the API, {breaking} of them breaking\n", changes.len());
    for change in changes {
        let _ = writeln!(text, "  {change}");
    }
    text
}

/// Breaking changes that nobody gave a reason for: `accepted` has a line ``- `coordinate`: reason`` for each that is meant.
pub fn unexplained<'a>(changes: &'a [Change], accepted: &str) -> Vec<&'a Change> {
    let reasons: BTreeMap<&str, &str> = accepted
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split_once("`:"))
        .filter(|(_, reason)| !reason.trim().is_empty())
        .collect();
    let is_unexplained =
        |change: &&Change| change.impact == Impact::Breaking && !reasons.contains_key(change.coordinate.as_str());
    changes.iter().filter(is_unexplained).collect()
}

fn change(impact: Impact, member: &Member, what: impl Into<String>) -> Change {
    Change { impact, coordinate: member.coordinate.clone(), what: what.into() }
}

fn removed(old: &Member) -> Change {
    let what = match &old.what {
        What::Implements(interface) => format!("no longer implements {interface}"),
        What::UnionMember(name) => format!("no longer has the member {name}"),
        What::Root(operation) => format!("no longer is the root of {operation}"),
        _ if old.deprecated => "was removed; it was deprecated".to_owned(),
        _ => "was removed".to_owned(),
    };
    change(Impact::Breaking, old, what)
}

fn added(new: &Member) -> Change {
    match &new.what {
        What::Argument { kind, default } | What::InputField { kind, default } => {
            if !kind.nullable && default.is_none() {
                change(Impact::Breaking, new, "was added and is required")
            } else {
                change(Impact::Safe, new, "was added and may be left out")
            }
        }
        What::EnumValue => change(Impact::Dangerous, new, "was added: programs may not know the value"),
        What::UnionMember(name) => change(Impact::Dangerous, new, format!("has the new member {name}")),
        What::Implements(interface) => change(Impact::Dangerous, new, format!("implements {interface}")),
        What::Root(operation) => change(Impact::Safe, new, format!("is the root of {operation}")),
        What::Type(_) | What::Field(_) | What::Directive => change(Impact::Safe, new, "was added"),
    }
}

fn compare(old: &Member, new: &Member, changes: &mut Vec<Change>) {
    match (&old.what, &new.what) {
        (What::Type(before), What::Type(after)) if before != after => {
            changes.push(change(Impact::Breaking, new, format!("was {before}, is {after}")));
        }
        (What::Field(before), What::Field(after)) if before != after => {
            let impact = if is_promised(before, after) { Impact::Safe } else { Impact::Breaking };
            changes.push(change(impact, new, format!("was {before}, is {after}")));
        }
        (
            What::Argument { kind: before, default: was } | What::InputField { kind: before, default: was },
            What::Argument { kind: after, default: is } | What::InputField { kind: after, default: is },
        ) => {
            if before != after {
                // What was accepted before is accepted still when the old type is as strict as the new one. A default makes
                // a required input one that may be left out.
                let eased = Type { nullable: after.nullable || (before.nullable && is.is_some()), ..after.clone() };
                let impact = if is_promised(&eased, before) { Impact::Safe } else { Impact::Breaking };
                changes.push(change(impact, new, format!("was {before}, is {after}")));
            }
            match (was, is) {
                (Some(was), None) if !after.nullable => {
                    changes.push(change(Impact::Breaking, new, format!("had the default {was} and is required")));
                }
                (was, is) if was != is => {
                    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
                    let what = format!("had the default {}, has {}", shown(was), shown(is));
                    changes.push(change(Impact::Dangerous, new, what));
                }
                _ => {}
            }
        }
        _ => {}
    }
    match (old.deprecated, new.deprecated) {
        (false, true) => changes.push(change(Impact::Safe, new, "is deprecated")),
        (true, false) => changes.push(change(Impact::Safe, new, "is no longer deprecated")),
        _ => {}
    }
}

/// Whether every value of `strict` is one of `loose`: the same names and lists, null in fewer places.
fn is_promised(loose: &Type, strict: &Type) -> bool {
    let inner = match (&loose.base, &strict.base) {
        (BaseType::Named(loose), BaseType::Named(strict)) => loose == strict,
        (BaseType::List(loose), BaseType::List(strict)) => is_promised(loose, strict),
        _ => false,
    };
    inner && (loose.nullable || !strict.nullable)
}
