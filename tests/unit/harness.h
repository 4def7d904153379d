/* SPDX-License-Identifier: MIT
 *
 * tests/unit/harness.h - the test harness of the pure C: cases, checks that are always compiled, an allocator that can
 * be made to fail. Each test program includes it once, lists its cases and ends with TEST_MAIN.
 */
#ifndef MQS_TESTS_HARNESS_H
#define MQS_TESTS_HARNESS_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

static struct {
	char name[128];
	int passed, failed, broken; /* broken: checks that failed in the running case */
	bool open;
} test_state;

/* Ends the running case and begins another; rows of a table are cases of their own this way. */
__attribute__((format(printf, 1, 2), unused)) static void test_case(const char *format, ...)
{
	if (test_state.open) {
		*(test_state.broken ? &test_state.failed : &test_state.passed) += 1;
	}
	va_list args;
	va_start(args, format);
	vsnprintf(test_state.name, sizeof(test_state.name), format, args);
	va_end(args);
	test_state.broken = 0;
	test_state.open = true;
}

__attribute__((unused)) static bool test_check(bool good, const char *what, const char *file, int line)
{
	if (!good && test_state.broken++ < 5) {
		printf("%s:%d: %s: %s\n", file, line, test_state.name, what);
	}
	return good;
}

__attribute__((unused)) static bool test_equal(intmax_t a, intmax_t b, const char *what, const char *file, int line)
{
	if (a != b) {
		char text[256];
		snprintf(text, sizeof(text), "%s: %" PRIdMAX " != %" PRIdMAX, what, a, b);
		return test_check(false, text, file, line);
	}
	return true;
}

/* Both give their verdict as a value, so that a test can stop where going on makes no sense. */
#define CHECK(cond)    test_check((cond), #cond, __FILE__, __LINE__)
#define CHECK_EQ(a, b) test_equal((intmax_t)(a), (intmax_t)(b), #a " == " #b, __FILE__, __LINE__)

/* Counts what is alive; call number `fail_at` (from 1, 0 for never) answers NULL, and with `fail_on` all later too. */
typedef struct test_alloc {
	mqs_alloc alloc;
	long live, calls, fail_at;
	bool fail_on;
} test_alloc;

static bool test_alloc_fails(test_alloc *test)
{
	test->calls++;
	return test->fail_at && (test->calls == test->fail_at || (test->fail_on && test->calls > test->fail_at));
}

static void *test_alloc_resize(void *ctx, void *ptr, size_t size)
{
	test_alloc *test = ctx;
	if (test_alloc_fails(test)) {
		return NULL;
	}
	test->live += ptr ? 0 : 1;
	return realloc(ptr, size);
}

static void *test_alloc_acquire(void *ctx, size_t size)
{
	return test_alloc_resize(ctx, NULL, size);
}

static void test_alloc_release(void *ctx, void *ptr)
{
	((test_alloc *)ctx)->live -= ptr ? 1 : 0;
	free(ptr);
}

__attribute__((unused)) static void test_alloc_init(test_alloc *test, long fail_at)
{
	*test = (test_alloc){.fail_at = fail_at};
	test->alloc = (mqs_alloc){test, test_alloc_acquire, test_alloc_resize, test_alloc_release};
}

/* Random numbers that are the same in every run (xorshift64*). */
__attribute__((unused)) static uint64_t test_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

typedef struct test_entry {
	const char *name;
	void (*run)(void);
} test_entry;

#define TEST_ENTRY(function)                                                                                           \
	{                                                                                                                  \
#function, function                                                                                            \
	}

/* TEST_MAIN(TEST_ENTRY(a), TEST_ENTRY(b)): runs them and prints the sum as the last line. */
#define TEST_MAIN(...)                                                                                                 \
	int main(void)                                                                                                     \
	{                                                                                                                  \
		static const test_entry entries[] = {__VA_ARGS__};                                                             \
		for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {                                            \
			test_case("%s", entries[i].name);                                                                          \
			entries[i].run();                                                                                          \
		}                                                                                                              \
		test_case("end");                                                                                              \
		printf("%d passed, %d failed\n", test_state.passed, test_state.failed);                                        \
		return test_state.failed ? 1 : 0;                                                                              \
	}

#endif
