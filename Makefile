.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

EVENT ?= events/request-ids.json
SCENARIO ?= good-night
HOST ?=
RUNS ?= 100000
SEED ?= 1
FUZZTIME ?= 30s
BIN := $(CURDIR)/.local/bin
VENV := .local/venv/bin

GOLANGCI_LINT := v2.15.0
GOFUMPT := v0.12.0

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## The main job on this machine, no AWS account: EVENT=events/x.json SCENARIO=name
	@mkdir -p $(BIN) && go build -o $(BIN)/local ./internal/local && exec $(BIN)/local run -event $(EVENT) -scenario $(SCENARIO)

.PHONY: local
local: ## The same stack, up until Ctrl-C: SCENARIO=name HOST=address
	@mkdir -p $(BIN) && go build -o $(BIN)/local ./internal/local && exec $(BIN)/local up -scenario $(SCENARIO) -host "$(HOST)"

.PHONY: setup
setup:
	@mkdir -p $(BIN) && go build -o $(BIN)/local ./internal/local && $(BIN)/local setup

.PHONY: test
test: setup ## Every test: unit with the race detector, and end to end on the local AWS
	@command -v gcc >/dev/null || { echo "the race detector needs a C compiler: install gcc"; exit 1; }
	CGO_ENABLED=1 ZENSTOP_REQUIRE_SDK=1 go test -race -shuffle=on -timeout 20m $$(go list ./... | grep -v -e /internal/campaign -e /internal/local)
	go test -count=1 -timeout 10m ./internal/campaign/
	ZENSTOP_E2E=1 go test -count=1 -parallel 4 -timeout 40m ./internal/local/...

.PHONY: campaign
campaign: ## Seeded runs in virtual time: RUNS=100000 SEED=1
	go run ./internal/campaign/cmd/campaign -runs $(RUNS) -seed $(SEED)

.PHONY: test-sam-local
test-sam-local: ## Every sample through sam local invoke, where Docker is there: HOST=address
	@mkdir -p $(BIN) && go build -o $(BIN)/local ./internal/local && exec $(BIN)/local sam-local -host "$(HOST)"

.PHONY: check
check: setup tools ## Formatters, linters, the template and the definition
	test -z "$$($(BIN)/gofumpt -l . | tee /dev/stderr)"
	go vet ./...
	$(BIN)/golangci-lint run ./...
	$(VENV)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(VENV)/sam validate --lint --template template.yaml
	go test ./statemachine/...

.PHONY: tools
tools: $(BIN)/golangci-lint-$(GOLANGCI_LINT) $(BIN)/gofumpt-$(GOFUMPT)

$(BIN)/golangci-lint-$(GOLANGCI_LINT):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	touch $@

$(BIN)/gofumpt-$(GOFUMPT):
	GOBIN=$(BIN) go install mvdan.cc/gofumpt@$(GOFUMPT)
	touch $@

.PHONY: build
build: setup ## Build the functions for AWS
	CGO_ENABLED=0 GOFLAGS="-trimpath -tags=lambda.norpc '-ldflags=-s -w'" SAM_CLI_TELEMETRY=0 $(VENV)/sam build

.PHONY: deploy
deploy: build ## Deploy to your AWS account, asking for the parameters
	$(VENV)/sam deploy --guided

.PHONY: fuzz
fuzz: ## Fuzz events, run documents and answers of Zenlayer, each for FUZZTIME=30s
	go test ./internal/trigger -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME)
	go test ./internal/shutdown -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME)
	go test ./internal/zenlayer -run '^$$' -fuzz FuzzDecodeAnswer -fuzztime $(FUZZTIME)
	go test ./functions/stop -run '^$$' -fuzz FuzzHandle -fuzztime $(FUZZTIME)

.PHONY: bench
bench: ## Benchmarks
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: clean
clean: ## Remove all that was set up or built here
	rm -rf .local .aws-sam coverage.out
