# What people type. `make` alone lists it.
.PHONY: help run demo test test-postgres lint bench documents dist

help:
	@echo 'make run            serve on http://127.0.0.1:8080 with ./data/zapys.db'
	@echo 'make demo           the same, with two demo companies on a fresh database'
	@echo 'make test           all tests on SQLite (and PostgreSQL, Redis where ZAPYS_TEST_POSTGRES, ZAPYS_TEST_REDIS name them)'
	@echo 'make test-postgres  the tests that meet a database, on PostgreSQL and Redis'
	@echo 'make lint           format and clippy, warnings denied'
	@echo 'make bench          the availability engine alone'
	@echo 'make documents      write schema.graphql and docs/permissions.md anew'
	@echo 'make dist           the binary that is shipped'

run:
	cargo run --bin zapys -- serve

demo:
	cargo run --bin zapys -- serve --demo

test:
	cargo test --workspace

# Only what behaves differently there: units and properties have run by then.
test-postgres:
	@test -n "$$ZAPYS_TEST_POSTGRES" && test -n "$$ZAPYS_TEST_REDIS" || { echo 'set ZAPYS_TEST_POSTGRES=postgres://… and ZAPYS_TEST_REDIS=redis://…'; exit 1; }
	cargo test --workspace --tests

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

bench:
	cargo bench -p zapys-bookings

documents:
	cargo build --bin zapys
	./target/debug/zapys schema > schema.graphql
	./target/debug/zapys permissions > docs/permissions.md

dist:
	cargo build --profile dist --bin zapys
