# Parcel-locker controller. `make` lists the targets.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run story test tools check vet race bench bench-peers fuzz build pictures screens clean install prompts deb dist spoken

# The product needs no C compiler; the race detector does.
export CGO_ENABLED ?= 0
# Tests and tools look for programs such as mosquitto here too.
export PATH := $(PATH):/usr/sbin:/sbin

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 10s
# Folders of real finger images, FINGER_IMPRESSION.png, for measuring; not part of the project.
FINGERS     ?= $(patsubst %/fvc2004_db3b,%/fvc2004_db3b@512,$(wildcard ../shared/data/fingerprint/fvc*))
BENCH       ?= .
PACKAGES    ?= ./...
ARGS        ?=
DESTDIR     ?=
VERSION     ?= 0.1.0
HARDWARE    ?= ./drivers/gpio ./drivers/lock ./drivers/keypad ./drivers/microphone ./drivers/watchdog ./cmd/lockerd
DAYS        ?= 30
PORTABLE    ?= ./matcher/pattern ./matcher/passcode ./matcher/secret ./sync/wire ./controller ./store ./matcher/voice/embedding

# Everything but these is built.
ifneq ($(filter-out help clean install,$(or $(MAKECMDGOALS),help)),)
ifeq ($(shell command -v go),)
$(error go is missing: apt install golang-go (Debian 13 or newer), or https://go.dev/dl/)
endif
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start everything on this machine; more with ARGS="-kiosk 127.0.0.1:9080"
	@exec bin/demo run $(ARGS)

story: build ## carry out the whole method headless, on a state of its own, and say whether all held
	@exec bin/demo story $(ARGS)

build: ## build the programs into bin/
	@mkdir -p bin
	go build -trimpath -o bin/ ./cmd/lockerd ./cmd/infosystem ./cmd/demo

test: tools check race ## check and test everything; as root on Debian it installs what the tests need
	@echo "== all passed"

test-hw: ## test the drivers on real kernel devices (relays, kernel-timed locks, keypads, a microphone, a watchdog, a disk whose power is cut)
	@kernel=$$(scripts/uml/kernel) || { [ $$? = 2 ] && echo "   skipped: tests on kernel devices" && exit 0; exit 1; }; \
	echo "== go test in the test kernel"; \
	KERNEL=$$kernel CGO_ENABLED=0 go test -p 1 -count=1 -timeout 4m -run '^TestKernel' -exec $(CURDIR)/scripts/uml/exec $(HARDWARE); \
	echo "== a machine that hangs"; \
	KERNEL=$$kernel CGO_ENABLED=0 go test -count=1 -timeout 4m -run '^TestHungMachine$$' -v -exec $(CURDIR)/scripts/uml/exec ./cmd/lockerd; \
	echo "== power cuts of a machine that writes"; \
	KERNEL=$$kernel CGO_ENABLED=0 go test -count=1 -timeout 4m -run '^TestPowerCut' -v ./store

test-postgres: ## test the information system on a PostgreSQL server that it starts and throws away
	@echo "== go test on PostgreSQL"; \
	scripts/postgres go test -timeout 8m ./infosystem/... || { [ $$? = 77 ] && echo "   skipped: tests on PostgreSQL"; }

test-arm: ## test what is not bound to a machine on emulated arm64 and armv7 processors
	@# The two matchers of biometrics compute for long, so one test of each stands for them, with scores that are to be
	@# the same everywhere. Two tests of the store start themselves as another process, which an emulator of one process cannot.
	@for pair in arm64:qemu-aarch64-static arm:qemu-arm-static; do \
		if ! command -v "$${pair#*:}" >/dev/null; then \
			echo "== skipped: tests on $${pair%:*}: $${pair#*:} is missing (Debian package qemu-user-static)"; continue; \
		fi; \
		echo "== go test on $${pair%:*}"; \
		export CGO_ENABLED=0 GOARCH=$${pair%:*} GOARM=7; \
		go test -short -timeout 30m -skip '^(TestKill|TestFileLimit)$$' -exec "$${pair#*:}" $(PORTABLE); \
		go test -short -timeout 30m -run '^(TestSameOnEveryMachine|TestAdaAndBo)$$' -exec "$${pair#*:}" ./matcher/fingerprint ./matcher/voice; \
	done

test-machine: ## boot the arm64 package on an emulated Raspberry Pi with Debian's kernel, and read a relay's line from outside
	@folder=$$(scripts/qemu/fetch) || { [ $$? = 2 ] && echo "   skipped: the emulated Raspberry Pi" && exit 0; exit 1; }; \
	packaging/build-deb $(VERSION) arm64; \
	echo "== go test with an emulated Raspberry Pi"; \
	LOCKERD_PI=$$folder LOCKERD_DEB=$(CURDIR)/dist/lockerd_$(VERSION)_arm64.deb go test -count=1 -v -timeout 15m -run '^TestEmulatedPi$$' ./cmd/lockerd

test-days: ## run a cabinet for DAYS=30 days in the test kernel, whose clock jumps over what is not used: an hour or so
	@kernel=$$(scripts/uml/kernel) || { [ $$? = 2 ] && echo "   skipped: days by the test kernel's clock" && exit 0; exit 1; }; \
	echo "== go test by a clock that jumps"; \
	KERNEL=$$kernel KERNEL_ARGS="time-travel=inf-cpu LOCKERD_DAYS=$(DAYS)" EXEC_TIMEOUT=7200 CGO_ENABLED=0 \
		go test -count=1 -v -timeout 10000h -run '^TestDays$$' -exec $(CURDIR)/scripts/uml/exec ./cmd/lockerd

deb: ## build Debian packages for amd64, arm64 and armhf into dist/; VERSION=1.2.3 and MAINTAINER="..." name them
	@packaging/build-deb $(VERSION) amd64 arm64 arm

test-deb: ## build the packages twice, compare them, and install, upgrade, remove and purge them in a Debian of their own
	@packaging/test-deb $(VERSION)

test-boot: ## run the packages as services of systemd in a Debian in a container, as root: some three minutes; SUITE=bookworm for Debian 12
	@packaging/test-boot $(VERSION)

dist: ## packages with recorded prompts, their checksums and the bill of materials, in dist/
	@$(MAKE) spoken
	@$(MAKE) deb
	@cd dist && sha256sum {lockerd,infosystem}_$(VERSION)_*.deb >SHA256SUMS && ls -l

spoken: # what the packages' touchscreen speaks, where it can be recorded
	@if command -v espeak-ng >/dev/null; then $(MAKE) prompts; else echo "no espeak-ng here: the touchscreen of these packages is silent"; fi

tools: # programs that some tests need
	@scripts/test-tools

check: vet # what needs no run
	@echo "== gofmt"
	@unformatted=$$("$$(go env GOROOT)/bin/gofmt" -l $$(find . -name '*.go' -not -path '*/testdata/*')); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	@echo "== staticcheck"
	@if go run $(STATICCHECK) -version >/dev/null 2>&1; then go run $(STATICCHECK) ./...; \
	else echo "   skipped: $(STATICCHECK) cannot be had (no network?)"; fi

vet:
	@echo "== go vet"
	@go vet ./...
	@echo "== go vet for 32 bits"
	@GOARCH=386 go vet ./...
	@echo "== builds for arm64 and armv7"
	@GOARCH=arm64 go build ./cmd/...
	@GOARCH=arm GOARM=7 go build ./cmd/...

race: # the tests, with the race detector where it works
	@if CGO_ENABLED=1 go test -race -run '^$$' errors >/dev/null 2>&1; then \
		echo "== go test -race"; export CGO_ENABLED=1; race=-race; \
	else \
		echo "== go test (skipped: the race detector, which needs gcc and a 64-bit machine)"; race=; \
	fi; \
	go test $$race -timeout 8m $(PACKAGES)

bench: ## measure; some of it with BENCH=Pickup PACKAGES=./cmd/lockerd
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PACKAGES)

bench-peers: ## measure go-sourceafis beside this engine, on the folders of FINGERS="DIR..."
	cd bench && go run . $(abspath $(FINGERS))

fuzz: ## try every decoder on made-up input, FUZZTIME=10s each
	@grep -rn --include='*_test.go' '^func Fuzz' . | sed -E 's|^(.*)/[^/]*:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | \
	while read -r package target; do \
		echo "== $$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$package"; \
	done

pictures: ## take the pictures in docs/pictures anew, with chromium
	@PICTURES="$$PWD/docs/pictures" go test -count 1 -run '^TestPictures$$' ./cmd/demo

screens: ## pictures of every screen of the touchscreen, in both languages, on three sizes, in both sizes of text, into dist/screens
	@mkdir -p dist/screens
	@KIOSK_SHOTS="$$PWD/dist/screens" go test -count 1 -run '^TestBrowserEveryScreen$$' ./controller/kiosk
	@KIOSK_SHOTS="$$PWD/dist/screens" go test -count 1 -run '^TestStories/glass' ./cmd/lockerd
	@ls dist/screens | wc -l

install: ## install what `make build` built, with settings, units and rules, on a Debian machine (as root)
	@test -x bin/lockerd -a -x bin/infosystem || { echo "run make build first"; exit 1; }
	install -D -m 755 -t $(DESTDIR)/usr/bin bin/lockerd bin/infosystem
	install -D -m 644 -t $(DESTDIR)/usr/lib/systemd/system systemd/*.service systemd/*.path
	@for program in lockerd infosystem; do \
		for kind in sysusers tmpfiles; do \
			install -D -m 644 systemd/$$program.$$kind $(DESTDIR)/usr/lib/$$kind.d/$$program.conf; \
		done; \
		install -D -m 644 -t $(DESTDIR)/usr/share/bash-completion/completions packaging/completion/$$program; \
	done
	install -D -m 644 -t $(DESTDIR)/usr/lib/udev/rules.d systemd/70-lockerd.rules
	install -D -m 644 -t $(DESTDIR)/usr/share/doc/lockerd README.md
	@for file in cabinet infosystem; do \
		to=$(DESTDIR)/etc/lockerd/$$file.yaml; \
		if [ -e $$to ]; then echo "$$to stays as it is"; else install -D -m 644 configs/$$file.yaml $$to; fi; \
	done
	@if [ -z "$(DESTDIR)" ]; then \
		echo "making users and folders"; \
		systemd-sysusers lockerd.conf infosystem.conf; \
		systemd-tmpfiles --create lockerd.conf infosystem.conf || true; \
		if [ -d /run/systemd/system ]; then systemctl daemon-reload; udevadm control --reload; udevadm trigger --subsystem-match=gpio --subsystem-match=tty --subsystem-match=i2c-dev --subsystem-match=leds; fi; \
	fi

prompts: ## record what the touchscreen speaks, with espeak-ng, into prompts/
	go run ./cmd/prompts -doors $(or $(DOORS),60) prompts

clean: ## remove what was built; the state in ./var stays
	rm -rf bin dist
