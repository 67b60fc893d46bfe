//! `zapys doctor`: asks the database for what must never be in it. The rules are one SQL file, which the tests run too
//! after they have crashed and raced. It reads only; what it finds, a person judges.

use std::fmt;

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use db::{Db, Reader};
use jobs::Companies;
use kernel::CompanyId;
use sea_orm::{ConnectionTrait, Statement, Value};
use uuid::Uuid;

const RULES: &str = include_str!("doctor/invariants.sql");
const PAGE: u64 = 200;

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whose; none for what belongs to the installation.
    pub company: Option<CompanyId>,
    /// The rule that does not hold.
    pub rule: &'static str,
    /// The row's id, or the name of a thing of the database.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(company) = self.company {
            write!(f, "{company}: ")?;
        }
        write!(f, "broken: {}: {}", self.rule, self.what)
    }
}

/// Everything that is wrong, company by company.
pub async fn examine(db: &Db, companies: &dyn Companies) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let fenced = db.engine().has_row_security();
    let rules: Vec<Rule> = rules().into_iter().filter(|rule| !rule.postgres || fenced).collect();
    let reader = db.read(CompanyId::NONE).await?;
    for rule in rules.iter().filter(|rule| rule.installation) {
        findings.extend(broken(rule, &reader, None).await?);
    }
    drop(reader);
    let mut after = None;
    loop {
        let page = companies.page(after, PAGE).await?;
        for company in &page {
            let reader = db.read(*company).await?;
            for rule in rules.iter().filter(|rule| !rule.installation) {
                findings.extend(broken(rule, &reader, Some(*company)).await?);
            }
        }
        after = page.last().copied();
        if after.is_none() {
            return Ok(findings);
        }
    }
}

struct Rule {
    sentence: &'static str,
    sql: &'static str,
    postgres: bool,
    installation: bool,
}

/// The rules of the file, which the unit test below holds to its form.
fn rules() -> Vec<Rule> {
    let parts = RULES.split("\n-- rule: ").skip(1);
    parts
        .map(|part| {
            let (sentence, rest) = part.split_once('\n').unwrap_or((part, ""));
            let start = rest.lines().take_while(|line| line.starts_with("--")).map(|line| line.len() + 1).sum();
            let (marks, sql) = rest.split_at(start);
            Rule {
                sentence,
                sql: sql.trim().trim_end_matches(';'),
                postgres: marks.contains("-- on: postgres"),
                installation: marks.contains("-- of: installation"),
            }
        })
        .collect()
}

async fn broken(rule: &Rule, reader: &Reader, company: Option<CompanyId>) -> Result<Vec<Finding>> {
    let (sql, values) = bound(rule.sql, company, reader.now());
    let connection = reader.conn();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    let rows = connection
        .query_all_raw(statement)
        .await
        .with_context(|| format!("the rule cannot be asked: {}", rule.sentence))?;
    rows.into_iter()
        .map(|row| {
            let what = if rule.installation {
                row.try_get::<String>("", "name")?
            } else {
                row.try_get::<Uuid>("", "id")?.to_string()
            };
            Ok(Finding { company, rule: rule.sentence, what })
        })
        .collect()
}

/// The query with numbered parameters, and their values: only those in use, since PostgreSQL refuses one that it
/// cannot give a type.
fn bound(sql: &str, company: Option<CompanyId>, now: DateTime<Utc>) -> (String, Vec<Value>) {
    let company = company.unwrap_or(CompanyId::NONE).uuid();
    let names: [(&str, Value); 3] =
        [(":company", company.into()), (":now", now.into()), (":yesterday", (now - TimeDelta::days(1)).into())];
    let (mut sql, mut values) = (sql.to_owned(), Vec::new());
    for (name, value) in names.into_iter().filter(|(name, _)| sql.contains(name)).collect::<Vec<_>>() {
        values.push(value);
        sql = sql.replace(name, &format!("${}", values.len()));
    }
    (sql, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_rule_by_rule() {
        let rules = rules();
        assert!(rules.len() > 10);
        for rule in &rules {
            assert!(rule.sql.starts_with("SELECT") && !rule.sql.contains(';'), "{}", rule.sentence);
            assert_eq!(rule.sql.contains(":company"), !rule.installation, "{}", rule.sentence);
        }
        assert_eq!(rules.iter().filter(|rule| rule.postgres).count(), 1);
    }

    #[test]
    fn parameters_are_numbered_as_they_are_used() {
        let (sql, values) = bound("a = :company AND b < :yesterday OR c = :company", None, DateTime::UNIX_EPOCH);
        assert_eq!(sql, "a = $1 AND b < $2 OR c = $1");
        assert_eq!(values.len(), 2);
    }
}
