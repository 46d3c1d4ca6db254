#!/bin/bash
# Installs and fetches all that the hosts of the suites and the machines of tests/vfio are made of. These see the files of this
# computer: while one is up, nothing may be installed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need_root
lab_install "${LAB_PACKAGES[@]}" "${DESKTOP_PACKAGES[@]}"
"$LAB_DIR/kernel.sh" >/dev/null
