.DEFAULT_GOAL := help
# A workspace in a folder above is none of ours.
export GOWORK := off
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

#: EVENT         the event to send, a file              make run EVENT=events/request-dry-run.json
#: SCENARIO      what the simulated Zenlayer does       make run SCENARIO=bad-night
#: MAX_INSTANCES how many instances an event may stop   make run SCENARIO=big-fleet EVENT=events/request-filter.json MAX_INSTANCES=2500
#: RUN           a run, by its name                     make show RUN=request-…
#: STACK         a deployed stack, by its name          make doctor STACK=zenstop
#: HOST          the address that the stack listens on  make local HOST=172.17.0.1
#: RUNS, SEED    number of runs, and their first seed   make campaign RUNS=10000 SEED=1
#: LONGEST       time limit for each small world        make exhaust LONGEST=1h
#: FUZZTIME      how long each fuzz test takes          make fuzz FUZZTIME=5m
#: MUTATED       the packages to mutate                 make mutation MUTATED="text fault"
#: SAMPLE        mutate every n-th line; 1: all lines   make mutation SAMPLE=1
EVENT ?= events/request-ids.json
SCENARIO ?= good-night
MAX_INSTANCES ?= 100
RUN ?=
# Not from the environment, where some shells and platforms set these.
STACK =
HOST =
RUNS ?= 100000
SEED ?= 1
FUZZTIME ?= 30s
LONGEST ?= 10m
MUTATED ?= zenlayer trigger credentials settings fault text runlog power runs handler
SAMPLE ?= 4
BIN := .local/bin
VENV := .local/venv/bin
CHECKOV := .local/checkov
AWSCLI := .local/awscli
JSONATA := .local/jsonata
NPM := $(shell command -v node >/dev/null && command -v npm)
LOCAL := $(BIN)/local

GOLANGCI_LINT := v2.15.0
GOFUMPT := v0.12.0
GREMLINS := v0.6.0

.PHONY: help
help: ## Show this list
	@echo "Usage: make TARGET [VARIABLE=value …]"
	@awk -F ':.*## ' ' \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / && $$1 != "help" { printf "  %-15s %s\n", $$1, $$2 } \
		/^#: / { variables = variables "  " substr($$0, 4) "\n" } \
		END { printf "\nVariables, each with an example\n%s", variables }' $(MAKEFILE_LIST)

##@ Try it, without an AWS account

.PHONY: run
run: $(LOCAL) ## Carry out one event on a local AWS, from the set-up to the report
	@exec $(LOCAL) run -event "$(EVENT)" -scenario "$(SCENARIO)" -max-instances "$(MAX_INSTANCES)"

.PHONY: local
local: $(LOCAL) ## Keep the same stack up until Ctrl-C; the next three targets work on it
	@exec $(LOCAL) up -scenario "$(SCENARIO)" -max-instances "$(MAX_INSTANCES)" -host "$(HOST)"

.PHONY: send
send: $(LOCAL) ## Send an event to that stack, and follow its run
	@exec $(LOCAL) send "$(EVENT)"

.PHONY: runs
runs: $(LOCAL) ## List the runs of that stack
	@exec $(LOCAL) runs

.PHONY: show
show: $(LOCAL) ## Show the report of the newest run, or of RUN
	@exec $(LOCAL) show "$(RUN)"

.PHONY: picture
picture: $(LOCAL) ## Draw a run into .local: the newest run of the stack that is up, or RUN (a name, or an ARN in AWS)
	@exec $(LOCAL) picture "$(RUN)"

.PHONY: judge
judge: $(LOCAL) ## Check a run against its history: the newest run of the stack that is up, or RUN (a name, or an ARN in AWS)
	@exec $(LOCAL) judge "$(RUN)"

.PHONY: doctor
doctor: $(LOCAL) ## Say what is right, wrong and still to do in STACK in AWS, or in the stack that is up
	@exec $(LOCAL) doctor "$(STACK)"

.PHONY: event
event: $(LOCAL) ## Print a sample event with a new id and new times, for sam local invoke
	@exec $(LOCAL) event "$(EVENT)"

##@ Work on it

.PHONY: setup
setup: $(LOCAL) ## Install what the other targets need into .local; each of them does this by itself
	@$(LOCAL) setup

# Go itself knows whether there is something to build, so it is always asked.
.PHONY: $(LOCAL)
$(LOCAL):
	@command -v go >/dev/null || { echo "zenstop: there is no go in PATH; install Go 1.26 or newer, https://go.dev/doc/install" >&2; exit 1; }
	@test -e $@ || printf '%-7s %s\n' set-up "the program of this command, which Go compiles (once, about a minute)"
	@go build -buildvcs=false -o $@ ./internal/proof/local || { echo "zenstop: Go could not build internal/proof/local, see above. The first build downloads the modules, which needs the network." >&2; exit 1; }

# The race detector needs a C compiler.
COMPILER = $(shell command -v "$$(go env CC | cut -d ' ' -f 1)")

.PHONY: test
test: setup $(AWSCLI)/stamp ## Run every test: unit tests (those of the product with the race detector), campaign, end to end on the local AWS
	@$(if $(COMPILER),,echo "There is no C compiler here, so the unit tests run without the race detector.")
	CGO_ENABLED=$(if $(COMPILER),1,0) ZENSTOP_REQUIRE_SDK=1 go test $(if $(COMPILER),-race) -shuffle=on -timeout 20m $$(go list ./... | grep -v -e /daily$$ -e /proof/campaign -e /proof/small -e /proof/local -e /proof/bench -e /proof/verify -e /statemachine)
	ZENSTOP_REQUIRE_SDK=1 go test -shuffle=on -timeout 20m ./internal/daily ./internal/proof/bench/... ./internal/proof/verify ./statemachine
	@$(MAKE) --no-print-directory -j2 test-campaign test-local

# The tests on the local AWS wait most of the time. The campaign has what they leave of the processors.
.PHONY: test-campaign test-local
test-campaign: $(if $(NPM),$(JSONATA)/stamp)
	@$(if $(NPM),,echo "There is no Node here, so no expression is compared with the reference implementation of JSONata; CI does it.")
	$(if $(NPM),ZENSTOP_JSONATA="$(CURDIR)/$(JSONATA)" )nice -n 10 go test -count=1 -timeout 40m ./internal/proof/campaign/ ./internal/proof/small/
test-local:
	ZENSTOP_E2E=1 go test -count=1 -parallel 16 -timeout 40m ./internal/proof/local/...

.PHONY: check
check: setup tools ## Run formatters and linters; check go.mod, the template and the definition
	go mod tidy -diff
	@files=$$($(BIN)/gofumpt -l .); test -z "$$files" || { echo "These files are not formatted; $(BIN)/gofumpt -w . formats them:"; echo "$$files"; exit 1; } >&2
	go vet ./...
	$(BIN)/golangci-lint run ./...
	$(VENV)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(VENV)/sam validate --lint --template template.yaml
	$(CHECKOV)/bin/python3 $(CHECKOV)/bin/checkov --file template.yaml --framework cloudformation --compact --quiet --skip-download
	go test ./statemachine/...

.PHONY: tools
tools: $(BIN)/golangci-lint-$(GOLANGCI_LINT) $(BIN)/gofumpt-$(GOFUMPT) $(CHECKOV)/stamp

# checkov and the AWS CLI want other versions of boto3 and others than the SAM CLI, so each has an environment of its own.
$(CHECKOV)/stamp $(AWSCLI)/stamp: .local/%/stamp: internal/proof/local/%.txt
	python3 -m venv --clear .local/$*
	.local/$*/bin/pip install --quiet --disable-pip-version-check -r $<
	@if test -f .local/$*/bin/aws; then printf '%s\n' '#!/bin/sh' 'exec "$${0%/*}/python3" -m awscli "$$@"' >.local/$*/bin/aws; fi # that of pip does not work in a folder with a space
	touch $@

# The version is the one that AWS names.
$(JSONATA)/stamp:
	@mkdir -p $(JSONATA)
	npm install --silent --no-audit --no-fund --prefix $(JSONATA) jsonata@2.0.6
	touch $@

$(BIN)/golangci-lint-$(GOLANGCI_LINT):
	GOBIN="$(CURDIR)/$(BIN)" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	touch $@

$(BIN)/gofumpt-$(GOFUMPT):
	GOBIN="$(CURDIR)/$(BIN)" go install mvdan.cc/gofumpt@$(GOFUMPT)
	touch $@

.PHONY: diagram
diagram: ## Draw the workflow from its definition, into docs/workflow.md and README.md
	go test ./statemachine -update

.PHONY: clean
clean: ## Remove everything that was set up or built here
	rm -rf .local .aws-sam coverage.out

##@ Prove it

.PHONY: campaign
campaign: ## Make seeded runs with random faults in virtual time, and print a table of the results
	@go test -c -o $(BIN)/campaign ./internal/proof/campaign && exec $(BIN)/campaign -test.run '^TestCampaign$$' -runs $(RUNS) -seed $(SEED)

.PHONY: exhaust
exhaust: ## Try every behaviour of each small world, up to six looks, for at most LONGEST per world
	@go test -c -o $(BIN)/small ./internal/proof/small
	@echo "With one answer of each sort, and no call of a function that is lost:"
	@$(BIN)/small -test.run '^TestNoAnswerMakesARunLie$$' -test.v -test.timeout 0 -whole -sorts -faults 0 -longest $(LONGEST)
	@echo "With every answer, and one call that is lost or not made:"
	@exec $(BIN)/small -test.run '^TestNoAnswerMakesARunLie$$' -test.v -test.timeout 0 -whole -longest $(LONGEST)

.PHONY: test-sam-local
test-sam-local: ## Run every sample through sam local invoke; needs Docker
	ZENSTOP_SAM_LOCAL=1 ZENSTOP_HOST="$(HOST)" go test -count=1 -timeout 60m -v -run '^TestEverySampleIsAnsweredThroughSAMLocalInvoke$$' ./internal/proof/local

# Gremlins copies the whole module, so it gets one without .local. Without -count=1
# it would take the time of cached tests for its time limit.
.PHONY: mutation
mutation: ## Mutation tests: at least 90 % of the statements covered, and 90 % of the mutants of every SAMPLE-th line killed
	@GOBIN="$(CURDIR)/$(BIN)" go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS)
	@rm -rf .local/mutation && mkdir -p .local/mutation/module
	@tar -cf - --exclude=./.local --exclude=./.git --exclude=./.aws-sam . | tar -xf - -C .local/mutation/module
	@# gremlins mutates what a diff changes: each package has a repository in which the sample is changed.
	@cd .local/mutation/module && for p in $(MUTATED); do \
		echo "mutating internal/$$p: each mutant is listed in .local/mutation/$$p.txt"; \
		go test -count=1 -cover ./internal/$$p 2>&1 | grep coverage: >../$$p.txt; \
		export GIT_DIR="$$PWD/../$$p.git" GIT_WORK_TREE="$$PWD/internal/$$p"; \
		git init -q && git config diff.context 0; \
		for f in internal/$$p/*.go; do awk 'NR % $(SAMPLE) == 0 { $$0 = $$0 " //" } { print }' "$(CURDIR)/$$f" >$$f; done; \
		(cd internal/$$p && git add . && git -c user.name=sample -c user.email=sample@localhost commit -qm sample); \
		cp "$(CURDIR)/internal/$$p/"*.go internal/$$p/; \
		GOFLAGS="-count=1 -vet=off" "$(CURDIR)/$(BIN)/gremlins" unleash --diff HEAD --workers 1 --timeout-coefficient 10 ./internal/$$p >>../$$p.txt 2>&1 || tail -n 20 ../$$p.txt; \
	done
	@cd .local/mutation && awk -F '[:,%]' ' \
		BEGIN { printf "%-12s %9s %7s %6s %10s %9s\n", "package", "covered", "killed", "lived", "timed out", "efficacy" } \
		/coverage:/ { sub(/.*coverage: /, ""); covered = $$1 + 0 } \
		/^Killed:/ { killed = $$2; lived = $$4 } \
		/^Timed out:/ { late = $$2 } \
		/^Test efficacy:/ { measured++; if ($$2 < 90 || covered < 90) low = 1; \
			printf "%-12s %8.1f%% %7d %6d %10d %8.1f%%\n", substr(FILENAME, 1, length(FILENAME) - 4), covered, killed, lived, late, $$2 } \
		END { if (measured < ARGC - 1) print "gremlins measured " measured + 0 " of " ARGC - 1 " packages"; if (low) print "a package is below 90 %"; \
			exit low || measured < ARGC - 1 }' $(MUTATED:%=%.txt)

fuzz: ## Fuzz events, payloads, run documents and answers of Zenlayer
	go test ./internal/trigger -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME)
	go test ./internal/runs -run '^$$' -fuzz FuzzDecode -fuzztime $(FUZZTIME)
	go test ./internal/power -run '^$$' -fuzz FuzzKeepTime -fuzztime $(FUZZTIME)
	go test ./internal/zenlayer -run '^$$' -fuzz FuzzDecodeAnswer -fuzztime $(FUZZTIME)
	go test ./internal/handler -run '^$$' -fuzz FuzzHandle -fuzztime $(FUZZTIME)

.PHONY: bench
bench: ## Measure, and write docs/performance.md; needs an idle machine for some 12 minutes
	@go build -buildvcs=false -o $(BIN)/bench ./internal/proof/bench && exec $(BIN)/bench

##@ Ship it

.PHONY: build
build: setup ## Build the functions for AWS
	SAM_CLI_TELEMETRY=0 $(VENV)/sam build

.PHONY: package
package: $(LOCAL) ## Make the files of a release: a zip file for each processor, and their checksums
	@exec $(LOCAL) package

.PHONY: verify-aws
verify-aws: $(LOCAL) ## Ask AWS whether it accepts the workflow: two read-only API actions, with your AWS credentials
	@exec $(LOCAL) verify

.PHONY: deploy
deploy: build ## Deploy to your AWS account; asks for the parameters
	$(VENV)/sam deploy --guided
