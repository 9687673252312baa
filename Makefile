# `make` prints what can be made.
.DEFAULT_GOAL := help
.PHONY: help needs build test demo up down bench torture simulation mutations fuzz sanitize overload clean
SHELL := /bin/bash

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

needs: ## installs the Debian packages it stands on
	@deploy/local/needs

build: needs ## builds the programs (release)
	@swift build -c release --quiet

test: needs ## all tests: own PostgreSQL; real Kafka with KAFKA_HOME or KAFKA_BOOTSTRAP_SERVERS, else the mock cluster
	@swift build --build-tests --quiet
	@Tests/run

demo: build ## the whole story on this machine in under a minute, then cleans up
	@.build/release/nicobar-demo run

up: build ## the same surroundings, kept running for exploring
	@.build/release/nicobar-demo up

down: ## stops what `make up` started
	@.build/release/nicobar-demo down

bench: build ## benchmarks (7 to 9 minutes), compared with Benchmarks/baseline.json; figures worth quoting need KAFKA_HOME and a quiet machine
	@.build/release/nicobar-bench all --json .build/bench.json --baseline Benchmarks/baseline.json

torture: build ## 200 kills over all processes, then an oracle; KAFKA_HOME is a must. SEED=… KILLS=200 EVENTS=40000 (or PURCHASES=20000) SECONDS=540
	@.build/release/nicobar-torture $(if $(SEED),--seed $(SEED)) --kills $(or $(KILLS),200) $(if $(EVENTS),--events $(EVENTS)) \
	  $(if $(PURCHASES),--purchases $(PURCHASES)) --seconds $(or $(SECONDS),540)

simulation: ## SCHEDULES=100000 lives of lanes and of relays without threads, network or disk: under a minute on two cores once it is built; SEED=…
	@swift build -c release --build-tests -Xswiftc -enable-testing --scratch-path .build/simulation --quiet
	@$(if $(SEED),NICOBAR_SEED=$(SEED)) NICOBAR_SIMULATION_SCHEDULES=$(or $(SCHEDULES),100000) \
	  swift test -c release --skip-build -Xswiftc -enable-testing --scratch-path .build/simulation --filter SimulationTests

mutations: ## breaks the code on purpose, one break at a time, and looks whether the tests notice
	@Tests/Mutations/run

fuzz: ## libFuzzer on what strangers send, each target for SECONDS=30
	@Tests/Fuzz/run --seconds $(or $(SECONDS),30)

sanitize: ## the tests once under the address and once under the thread sanitizer
	@Tests/Sanitize/run

overload: build ## ten times too much, slow and idle connections, a flood of poison; KAFKA_HOME is a must
	@swift build --build-tests --quiet
	@NICOBAR_OVERLOAD=full NICOBAR_PROGRAMS=$(CURDIR)/.build/release swift test --skip-build --filter OverloadJourneyTests

clean: ## removes what was built
	@rm -rf .build
