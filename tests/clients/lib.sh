# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # set here and used by the caller, or the other way round
#
# tests/clients/lib.sh - what the scripts of this directory share: checks, bounded waits, brokers. Sourced, never run.
# The caller sets work, a directory of its own.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SO=${MQTT_SERVER_SO:-$ROOT/modules/mqtt_server.so}
PHP=${PHP:-php}
PATIENCE=${MQTT_TEST_PATIENCE:-20}

# ok NAME / fail NAME WHY: one line per check; the caller of the script counts them.
ok() {
	printf 'ok %s\n' "$1"
}
fail() {
	printf 'FAIL %s: %s\n' "$1" "$(printf '%s' "$2" | tr '\n' '|' | cut -c 1-600)"
}

# same NAME WANTED GOT
same() {
	if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "wanted <$2>, got <$3>"; fi
}

# is NAME COMMAND...: the command succeeds.
is() {
	local name=$1
	shift
	if "$@"; then ok "$name"; else fail "$name" "not so: $*"; fi
}

# within COMMAND...: true as soon as the command is; false when PATIENCE seconds have passed.
within() {
	local end=$((SECONDS + PATIENCE))
	until "$@"; do
		if [ $SECONDS -ge $end ]; then return 1; fi
		read -rt 0.02 <> <(:) || true
	done
}

# lines FILE COUNT PATTERN: at least COUNT lines match.
lines() {
	[ -f "$1" ] && [ "$(grep -acE -- "$3" "$1")" -ge "$2" ]
}

# client_modules: MQTT.js in NODE_PATH; npm installs it into .build/clients when it is not there.
# The version in package.json is pinned: the same one that is there already needs no registry.
client_modules() {
	local modules=$ROOT/.build/clients
	if [ ! -d "$modules/node_modules/mqtt" ] || ! cmp -s "$ROOT/tests/clients/package.json" "$modules/package.json"; then
		mkdir -p "$modules"
		cp "$ROOT/tests/clients/package.json" "$modules/package.json"
		(cd "$modules" && npm install --no-audit --no-fund --no-package-lock --loglevel=error) ||
			{ rm -f "$modules/package.json" && die "npm could not install MQTT.js"; }
	fi
	export NODE_PATH=$modules/node_modules
}

# ended PID: a child has ended; its exit code is still to be had by wait.
ended() {
	local state
	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -z "$state" ] || [ "$state" = Z ]
}

# broker NAME COMMAND...: starts it; its process id in BROKER_PID, its port in BROKER_PORT, its log in work/NAME.log.
broker() {
	local log=$work/$1.log
	shift
	: >"$log" # what an earlier one of the same name said must not be taken for its word
	"$@" </dev/null >"$log" 2>&1 &
	BROKER_PID=$!
	BROKER_PORT=
	if ! within lines "$log" 1 '^\[INFO\] TCP Server listening at '; then
		printf 'no broker: %s\n' "$*" >&2
		cat "$log" >&2
		kill -9 "$BROKER_PID" 2>/dev/null
		return 1
	fi
	BROKER_PORT=$(sed -n 's/^\[INFO\] TCP Server listening at .*:\([0-9]*\)$/\1/p' "$log" | head -n 1)
}

# stop_broker NAME PID: SIGTERM ends it, with exit code 0.
stop_broker() {
	local code=0
	kill -TERM "$2"
	if ! within ended "$2"; then
		kill -9 "$2"
		wait "$2"
		fail "$1: SIGTERM stops the broker" "still there after $PATIENCE seconds"
		return
	fi
	wait "$2" || code=$?
	same "$1: SIGTERM stops the broker with exit code 0" 0 "$code"
}
