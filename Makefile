# Everything a developer or an operator starts from a checkout. Needs Python 3.11 to 3.13 and make, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
COVERED := tests/domain tests/actors
SHARED := tests:tests/fake:tests/scenes:tests/machinery:tests/outside
OF_THEIR_OWN := doctor_setups redis_limits  # tests on servers that prove-doctor and prove-redis run
unexport PYTHONDONTWRITEBYTECODE  # each of many short processes would compile hundreds of modules again

.PHONY: demo run test covered others loaded check types rules format clean pins man schema bench bench-gate bench-data bench-jobs bench-setlists bench-freshness bench-measured bench-away bench-days bench-month bench-plans bench-index bench-curves bench-soak bench-streams bench-sweep prove prove-orders prove-servers prove-doctor prove-redis prove-page prove-service prove-changes prove-webhooks prove-web prove-fuzz prove-schema prove-mutations test-web client-types

$(STAMP): pyproject.toml constraints.txt
	@echo "setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@touch $@

demo: $(STAMP)          ## import artists from the sandbox (or with real keys) and show what landed
	@$(BIN)/thesetd demo

run: $(STAMP)           ## sandbox and daemon, embedded servers, until Ctrl-C
	@$(BIN)/thesetd demo --stay

check: $(STAMP)         ## format, lint, types, layers
	@$(MAKE) --no-print-directory -j 2 types rules

types: $(STAMP)
	@$(BIN)/mypy
	@$(BIN)/mypy --config-file tests/mypy.ini tests

rules: $(STAMP)
	@$(BIN)/ruff format --check daemon tests
	@$(BIN)/ruff check daemon tests
	@$(BIN)/lint-imports

test: $(STAMP)          ## the whole gate, its parts beside one another: format, lint, types, layers; coverage where it is demanded; all other tests
	@$(MAKE) --no-print-directory -j types rules covered others

loaded: $(STAMP)        # in a fresh checkout: else each of five workers compiles every test, and rewrites its asserts
	@test -d tests/__pycache__ || $(BIN)/pytest -q --collect-only >/dev/null || true  # a fault in them is for the workers to report

covered: loaded         # by the tests of those folders alone; what they say is shown in one piece, when they have ended
	@$(BIN)/coverage erase
	@said=$$($(BIN)/coverage run -m pytest -q -m traced $(COVERED) && $(BIN)/coverage combine -q && \
		$(BIN)/coverage report --fail-under=95 --skip-covered) && good=0 || good=1; printf '%s\n' "$$said"; exit $$good

others: loaded          # they mostly wait; of the covered folders those that only compute, which tracing would slow down to a third
	@$(BIN)/pytest -q -n 4 --dist loadgroup -m "not in_full and not traced" --durations=20

bench: $(STAMP)         ## imports by the daemon beside TheSet's earlier design and a bare program, in one run (Node; several minutes)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/imports.py

bench-gate: $(STAMP)    ## limits, costs, cache, lanes, imports under a backlog: a quarter of an hour of tables with machine, load and spread
	@missed=""; for part in "gate_limiter.py --runs 2" gate_cost.py gate_cache.py gate_lanes.py \
		gate_imports.py "gate_imports.py --burst 180 --people 0"; do \
		printf '\n== %s\n' "$$part"; PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/$$part || missed="$$missed, $$part"; done; \
		if test -n "$$missed"; then echo "missed its target:$${missed#,}"; exit 1; fi; echo "every part met its target"

bench-jobs: $(STAMP)    ## jobs per second through queue, importer and writer; accepting imports; restarts of actors
	@for part in jobs enqueue restarts; do \
		printf '\n== %s.py\n' "$$part"; PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/$$part.py || exit 1; done

bench-data: $(STAMP)    ## how right the data is, beside simple rules: titles, songs, venues, identity, bills, mutations, cases, sweep (an hour)
	@missed=""; for part in data_titles data_venues data_identity data_bills mutations data_identity_store data_cases sweep; do \
		printf '\n== %s\n' "$$part"; PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/$$part.py || missed="$$missed, $$part"; done; \
		if test -n "$$missed"; then echo "missed its target:$${missed#,}"; exit 1; fi; echo "every part met its target"

bench-setlists: $(STAMP) ## predicted setlists against what was played: every recorded tour of ../shared/corpus or $$THESETD_CORPUS
	@missed=0; for part in setlists setlist_songs; do PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/$$part.py || missed=1; done; exit $$missed

bench-freshness: $(STAMP) ## who is refreshed when: the index beside cron plans, tiers, Nutch's rule and an oracle, at equal calls; setlists of a season
	@missed=0; for part in freshness freshness_setlists freshness_edits; do \
		PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/$$part.py || missed=1; done; exit $$missed

bench-measured: $(STAMP) ## small quotas and many artists: three days of the daemon in virtual time, while people import (a quarter of an hour)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/freshness_daemon.py --shows 6

bench-away: $(STAMP)    ## three weeks without the daemon, in virtual time: due times, catching up, quotas, and people who import meanwhile (minutes)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/freshness_away.py

bench-days: $(STAMP)    ## ten days of the daemon in virtual time, with the index and with other policies in its place (a quarter of an hour)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/freshness_days.py

bench-month: $(STAMP)   ## 30 days of small quotas: is everybody looked at within the floor (an hour and a half; PART=5 for a fifth of the size)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/freshness_daemon.py --shows 6 --month --part $(or $(PART),1)

bench-plans: $(STAMP)   ## plan 200 imports in virtual time, and compare calls and time with what came (minutes)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/plans.py

bench-index: $(STAMP)   ## a million artists in the refresh index: opening the store, who is next, memory (minutes)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/freshness_scale.py

bench-curves: $(STAMP)  ## what work costs with 100, 10,000 and 100,000 artists in the database, and idle (Node; a quarter of an hour)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/curves.py

bench-soak: $(STAMP)    ## memory in each of forty minutes of imports and refreshes of the same artists
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/soak.py

bench-streams: $(STAMP) ## 500 readers: delay of each event, imports beside them; then 100 that replay: replies, health, memory
	@missed=0; for part in stream_events streams; do \
		PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/$$part.py || missed=1; done; exit $$missed

bench-sweep: $(STAMP)   ## a year of 40,000 shows through the hourly step into PostgreSQL while it changes: calls, nothing missed (many minutes)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/sweep.py

prove: $(STAMP)         ## what tests sample, in full; then kill it for a quarter of an hour on real servers: one table of figures
	@THESETD_EXPLORE=1 $(BIN)/pytest -q -n 2 $$(grep -rlE '^from (exploring|hypothesis)' tests --include='test_*.py') tests/cases
	@$(BIN)/python tests/kill/prove.py

prove-orders: $(STAMP)  ## tests of actors in 20 other orders of trio's tasks and of sets (a quarter of an hour)
	@for order in $$(seq 20); do THESETD_ORDER=$$order PYTHONHASHSEED=$$order $(BIN)/pytest -q -n 2 tests/actors || exit 1; done

prove-servers: $(STAMP) ## Debian's servers in every situation of tests/outside/server_table.py, of which `make test` takes a sample (a quarter of an hour)
	@THESETD_EXPLORE=1 $(BIN)/pytest -q -n 2 --dist loadgroup tests/servers $(OF_THEIR_OWN:%=--ignore=tests/servers/test_%.py)

prove-doctor: $(STAMP)  ## break a set-up in every way that thesetctl doctor knows, and print what it says (minutes)
	@THESETD_EXPLORE=1 $(BIN)/pytest -q tests/servers/test_doctor_setups.py

prove-redis: $(STAMP)   ## two nodes on a Redis of Debian's that refuses, comes and goes, or is full: half an hour
	@THESETD_EXPLORE=1 $(BIN)/pytest -q -n 2 tests/servers/test_redis_limits.py

prove-webhooks: $(STAMP) ## 50 kills and ten restarts of PostgreSQL while a receiver fails half of the time: nothing lost, in order (minutes)
	@$(BIN)/python tests/kill/webhooks.py --kills 50 --restarts 10 --imports 12

prove-web: $(STAMP)      ## a Node program over socket, TCP and nginx, and a page of another origin, over kill -9 (npm, nginx, chromium)
	@$(BIN)/python tests/web/prove.py

prove-fuzz: $(STAMP)     ## schemathesis over the socket and TCP: no 5xx, no hang (needs schemathesis in the environment; an hour)
	@$(BIN)/python tests/web/fuzz.py

prove-schema: $(STAMP)  ## the contract suites of the store with the catalogue in a schema of another name (minutes)
	@THESETD_TEST_SCHEMA=catalogue $(BIN)/pytest -q -n 2 tests/contracts -k "not fake"

prove-mutations: $(STAMP) ## 40,000 damaged copies of recorded answers: what is refused, told, lost or changed, by endpoint (minutes)
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/bench/mutations.py

prove-page: $(STAMP)     ## the status page in Chromium: an import, kill -9, no script, phone, dark, axe (node modules: see its head)
	@$(BIN)/python tests/page/prove.py

.PHONY: prove-alerts prove-dashboard
prove-alerts: $(STAMP)   ## cause every alert in a real daemon and run the shipped rules over its scrapes (Debian; a quarter of an hour)
	@$(BIN)/python tests/alerts/prove.py $(ONLY)

prove-dashboard: $(STAMP) ## every panel of the dashboard on a real Prometheus that scrapes a daemon which imports (Debian; a minute)
	@$(BIN)/python tests/alerts/dashboard.py

prove-service: $(STAMP)  ## boot a throw-away Debian, install by README's commands, check the service; one table (root, Debian)
	@$(BIN)/python tests/service/prove.py

prove-changes: $(STAMP)  ## change the providers' world line by line: what schedules alone find of it, against their targets (minutes)
	@$(BIN)/python tests/simulation/changes.py

pins: $(STAMP)          ## write requirements*.txt from constraints.txt and pyproject.toml
	@$(BIN)/python tests/service/pins.py

man: $(STAMP)           ## write the manual pages of thesetctl into build/man/man1
	@$(BIN)/python -m thesetd.ctl.manual build/man/man1

schema: $(STAMP)        ## write the reference in config/schema.md from the comments of the database
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/adapters/postgres/schema_page.py

client-types: $(STAMP)  ## write the types of config/clients/typescript from the OpenAPI description
	@PYTHONPATH=$(SHARED) $(BIN)/python tests/clients_types.py

test-web:               ## compile and test the TypeScript client, and compile its examples (Node 20; npm fetches what tsc needs)
	@if ! command -v npm >/dev/null; then echo "skipped: npm is absent"; exit 0; fi; cd config/clients/typescript; \
	if ! test -d node_modules && ! npm ci --silent --no-audit --no-fund; then echo "skipped: npm cannot fetch what tsc needs"; exit 0; fi; \
	npm test

format: $(STAMP)
	@$(BIN)/ruff format daemon tests
	@$(BIN)/ruff check --fix daemon tests

clean:
	rm -rf $(VENV) .demo .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
