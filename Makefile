# `make` prints what can be made.
.DEFAULT_GOAL := help
.PHONY: help needs build test demo up down bench format lint clean
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

bench: build ## benchmarks; figures worth quoting need KAFKA_HOME
	@for part in parts ingest apply; do .build/release/nicobar-bench $$part || exit 1; done

format: ## formats the sources
	@swift format --in-place --recursive Sources Tests Benchmarks schemas Package.swift

lint: ## says where the format differs
	@swift format lint --recursive Sources Tests Benchmarks schemas Package.swift

clean: ## removes what was built
	@rm -rf .build
