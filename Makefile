# pgstanza's build. `make help` lists what there is.

PREFIX ?= /usr/local
DESTDIR ?=
# Which build `make build`, `install`, `demo` and `bench` use.
CONFIG ?= release
# Seconds after which a test run that hangs is ended.
TEST_TIMEOUT ?= 3000
# Further arguments for the test runner, such as: make test TEST='--filter SpecTests'
TEST ?=

SWIFT ?= swift
FAULT_SUITES := KillMatrixTests|KillPlacesTests|AbortTests|BackOutTests|RebootTests|InterruptedRestoreTests|InterruptedReplicationTests|PeerLostInStepEightTests|LostPeerTests|ClockTests|UpdateKillTests|CreateFromBackupKillTests
# Swift's own libraries go into the executable, so that it runs where no toolchain is.
RELEASE_FLAGS := -c release --static-swift-stdlib
BUILD_FLAGS := $(if $(filter release,$(CONFIG)),$(RELEASE_FLAGS),-c $(CONFIG))
EXECUTABLE = .build/$(CONFIG)/pgstanza
SOURCES_TO_LINT := Package.swift Sources Tests

.DEFAULT_GOAL := build

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: build-dependencies ## build the executable (CONFIG=release or debug)
	$(SWIFT) build $(BUILD_FLAGS) --product pgstanza

.PHONY: test
test: test-dependencies ## build and run all tests (TEST='--filter NAME' for some)
	$(SWIFT) build --build-tests
	timeout --kill-after=30 $(TEST_TIMEOUT) $(SWIFT) test --skip-build --disable-xctest $(TEST)

.PHONY: faults
faults: test-dependencies ## kill restores and updates at every place there is and see them mended (takes about an hour)
	$(SWIFT) build --build-tests
	PGSTANZA_TEST_FAULTS=all $(SWIFT) test --skip-build --disable-xctest --filter '$(FAULT_SUITES)'

.PHONY: demo
demo: test-dependencies build ## create, back up, break and restore a database in a directory of its own
	PGSTANZA='$(abspath $(EXECUTABLE))' Examples/demo.sh

.PHONY: lint
lint: lint-dependencies ## check the format, and that targets import only what they depend on
	$(SWIFT) format lint --strict --recursive $(SOURCES_TO_LINT)
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	Tests/Support/check-imports

.PHONY: format
format: ## bring the sources into the format that lint asks for
	$(SWIFT) format --in-place --recursive $(SOURCES_TO_LINT)

.PHONY: bench
bench: test-dependencies build ## ratios against plain pgBackRest, as a table (takes minutes)
	PGSTANZA='$(abspath $(EXECUTABLE))' Tests/Benchmarks/run

.PHONY: install
install: build ## install into PREFIX (default /usr/local), below DESTDIR
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 '$(EXECUTABLE)' '$(DESTDIR)$(PREFIX)/bin/pgstanza'

.PHONY: clean
clean: ## remove everything that was built
	rm -rf .build

.PHONY: build-dependencies
build-dependencies: ## install what building needs and is missing
	@Tests/Support/install-dependencies build

.PHONY: lint-dependencies
lint-dependencies:
	@Tests/Support/install-dependencies lint

.PHONY: test-dependencies
test-dependencies: ## install what tests and the demonstration need and is missing
	@Tests/Support/install-dependencies test
