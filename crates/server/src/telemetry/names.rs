//! Which names of operations become labels. Callers make names up, so a stranger's is `other`: a name is taken from the
//! settings, or learned from a company's own people and programs, and of these there is room for few. Where only listed
//! documents are answered nobody makes names up, and they are learned from whoever sends them first.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use access::{Actor, Cx, KeyKind};
use kernel::CompanyId;

/// What an operation without a name is called.
pub const ANONYMOUS: &str = "anonymous";
/// What all the others are called.
pub const OTHER: &str = "other";
const LONGEST: usize = 64;
/// A number of so many digits is somebody's or something's, not part of a name.
const DIGITS: usize = 4;
/// One company takes up at most one in so many places.
const SHARE: usize = 4;

/// The names that are labels.
#[derive(Debug)]
pub struct Names {
    known: RwLock<Known>,
    max: usize,
    only_listed: bool,
    anonymous: Arc<str>,
    other: Arc<str>,
}

#[derive(Debug, Default)]
struct Known {
    names: HashSet<Arc<str>>,
    learned: usize,
    by_company: HashMap<CompanyId, usize>,
}

impl Names {
    /// With room for `max` names besides those of `known`. `only_listed`: whatever runs is in the list of documents.
    pub fn new<'a>(max: usize, known: impl IntoIterator<Item = &'a str>, only_listed: bool) -> Self {
        let names = known.into_iter().map(Arc::from).collect();
        Self {
            known: RwLock::new(Known { names, ..Known::default() }),
            max,
            only_listed,
            anonymous: ANONYMOUS.into(),
            other: OTHER.into(),
        }
    }

    /// The label of a name. `caller` is who sent a valid document with it.
    pub fn label(&self, name: Option<&str>, caller: Option<&Cx>) -> Arc<str> {
        let Some(name) = name else { return self.anonymous.clone() };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).names.get(name).cloned();
        known.or_else(|| self.learn(name, self.teacher(caller?)?)).unwrap_or_else(|| self.other.clone())
    }

    fn learn(&self, name: &str, company: CompanyId) -> Option<Arc<str>> {
        if !is_sane(name) {
            return None;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.names.get(name) {
            return Some(name.clone());
        }
        let share = known.by_company.get(&company).copied().unwrap_or(0);
        if known.learned >= self.max || (share >= self.max.div_ceil(SHARE) && !self.only_listed) {
            return None;
        }
        let name: Arc<str> = name.into();
        known.names.insert(name.clone());
        known.learned += 1;
        known.by_company.insert(company, share + 1);
        Some(name)
    }

    /// The company whose own people or programs sent it. What is in web pages, and visitors, teach nothing.
    fn teacher(&self, caller: &Cx) -> Option<CompanyId> {
        match caller.actor {
            _ if self.only_listed => Some(CompanyId::NONE),
            Actor::User { .. } | Actor::ApiKey { kind: KeyKind::Secret, .. } => caller.company_id(),
            _ => None,
        }
    }
}

/// A name as people give it. The grammar has seen to it that it is of letters, digits and underscores.
fn is_sane(name: &str) -> bool {
    name.len() <= LONGEST && !name.as_bytes().windows(DIGITS).any(|part| part.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(names: &Names, company: CompanyId, count: usize, prefix: &str) -> usize {
        (0..count).filter(|number| names.learn(&format!("{prefix}{number}"), company).is_some()).count()
    }

    #[test]
    fn a_strangers_name_is_other_and_a_listed_one_is_itself() {
        let names = Names::new(8, ["LogIn"], false);
        assert_eq!(&*names.label(None, None), "anonymous");
        assert_eq!(&*names.label(Some("Visits"), None), "other");
        assert_eq!(&*names.label(Some("LogIn"), None), "LogIn");
        assert!(names.learn("Visits", CompanyId::new()).is_some());
        assert_eq!(&*names.label(Some("Visits"), None), "Visits");
    }

    #[test]
    fn one_company_teaches_a_quarter_and_all_together_the_whole() {
        let names = Names::new(8, [], false);
        assert_eq!(learn(&names, CompanyId::new(), 100, "a"), 2);
        for prefix in ["b", "c", "d"] {
            assert_eq!(learn(&names, CompanyId::new(), 100, prefix), 2);
        }
        assert_eq!(learn(&names, CompanyId::new(), 100, "e"), 0);
        assert_eq!(names.known.read().unwrap_or_else(PoisonError::into_inner).names.len(), 8);
        assert!(names.learn("a0", CompanyId::new()).is_some(), "known is known, whoever sends it");
    }

    #[test]
    fn where_documents_are_listed_anybody_teaches_all_there_is_room_for() {
        let names = Names::new(8, [], true);
        let stranger = Cx::builder(Arc::new(kernel::SystemClock)).build();
        let labels = ["A", "B", "C", "D", "E", "F", "G", "H", "I"].map(|name| names.label(Some(name), Some(&stranger)));
        assert_eq!(labels.map(|label| label.to_string()), ["A", "B", "C", "D", "E", "F", "G", "H", "other"]);
        let names = Names::new(8, [], false);
        assert_eq!(&*names.label(Some("A"), Some(&stranger)), "other");
    }

    #[test]
    fn a_name_with_a_number_or_without_an_end_is_not_learned() {
        let names = Names::new(8, [], false);
        for name in ["Client_380671234567", "Visit2026", &"a".repeat(65)] {
            assert!(names.learn(name, CompanyId::new()).is_none(), "{name}");
        }
        assert!(names.learn("Top100Visits", CompanyId::new()).is_some());
    }
}
