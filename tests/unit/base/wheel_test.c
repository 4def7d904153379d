/* SPDX-License-Identifier: MIT
 *
 * tests/unit/base/wheel_test.c - the timer wheel against an array of due times.
 */
#include "base/wheel.h"
#include "harness.h"

#define TIMERS 400

static mqs_wheel wheel;
static mqs_timer timers[TIMERS];
static int64_t due[TIMERS]; /* INT64_MAX: not armed */

static void model_init(int64_t now)
{
	mqs_wheel_init(&wheel, now);
	for (int i = 0; i < TIMERS; i++) {
		mqs_timer_init(&timers[i]);
		due[i] = INT64_MAX;
	}
}

static void model_arm(int i, int64_t at)
{
	mqs_wheel_arm(&wheel, &timers[i], at);
	due[i] = at > wheel.now_ms ? at : wheel.now_ms;
}

static void model_cancel(int i)
{
	mqs_wheel_cancel(&wheel, &timers[i]);
	due[i] = INT64_MAX;
}

static void check_model(void)
{
	size_t armed = 0;
	int64_t first = INT64_MAX;
	for (int i = 0; i < TIMERS; i++) {
		CHECK_EQ(mqs_timer_armed(&timers[i]), due[i] != INT64_MAX);
		armed += due[i] != INT64_MAX;
		first = due[i] < first ? due[i] : first;
	}
	CHECK_EQ(wheel.count, armed);
	CHECK(mqs_wheel_next(&wheel) <= first);
	CHECK((mqs_wheel_next(&wheel) == INT64_MAX) == (armed == 0));
}

/* Advances and checks that exactly the due timers came out, ordered by time. Some handlers arm and cancel. */
static void model_advance(int64_t now, uint64_t *random)
{
	int64_t last = INT64_MIN;
	int turns = 0;
	for (mqs_timer *timer = mqs_wheel_advance(&wheel, now); timer; timer = mqs_wheel_advance(&wheel, now)) {
		int i = (int)(timer - timers);
		if (!CHECK(i >= 0 && i < TIMERS) || !CHECK(++turns < TIMERS * 10)) {
			return;
		}
		CHECK_EQ(timer->due_ms, due[i]);
		CHECK(due[i] <= now);
		CHECK(!mqs_timer_armed(timer));
		CHECK(due[i] >= last);
		last = due[i];
		due[i] = INT64_MAX;
		uint64_t dice = random ? test_random(random) >> 32 : 1;
		if (dice % 8 == 0) {
			model_arm(i, now + 1 + (int64_t)(dice % 5000));
		} else if (dice % 8 == 2) {
			model_cancel((int)(dice / 8 % TIMERS));
		}
	}
	for (int i = 0; i < TIMERS; i++) {
		CHECK(due[i] > now);
	}
	CHECK_EQ(wheel.now_ms, now);
}

static void follows_the_model(void)
{
	const int64_t starts[] = {0, 1, 63, 64, 1700000000000, -5000, INT64_C(1) << 36, (INT64_C(1) << 36) - 10};
	for (size_t s = 0; s < sizeof(starts) / sizeof(starts[0]); s++) {
		test_case("follows_the_model from %" PRId64, starts[s]);
		uint64_t random = 7 + s;
		model_init(starts[s]);
		for (int step = 0; step < 3000; step++) {
			int i = (int)(test_random(&random) >> 40) % TIMERS;
			unsigned bits = (unsigned)(test_random(&random) >> 32) % 39;
			int64_t span = (int64_t)(test_random(&random) >> 20 & ((UINT64_C(1) << bits) - 1));
			uint64_t dice = test_random(&random) >> 32;
			if (dice % 4 < 2) {
				model_arm(i, wheel.now_ms + span - (dice % 64 == 0 ? 100 : 0));
			} else if (dice % 4 == 2) {
				model_cancel(i);
			} else {
				unsigned small = (unsigned)(dice >> 8) % 24;
				model_advance(wheel.now_ms + (span & ((INT64_C(1) << small) - 1)), &random);
			}
			if (step % 16 == 0) {
				check_model();
			}
		}
		model_advance(wheel.now_ms + (INT64_C(1) << 40), &random);
		check_model();
	}
}

/* Sleeping until mqs_wheel_next() each time must find every timer at its very millisecond. */
static void next_is_never_late(void)
{
	uint64_t random = 99;
	model_init(123456);
	for (int i = 0; i < TIMERS; i++) {
		unsigned bits = (unsigned)i % 36;
		model_arm(i, wheel.now_ms + (int64_t)(test_random(&random) >> 20 & ((UINT64_C(1) << bits) - 1)));
	}
	int turns = 0;
	while (wheel.count > 0 && ++turns < 10000) {
		int64_t at = mqs_wheel_next(&wheel);
		for (mqs_timer *timer = mqs_wheel_advance(&wheel, at); timer; timer = mqs_wheel_advance(&wheel, at)) {
			CHECK_EQ(timer->due_ms, at);
			due[timer - timers] = INT64_MAX;
		}
	}
	CHECK_EQ(wheel.count, 0);
	check_model();
}

static void past_and_present_fire_at_once(void)
{
	model_init(1000);
	model_arm(0, 5);
	model_arm(1, 1000);
	model_arm(2, 1001);
	CHECK_EQ(mqs_wheel_next(&wheel), 1000);
	model_advance(1000, NULL);
	CHECK_EQ(wheel.count, 1);
	model_arm(2, 900);
	model_arm(2, INT64_MIN);
	CHECK_EQ(wheel.count, 1);
	model_cancel(2);
	model_cancel(2);
	CHECK_EQ(wheel.count, 0);
	CHECK_EQ(mqs_wheel_next(&wheel), INT64_MAX);
	CHECK(mqs_wheel_advance(&wheel, INT64_MAX) == NULL);
}

static void far_timers_wait_for_their_time(void)
{
	const int64_t year = INT64_C(365) * 86400 * 1000;
	model_init(777);
	model_arm(0, 777 + 10 * year);
	model_arm(1, 777 + 3 * year);
	model_arm(2, INT64_MAX - 1);
	int64_t now = 777;
	for (int month = 0; month < 12 * 11; month++) {
		now += year / 12;
		model_advance(now, NULL);
		check_model();
	}
	CHECK_EQ(wheel.count, 1);
	model_cancel(2);
	check_model();
}

static void cancel_empties_the_slot(void)
{
	model_init(0);
	for (int i = 0; i < TIMERS; i++) {
		model_arm(i, (int64_t)1 << (i % 36));
	}
	for (int i = 0; i < TIMERS; i++) {
		model_cancel(i);
	}
	for (int level = 0; level < MQS_WHEEL_LEVELS; level++) {
		CHECK_EQ(wheel.occupied[level], 0);
	}
	check_model();
}

TEST_MAIN(TEST_ENTRY(follows_the_model), TEST_ENTRY(next_is_never_late), TEST_ENTRY(past_and_present_fire_at_once),
    TEST_ENTRY(far_timers_wait_for_their_time), TEST_ENTRY(cancel_empties_the_slot))
