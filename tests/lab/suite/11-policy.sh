#!/bin/bash
# The polkit catalogue against the real polkitd.
exec "$(dirname "$0")/../check-polkit.sh"
