#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/clients/mosquitto.sh - the broker seen by mosquitto_pub and mosquitto_sub, MQTT 3.1, 3.1.1 and 5.0.
#
# Started by tests/clients/run, with the brokers in MQTT_PORT, MQTT_LIMITED_PORT and MQTT_HANDLERS_PORT; without the last
# two, their checks are left out. Prints "ok NAME" or "FAIL NAME: why" per check, "end" last.
set -u
# shellcheck source=tests/clients/lib.sh
. "$(dirname "$0")/lib.sh"
work=$(mktemp -d)
HOST=127.0.0.1
PORT=${MQTT_PORT:?}
export LC_ALL=C
declare -A pids=()

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	# shellcheck disable=SC2046 # one word for each process
	kill -9 $(jobs -rp) 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

pub() {
	timeout "$PATIENCE" mosquitto_pub -h "$HOST" -p "$PORT" "$@" 2>&1
}

# sub NAME COUNT ARGUMENT...: a subscriber in the background, subscribed when this returns.
sub() {
	local name=$1 count=$2
	shift 2
	: >"$work/$name" # what an earlier one of the same name said must not be taken for its word
	timeout "$PATIENCE" stdbuf -oL mosquitto_sub -h "$HOST" -p "$PORT" -d -C "$count" "$@" >"$work/$name" 2>&1 &
	pids[$name]=$!
	within lines "$work/$name" 1 '^(Subscribed |Connection error|Error)'
}

# got NAME: waits for the subscriber to have all (or to give up), and prints what it received.
got() {
	within ended "${pids[$1]}" || true
	messages "$1"
}
messages() {
	grep -avE '^(Client |Subscribed |Received DISCONNECT|$)' "$work/$1" || true
}

# once ARGUMENT...: the first message that comes.
once() {
	timeout "$PATIENCE" mosquitto_sub -h "$HOST" -p "$PORT" -C 1 "$@" 2>&1
}

# kill_client NAME: as a crash would.
kill_client() {
	kill -9 "$(pgrep -P "${pids[$1]}" mosquitto_sub)"
	wait "${pids[$1]}" 2>/dev/null
}
# dismiss NAME: ends a subscriber in an orderly way.
dismiss() {
	kill -TERM "${pids[$1]}"
	wait "${pids[$1]}" 2>/dev/null
}

versions=(mqttv31 mqttv311 mqttv5)

test_qos_matrix() {
	local version qos number=0 from wanted
	for version in "${versions[@]}"; do
		for qos in 0 1 2; do
			sub "matrix-$version-$qos" 9 -V "$version" -q $qos -F '%p %q' -t 'matrix/+'
		done
	done
	for from in "${versions[@]}"; do
		for qos in 0 1 2; do
			number=$((number + 1))
			pub -V "$from" -q $qos -t "matrix/$number" -m "$from-$qos"
		done
	done
	for version in "${versions[@]}"; do
		for qos in 0 1 2; do
			wanted=$(for from in "${versions[@]}"; do
				for number in 0 1 2; do echo "$from-$number $((number < qos ? number : qos))"; done
			done)
			same "$version subscriber of QoS $qos, publishers of each version and QoS" "$wanted" "$(got "matrix-$version-$qos" | sort)"
		done
	done
}

test_retained() {
	local version
	pub -q 1 -r -t retained-end -m end
	for version in "${versions[@]}"; do
		local base=retained/$version
		sub live 1 -V "$version" -F '%t %r %p' -t "$base/#"
		pub -V "$version" -q 1 -r -t "$base/a/x" -m one
		same "$version: a subscriber that is there gets RETAIN 0" "$base/a/x 0 one" "$(got live)"
		pub -V "$version" -q 2 -r -t "$base/b/x" -m two
		pub -V "$version" -r -t "$base/b/y" -m three
		same "$version: retained, exact" "$base/a/x 1 one" "$(once -V "$version" -F '%t %r %p' -t "$base/a/x")"
		same "$version: retained, +" "$base/a/x one,$base/b/x two" \
			"$(once -C 2 -V "$version" -v -t "$base/+/x" | sort | paste -sd,)"
		same "$version: retained, #" "$base/a/x one,$base/b/x two,$base/b/y three" \
			"$(once -C 3 -V "$version" -v -t "$base/#" | sort | paste -sd,)"
		pub -V "$version" -q 1 -r -t "$base/b/x" -m newer
		same "$version: retained, replaced" newer "$(once -V "$version" -t "$base/b/x")"
		pub -V "$version" -q 1 -r -n -t "$base/b/x"
		pub -V "$version" -q 1 -r -n -t "$base/b/y"
		same "$version: retained, cleared" "$base/a/x one,retained-end end" "$(once -V "$version" -v -C 2 -t "$base/#" -t retained-end | paste -sd,)"
	done
	pub -r -t retained-qos -q 2 -m x
	same 'retained: QoS of the subscription' 1 "$(once -q 1 -F %q -t retained-qos)"
	same 'retained: QoS of the message' 2 "$(once -q 2 -F %q -t retained-qos)"
}

test_will() {
	local version
	for version in "${versions[@]}"; do
		local base=will/$version
		sub observer 3 -V "$version" -q 2 -F '%t %q %r %p' -t "$base/#"
		sub killed 1 -V "$version" -t none --will-topic "$base/killed" --will-payload gone --will-qos 2
		kill_client killed
		is "$version: the will comes" within lines "$work/observer" 1 gone
		pub -V "$version" -t none2 -m x --will-topic "$base/orderly" --will-payload never
		sub keeper 1 -V "$version" -t none --will-topic "$base/kept" --will-payload stays --will-qos 1 --will-retain
		kill_client keeper
		is "$version: the will with RETAIN comes" within lines "$work/observer" 1 stays
		pub -V "$version" -q 1 -t "$base/last" -m last
		same "$version: wills of crashes only" "$base/killed 2 0 gone|$base/kept 1 0 stays|$base/last 1 0 last" \
			"$(got observer | paste -sd'|')"
		same "$version: a retained will" 'stays 1' "$(once -V "$version" -F '%p %r' -t "$base/kept")"
	done
}

test_session() {
	local version expiry number qos
	for version in "${versions[@]}"; do
		local base=session/$version
		expiry=()
		if [ "$version" = mqttv5 ]; then expiry=(-x 3600); fi
		for qos in 1 2; do
			once -V "$version" -i "pers-$version-$qos" -c "${expiry[@]}" -q $qos -t "$base/+" -E >"$work/session"
			for number in 1 2 3 4 5 6; do
				pub -V "$version" -q 2 -t "$base/$number" -m "waited-$number"
			done
			same "$version: the queue of an absent client of QoS $qos, in order" \
				"waited-1 $qos|waited-2 $qos|waited-3 $qos|waited-4 $qos|waited-5 $qos|waited-6 $qos" \
				"$(once -C 6 -F '%p %q' -V "$version" -i "pers-$version-$qos" -c "${expiry[@]}" -q $qos -t "$base/+" | paste -sd'|')"
		done
		sub fresh 1 -V "$version" -i "pers-$version-2" -q 2 -t "$base/+"
		pub -V "$version" -q 1 -t "$base/now" -m now
		same "$version: a clean session has nothing of the old one" now "$(got fresh)"
	done
}

test_shared() {
	local version number
	for version in mqttv311 mqttv5; do
		local base=shared/$version
		sub one 100 -V "$version" -q 1 -t "\$share/group/$base/+"
		sub two 100 -V "$version" -q 1 -t "\$share/group/$base/+"
		sub other 30 -V "$version" -q 1 -t "\$share/other/$base/+"
		sub plain 30 -V "$version" -q 1 -t "$base/+"
		seq 30 | pub -V "$version" -q 1 -t "$base/x" -l
		same "$version: another group has all" "$(seq 30)" "$(got other)"
		same "$version: a plain subscription has all" "$(seq 30)" "$(got plain)"
		is "$version: the group has all" within shared_sum 30
		same "$version: each once, in all" "$(seq 30)" "$( (messages one && messages two) | sort -n)"
		is "$version: the first member has some" test "$(messages one | wc -l)" -ge 5
		is "$version: the second member has some" test "$(messages two | wc -l)" -ge 5
		kill_client two
		pub -V "$version" -q 1 -t "$base/x" -m late
		is "$version: the one that is left gets the message" within lines "$work/one" 1 '^late$'
		kill_client one
	done
}
shared_sum() {
	[ "$( (messages one && messages two) | wc -l)" -ge "$1" ]
}

test_large() {
	local version
	head -c 460800 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$work/payload"
	for version in "${versions[@]}"; do
		sub large 1 -V "$version" -q 1 -t "large/$version"
		pub -V "$version" -q 2 -t "large/$version" -f "$work/payload"
		got large | head -c 921600 >"$work/payload.got"
		is "$version: 900 KB arrive whole" cmp "$work/payload" "$work/payload.got"
	done
	pub -q 1 -r -t large/kept -f "$work/payload"
	timeout "$PATIENCE" mosquitto_sub -h "$HOST" -p "$PORT" -V 5 -C 1 -N -t large/kept >"$work/payload.got"
	is '900 KB retained arrive whole' cmp "$work/payload" "$work/payload.got"
	pub -q 1 -r -n -t large/kept
	: >"$work/empty"
	sub none 2 -F '<%p>' -t empty
	pub -q 1 -t empty -n
	pub -q 1 -t empty -m x
	same 'an empty payload' '<>|<x>' "$(got none | paste -sd'|')"
}

test_properties() {
	local format='%t|%p|%P|%R|%D|%C|%F|%S'
	sub all 1 -V 5 -q 1 -F "$format" -t props -D subscribe subscription-identifier 77
	sub expiry 1 -V 5 -F %E -t props
	sub old 1 -V mqttv311 -F "%t|%p" -t props
	pub -V 5 -q 1 -t props -m text -D publish user-property one 1 -D publish user-property one 2 \
		-D publish response-topic reply/to -D publish correlation-data corr -D publish content-type text/plain \
		-D publish payload-format-indicator 1 -D publish message-expiry-interval 3600
	same 'properties go to the subscriber' 'props|text|one:1 one:2|reply/to|corr|text/plain|1|77' "$(got all)"
	local left
	left=$(got expiry)
	is "message expiry interval goes on ($left)" test "$left" -le 3600 -a "$left" -ge 3500
	same 'a 3.1.1 subscriber gets the message without them' 'props|text' "$(got old)"

	sub two 2 -V 5 -F '%t %S' -t ids/a -t ids/b -D subscribe subscription-identifier 268435455
	pub -V 5 -q 1 -t ids/a -m x
	pub -V 5 -q 1 -t ids/b -m x
	same 'largest subscription identifier' 'ids/a 268435455|ids/b 268435455' "$(got two | paste -sd'|')"

	once -V 5 -i expirer -c -x 3600 -q 1 -t exp -E >"$work/expirer"
	pub -V 5 -q 1 -t exp -m short -D publish message-expiry-interval 1
	# The broker's own clock: this will comes two seconds after the message above was queued.
	sub clock 1 -V 5 -q 1 -t exp-clock
	sub clocked 1 -V 5 -x 100 -t none --will-topic exp-clock --will-payload now -D will will-delay-interval 2
	kill_client clocked
	same 'a will with delay comes' now "$(got clock)"
	pub -V 5 -q 1 -t exp -m long -D publish message-expiry-interval 3600
	same 'an expired message is not sent' long "$(once -V 5 -i expirer -c -x 0 -q 1 -t exp)"

	pub -V 5 -q 1 -r -t retained-props -m kept -D publish user-property k v -D publish content-type a/b
	same 'a retained message keeps its properties' 'kept|k:v|a/b' "$(once -V 5 -F '%p|%P|%C' -t retained-props)"
	sub will 1 -V 5 -F '%p|%P|%R' -t will-props
	sub dying 1 -V 5 -t none --will-topic will-props --will-payload dead -D will user-property w 1 \
		-D will response-topic tell/me
	kill_client dying
	same 'a will keeps its properties' 'dead|w:1|tell/me' "$(got will)"
}

test_takeover() {
	sub first 1 -V 5 -i same -t takeover
	sub second 1 -V 5 -i same -t takeover
	is 'the old connection gets DISCONNECT 0x8E' within lines "$work/first" 1 '^Received DISCONNECT \(142\)$'
	dismiss first # mosquitto_sub 2.0.21 would connect again, a second later
	pub -V 5 -q 1 -t takeover -m after
	same 'the new connection has the messages' after "$(got second)"
}

test_refusals() {
	head -c 1100000 /dev/zero >"$work/huge"
	same '3.1.1: a packet above the maximum closes the connection' 'Error: The connection was lost.' \
		"$(pub -V mqttv311 -q 1 -t huge -f "$work/huge")"
	sub still 1 -t still
	pub -q 1 -t still -m here
	same 'the others go on' here "$(got still)"
}

test_limited() {
	local HOST=::1 PORT=$MQTT_LIMITED_PORT version
	for version in "${versions[@]}"; do
		sub "six-$version" 1 -V "$version" -q 1 -t six
	done
	pub -V mqttv311 -q 1 -t six -m over-six
	for version in "${versions[@]}"; do
		same "$version over IPv6" over-six "$(got "six-$version")"
	done
	sub wild 1 -V 5 -t 'a/#'
	is 'no wildcards: SUBACK 0xA2' lines "$work/wild" 1 '^Subscribed .*162'
}

# login WANTED NAME ARGUMENT...
login() {
	local name=$2 wanted=$1
	shift 2
	same "$name" "$wanted" "$(PORT=$MQTT_HANDLERS_PORT pub -q 1 -t login -m x "$@" | head -n 1)"
}

test_login() {
	local version refused='Connection error: Connection Refused:'
	for version in mqttv31 mqttv311; do
		login '' "$version: the right password" -V "$version" -u alice -P wonderland
		login "$refused bad user name or password." "$version: a wrong password, return code 4" -V "$version" -u alice -P x
		login "$refused not authorised." "$version: no user name, return code 5" -V "$version"
		login "$refused broker unavailable." "$version: return code 3" -V "$version" -u alice -P wonderland -i unavailable
		login "$refused identifier rejected." "$version: return code 2" -V "$version" -u alice -P wonderland -i rejected
	done
	refused='Connection error:'
	login '' '5.0: the right password' -V 5 -u alice -P wonderland
	login "$refused Bad User Name or Password" '5.0: a wrong password, 0x86' -V 5 -u alice -P x
	login "$refused Not authorized" '5.0: no user name, 0x87' -V 5
	login "$refused Server unavailable" '5.0: 0x88' -V 5 -u alice -P wonderland -i unavailable
	login "$refused Client Identifier not valid" '5.0: 0x85' -V 5 -u alice -P wonderland -i rejected
	login "$refused Banned" '5.0: 0x8A' -V 5 -u banned -P wonderland
}

# What clients see of a broker that stops: a broker of its own.
test_stop() {
	broker stopping "$PHP" -n -d "extension=$SO" "$ROOT/bin/mqtt-server" --host 127.0.0.1 --port 0 || return
	local PORT=$BROKER_PORT pid=$BROKER_PID
	sub five 1 -V 5 -i five -t stop
	sub four 1 -V mqttv311 -i four -t stop --will-topic stop --will-payload no
	stop_broker 'with clients' "$pid"
	is '5.0: DISCONNECT 0x8B when the broker stops' within lines "$work/five" 1 '^Received DISCONNECT \(139\)$'
	dismiss five
	dismiss four
	same 'no will is published to the others when the broker stops' '' "$(messages five)"
	same 'the port is free again' 1 "$(once -V 5 -t x 2>&1 | grep -c -i refused)"
}

test_qos_matrix
test_retained
test_will
test_session
test_shared
test_large
test_properties
test_takeover
test_refusals
if [ -n "${MQTT_LIMITED_PORT-}" ]; then test_limited; fi
if [ -n "${MQTT_HANDLERS_PORT-}" ]; then
	test_login
	test_stop
fi
echo end
