#!/bin/bash
# Runs COMMAND in this shell while an agent answers polkit's questions about this shell, whose number
# COMMAND sees as $SUBJECT. The agent answers as the user who runs this.
#   with-agent.sh PASSWORD LOG COMMAND
password=$1 log=$2 command=$3
export SUBJECT=$$
fifo=$(mktemp -u)
mkfifo -m 600 "$fifo"
"$(dirname "$0")/agent.exp" $$ "$(id -un)" "$password" "$fifo" >"$log" 2>&1 &
agent=$!
timeout 20 cat "$fifo" # until the agent is registered
rm -f "$fifo"
eval "$command"
code=$?
kill "$agent" 2>/dev/null
wait "$agent" 2>/dev/null
exit $code
