//! DDL that reads the same for both engines.
//!
//! Column types stand as placeholders: `{uuid} {time} {date} {json} {bytes} {bool} {int} {bigint} {text} {key}`.
//! `{key}` is text with binary collation, for what is compared, ranged over or unique; `{time}` is an instant in UTC
//! (on SQLite with a CHECK of its one spelling, since there it is compared as text).
//!
//! Every table that belongs to a company is made by [`Ddl::company_table`], which also fences it on PostgreSQL by
//! row-level security; `company_id` leads its keys. Tables without a company are made by [`Ddl::global_table`].

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs engine-neutral DDL over one migration's connection.
pub struct Ddl<'a> {
    manager: &'a SchemaManager<'a>,
}

impl<'a> Ddl<'a> {
    /// The kit over the manager that a migration is given.
    pub fn new(manager: &'a SchemaManager<'a>) -> Self {
        Self { manager }
    }

    /// Is this SQLite? Otherwise it is PostgreSQL.
    pub fn is_sqlite(&self) -> bool {
        self.manager.get_database_backend() == DbBackend::Sqlite
    }

    /// Creates a table of company-owned rows: `body` is what stands between the parentheses, one column or
    /// constraint a line. On PostgreSQL only rows of the transaction's `app.company_id` can be seen or written.
    pub async fn company_table(&self, name: &str, body: &str) -> Result<(), DbErr> {
        self.global_table(name, body).await?;
        self.only_postgres(&format!(
            "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
             ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
             CREATE POLICY company ON {name}
                 USING (company_id = nullif(current_setting('app.company_id', true), '')::uuid)
                 WITH CHECK (company_id = nullif(current_setting('app.company_id', true), '')::uuid)"
        ))
        .await
    }

    /// Creates a table that no single company owns (users, sessions, companies themselves).
    pub async fn global_table(&self, name: &str, body: &str) -> Result<(), DbErr> {
        let body: Vec<String> = body.lines().map(|line| self.spell(line)).collect();
        self.execute(&format!("CREATE TABLE {name} (\n{}\n)", body.join("\n"))).await
    }

    /// Runs statements with placeholders on either engine: indexes, seeds, alterations.
    pub async fn run(&self, sql: &str) -> Result<(), DbErr> {
        let lines: Vec<String> = sql.lines().map(|line| self.spell(line)).collect();
        self.execute(&lines.join("\n")).await
    }

    /// Changes or validates rows of every company: backfills, constraints over what is there.
    ///
    /// Row-level security binds the owner of the tables too, so without this an UPDATE would touch no row and a foreign
    /// key would be validated over no row, both in silence. `tables` names every table that `sql` reads or writes; one
    /// that is forgotten makes the statement fail rather than miss rows. All of it happens in the migration's transaction.
    pub async fn across_companies(&self, tables: &[&str], sql: &str) -> Result<(), DbErr> {
        for table in tables {
            self.only_postgres(&format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")).await?;
        }
        self.only_postgres("SET LOCAL row_security = off").await?;
        self.run(sql).await?;
        self.only_postgres("SET LOCAL row_security = on").await?;
        for table in tables {
            self.only_postgres(&format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")).await?;
        }
        Ok(())
    }

    /// Runs statements on PostgreSQL alone.
    pub async fn only_postgres(&self, sql: &str) -> Result<(), DbErr> {
        if self.is_sqlite() { Ok(()) } else { self.execute(sql).await }
    }

    /// Runs statements on SQLite alone.
    pub async fn only_sqlite(&self, sql: &str) -> Result<(), DbErr> {
        if self.is_sqlite() { self.execute(sql).await } else { Ok(()) }
    }

    async fn execute(&self, sql: &str) -> Result<(), DbErr> {
        self.manager.get_connection().execute_unprepared(sql).await.map(|_| ())
    }

    fn spell(&self, line: &str) -> String {
        let sqlite = self.is_sqlite();
        let column = line.split_whitespace().next().unwrap_or_default();
        let time = if sqlite {
            format!("TEXT CHECK ({column} GLOB '????-??-??T??:??:??*+00:00')")
        } else {
            "TIMESTAMPTZ".to_owned()
        };
        let pick = |on_sqlite: &'static str, on_postgres: &'static str| if sqlite { on_sqlite } else { on_postgres };
        line.replace("{time}", &time)
            .replace("{uuid}", pick("BLOB", "UUID"))
            .replace("{date}", pick("TEXT", "DATE"))
            .replace("{json}", pick("TEXT", "JSONB"))
            .replace("{bytes}", pick("BLOB", "BYTEA"))
            .replace("{bool}", "BOOLEAN")
            .replace("{int}", "INTEGER")
            .replace("{bigint}", "BIGINT")
            .replace("{key}", pick("TEXT", "TEXT COLLATE \"C\""))
            .replace("{text}", "TEXT")
    }
}
