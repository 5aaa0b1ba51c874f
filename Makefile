# SPDX-FileCopyrightText: 2026 The xenfleet.migration contributors
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Every line with "##" is a target that `make help` tells of.

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Debian packages (asks sudo unless root), .venv with the tools of the checks
	@tests/setup/packages.sh dev
	@tests/setup/venv.sh dev
	@tests/setup/collection.sh link

demo-setup: ## the smaller set-up of the demo, while the lab comes up beside it
	@tests/setup/packages.sh
	@tests/setup/collection.sh link
	@tests/setup/venv.sh run & tests/lab/xenlab up; up=$$?; wait $$! && exit $$up

tour-setup:
	@tests/setup/collection.sh link
	@tests/setup/venv.sh tour

test: setup ## every check below, down to e2e
	@tests/checks/all.sh

lint: setup ## style, documentation, licences
	@tests/checks/lint.sh

types: setup ## mypy --strict
	@tests/checks/types.sh

unit: setup ## tests without a lab (ARGS="-k word" goes to pytest)
	@tests/checks/unit.sh $(ARGS)

cores: setup ## playbook tests with the other ansible-cores (ARGS=2.18 for one)
	@tests/checks/cores.sh $(ARGS)

sanity: setup ## ansible-test sanity with every supported ansible-core (ARGS=2.19 for one)
	@tests/checks/sanity.sh $(ARGS)

package: setup ## build the collection, let Galaxy's importer judge it
	@tests/checks/package.sh

e2e: setup ## tests on the lab: two emulated Xen hosts (ARGS="-k word" goes to pytest)
	@tests/checks/e2e.sh $(ARGS)

demo: demo-setup ## two real Xen hosts, one live move, and the proof
	@tests/demo/demo

tour: tour-setup ## the same playbooks on an imitation of libvirt, in seconds, without root
	@tests/demo/tour

bench: $(if $(filter locating planning,$(ARGS)),setup,demo-setup) ## what moving, draining, locating and planning cost (ARGS=planning for one, without the lab)
	@tests/bench/bench $(ARGS)

faults: demo-setup ## real moves broken in every way, and the table in docs/reliability.md (ARGS="--release 13 -k word")
	@tests/faults/faults $(ARGS)

format: setup ## let ruff rewrite what it can
	@.venv/bin/ruff format --no-cache --quiet .
	@.venv/bin/ruff check --no-cache --fix .

pins: ## newest versions of everything into tests/setup/requirements-*.txt
	@tests/setup/refresh-pins.sh

clean: ## remove what the checks made (.venv, .build)
	rm -rf .build .venv collections tests/output .ansible .ruff_cache .mypy_cache .pytest_cache

.PHONY: help setup demo-setup tour-setup test lint types unit cores sanity package e2e demo tour bench faults format pins clean
