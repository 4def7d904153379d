/* SPDX-License-Identifier: MIT
 *
 * tests/unit/wire/wire.h - the cases of tests/vectors/wire as JSON values. The notation: tests/vectors/README.md.
 */
#ifndef MQS_TESTS_WIRE_H
#define MQS_TESTS_WIRE_H

#define _POSIX_C_SOURCE 200809L /* glob, strdup, strtok_r: include this file first */

#include <glob.h>
#include <jansson.h>

#include "codec/codec.h"
#include "codec/packet_text.h"
#include "harness.h"

/* The text of a member, or NULL. */
__attribute__((unused)) static const char *wire_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Does the case hold nothing but members named in the list? A misspelt one would be a test that tests less. */
static bool wire_members_known(json_t *object)
{
	static const char *const known[] = {"name", "clauses", "level", "bytes", "fault", "result", "offset",
	    "answer_level", "broker", "first", "options", "steps", "only"};
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value)
	{
		bool good = false;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			good = good || strcmp(known[i], key) == 0;
		}
		if (!CHECK(good)) {
			printf("  unknown member %s\n", key);
			return false;
		}
	}
	return true;
}

static void wire_file(const char *path, void (*run)(json_t *object))
{
	json_error_t error;
	json_t *cases = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	const char *base = strrchr(path, '/') + 1;
	size_t index;
	json_t *object;
	test_case("%s", base);
	if (!CHECK(json_is_array(cases))) {
		printf("  %s:%d: %s\n", path, error.line, error.text);
		json_decref(cases);
		return;
	}
	json_array_foreach(cases, index, object)
	{
		const char *name = wire_text(object, "name");
		test_case("%s: %s", base, name ? name : "(no name)");
		if (CHECK(name != NULL) && wire_members_known(object) &&
		    CHECK(json_is_array(json_object_get(object, "clauses")))) {
			run(object);
		}
	}
	json_decref(cases);
}

/* Runs all cases of all files, each as a case of its own. */
static void wire_each(void (*run)(json_t *object))
{
	glob_t found;
	if (CHECK_EQ(glob("tests/vectors/wire/*.json", 0, NULL, &found), 0)) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			wire_file(found.gl_pathv[i], run);
		}
		globfree(&found);
	}
}

/*
 * What "fault" says: "81 MQTT-3.3.1-4" is a reason and a clause, "ok" a good packet. True: a fault.
 *
 * clause  [out] [borrowed] as long as the case lives
 */
static bool wire_fault(const json_t *object, uint8_t *reason, const char **clause)
{
	const char *text = wire_text(object, "fault");
	if (!text || strcmp(text, "ok") == 0) {
		return false;
	}
	CHECK(strlen(text) > 3 && text[2] == ' ');
	*reason = (uint8_t)strtoul(text, NULL, 16);
	*clause = text + 3;
	return true;
}

#endif
