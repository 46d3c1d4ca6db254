#!/bin/bash
# What the sandbox lets through to /sys.
exec "$(dirname "$0")/../check-tunables.sh"
