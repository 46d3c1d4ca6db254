# KVM Manager. `make run` and `make test` install what is missing and are all that one needs to know.
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 1800
export PREFIX DESTDIR
# Set to move them: BINARY GUI_BINARY TRAY_BINARY BINDIR LIBEXECDIR DATADIR DOCDIR MANDIR AUTOSTARTDIR UNITDIR SYSUSERSDIR
# TMPFILESDIR POLKITDIR DBUSPOLICYDIR
export BINARY GUI_BINARY TRAY_BINARY BINDIR LIBEXECDIR DATADIR DOCDIR MANDIR AUTOSTARTDIR UNITDIR SYSUSERSDIR
export TMPFILESDIR POLKITDIR DBUSPOLICYDIR

.PHONY: help run demo screenshots test test-vfio check build bench fuzz install uninstall deb clean

help:
	@echo "make run        build everything, start the service on a bus of its own, open the window on it"
	@echo "make demo       open the window on machines that exist in memory only"
	@echo "make test       all tests; as root the end-to-end suites too"
	@echo "make test-vfio  of these, passthrough on a machine with an IOMMU, in QEMU"
	@echo "make check      formatting, lints, files, licences, spelling"
	@echo "make build      the release build"
	@echo "make screenshots  the pictures of the README and docs/, drawn by the product"
	@echo "make bench      the benchmarks"
	@echo "make fuzz       the fuzz targets, FUZZ_SECONDS=$(FUZZ_SECONDS) each"
	@echo "make install    what was built, below DESTDIR= with PREFIX= ($(PREFIX))"
	@echo "make uninstall  exactly what was installed"
	@echo "make deb        a Debian package"
	@echo "make clean      what was built"

run:
	@scripts/run.sh

demo:
	@scripts/install-dependencies.sh run
	cargo build --release --locked --bin kvm-manager
	$${CARGO_TARGET_DIR:-target}/release/kvm-manager --demo

screenshots:
	RENEW_PICTURES=1 cargo test --locked --package kvm-manager-ui --test pictures documents::

test:
	@scripts/test.sh

test-vfio:
	@scripts/test.sh vfio

check:
	@scripts/check.sh

build:
	@scripts/install-dependencies.sh run
	cargo build --release --locked --bin kvm-managerd --bin kvm-manager --bin kvm-manager-tray

bench:
	@scripts/install-dependencies.sh bench
	@tests/bench/run.sh

fuzz:
	@fuzz/run.sh $(FUZZ_SECONDS)

install:
	@scripts/install.sh install

uninstall:
	@scripts/install.sh uninstall

deb:
	@scripts/deb.sh

clean:
	cargo clean
