# Kdump: see README.md. `make help` lists what can be made.
.DEFAULT_GOAL := help
.PHONY: help setup build test soak bench check format demo clean
SHELL := /bin/sh

# Set to make a demo on another kernel: make demo SUITE=sid
SUITE ?= bookworm

MVN = JAVA_HOME=$$(build/find-jdk) mvn -B -ntp
SOURCES := $(shell find . -path ./dist -prune -o -path '*/target' -prune -o \( -name '*.java' -o -name pom.xml \) -print) \
	$(wildcard build/* build/*/*)

# The emulation of several processors now and then kills a guest, by its own fault (see Story.booted). What fails with
# a virtual machine is tried once more; if it passes then, Maven lists it under "Flakes", with what the first run said.
AGAIN = -Dsurefire.rerunFailingTestsCount=1

# A machine that boots keeps one processor busy, so two test classes run at once.
AT_ONCE = -DforkCount=2

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 @\2/p' Makefile | column -t -s @

setup: ## install the JDK, Maven, QEMU and the rest, where they are missing
	@build/setup

build: dist/kdump/lib/kdump.aot ## leave a self-contained distribution in dist/kdump

dist/kdump/lib/kdump.aot: $(SOURCES)
	@build/setup
	$(MVN) -q package -Dmaven.test.skip
	JAVA_HOME=$$(build/find-jdk) build/dist

demo: build ## crash a stock Debian kernel in a virtual machine, and say what killed it
	dist/kdump/bin/kdump demo --suite $(SUITE)

test: setup check ## everything that must pass: unit tests, then real kernels that really crash
	$(MVN) verify
	$(MAKE) build
	$(MVN) verify -Dtest.groups=vm -Dtest.excluded=soak,bench -Dkdump.dist=$(CURDIR)/dist/kdump $(AGAIN) $(AT_ONCE)

soak: build ## what takes hours: captures killed a thousand times, more kernels
	$(MVN) verify -Dtest.groups=soak -Dtest.excluded=bench -Dkdump.dist=$(CURDIR)/dist/kdump

bench: build ## measure us against makedumpfile, crash and drgn, side by side on real dumps
	$(MVN) -q verify -pl e2e -am -Dtest.groups=bench -Dtest.excluded=soak -Dkdump.dist=$(CURDIR)/dist/kdump

check: setup ## formatting, and the rules of the rooms
	$(MVN) -q spotless:check
	$(MVN) -q test -Dtest.groups=rules

format: setup ## format the sources
	$(MVN) -q spotless:apply

clean: ## remove everything that was made here; downloads in the cache stay
	rm -rf dist */target
