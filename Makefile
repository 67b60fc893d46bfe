# What people type. `make` alone lists it.
.PHONY: help web web-if-possible run demo test test-postgres lint bench documents schema-check client-check dist

help:
	@echo 'make run            serve on http://127.0.0.1:8080 with ./data/zapys.db'
	@echo 'make demo           the same, with two demo companies on a fresh database'
	@echo 'make web            GraphiQL into web/dist, when its sources are newer; run, demo and test do it where there is Node'
	@echo 'make test           all tests on SQLite (and PostgreSQL, Redis where ZAPYS_TEST_POSTGRES, ZAPYS_TEST_REDIS name them)'
	@echo 'make test-postgres  the tests that meet a database, on PostgreSQL and Redis'
	@echo 'make lint           format and clippy, warnings denied'
	@echo 'make bench          the availability engine alone'
	@echo 'make documents      write schema.graphql and docs/permissions.md anew'
	@echo 'make schema-check   what the tools of GraphQL clients say about schema.graphql (needs Node)'
	@echo 'make client-check   Apollo, urql, graphql-ws, graphql-sse and the HTTP audit against a running server (needs Node)'
	@echo 'make dist           the binary that is shipped'

# The query page, from npm by the lock file. What is built is embedded by crates/server/build.rs, whoever calls cargo.
EXPLORER := web/dist/index.html
web: $(EXPLORER)
	@:
$(EXPLORER): $(shell find web/explorer -type f -not -path '*/node_modules/*')
	cd web/explorer && npm ci --ignore-scripts --prefer-offline && npm run build

# The API does not depend on the page: without Node or npm's registry one goes on, unless ZAPYS_WEB=required.
web-if-possible:
	@if command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory web || echo 'GraphiQL could not be built (above is why): going on without it, or with an older one.' >&2; \
	else \
		echo 'There is no Node here: GraphiQL is not built. To have it, install Node 20.19 or newer.' >&2; \
	fi
	@test "$$ZAPYS_WEB" != required || $(MAKE) --no-print-directory --question $(EXPLORER) || { echo 'ZAPYS_WEB=required: stopping.' >&2; exit 1; }

run: web-if-possible
	cargo run --bin zapys -- serve

demo: web-if-possible
	cargo run --bin zapys -- serve --demo

test: web-if-possible
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
	./target/debug/zapys schema --compare schema.graphql --accepted docs/breaking-changes.md
	./target/debug/zapys schema > schema.graphql
	./target/debug/zapys permissions > docs/permissions.md

schema-check: web/conformance/node_modules
	cd web/conformance && npm test

client-check: web/conformance/node_modules
	cargo build --bin zapys
	cd web/conformance && npm run clients

web/conformance/node_modules: web/conformance/package-lock.json
	cd web/conformance && npm ci --ignore-scripts --prefer-offline
	@touch $@

dist: web-if-possible
	cargo build --profile dist --bin zapys
