# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# bin/lib/common.sh - what the scripts of bin/ and .ci/ share. Sourced, never run.
# Sets ROOT (the checkout), PHP and PHP_CONFIG (override them in the environment to test another PHP).

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PHP=${PHP:-php}
PHP_CONFIG=${PHP_CONFIG:-php-config}
export LC_ALL=C.UTF-8

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The comment at the top of the script that runs: its --help.
usage() {
	awk 'NR > 3 && !/^#/ { exit } NR > 3 { sub(/^# ?/, ""); print }' "$0"
}

# help_if_asked "$@": for scripts whose options are few; prints it and ends when that is what the first one asks for.
help_if_asked() {
	case ${1-} in
	-h | --help)
		usage
		exit 0
		;;
	esac
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# Files of the project below the given paths that git knows, one per line, sorted.
# Outside a git checkout (an unpacked package) every file that is no build product counts.
project_files() {
	if git -C "$ROOT" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		(cd "$ROOT" && git ls-files -- "$@" | while IFS= read -r file; do
			if [ -f "$file" ]; then printf '%s\n' "$file"; fi
		done)
	else
		(cd "$ROOT" && find "$@" -type f ! -name '*.dep' ! -name '*.lo' ! -name '*.o' ! -path '*/.libs/*') | sort
	fi
}

# Where PHP keeps gen_stub.php and its m4 files.
php_build_dir() {
	local dir
	for dir in "$("$PHP_CONFIG" --prefix)/lib/php/$("$PHP_CONFIG" --phpapi 2>/dev/null)/build" \
		"$("$PHP_CONFIG" --prefix)/lib/php/$(basename "$("$PHP_CONFIG" --extension-dir)")/build" \
		"$("$PHP_CONFIG" --prefix)/lib/php/build"; do
		if [ -f "$dir/gen_stub.php" ]; then
			printf '%s\n' "$dir"
			return 0
		fi
	done
	return 1
}
