/* SPDX-License-Identifier: MIT
 *
 * src/base/wheel.h - hierarchical timer wheel: any number of timers, O(1) arm and cancel. Time is an argument.
 */
#ifndef MQS_BASE_WHEEL_H
#define MQS_BASE_WHEEL_H

#include "base/list.h"

#define MQS_WHEEL_LEVELS 6
#define MQS_WHEEL_SLOTS  64

/* One timer, embedded in its owner. Zero-initialised with mqs_timer_init(). */
typedef struct mqs_timer {
	mqs_link link;
	int64_t due_ms; /* valid while armed */
} mqs_timer;

/* Not owned: the timers. Resolution 1 ms at the lowest level; the range is clamped to about 2 years. */
typedef struct mqs_wheel {
	int64_t now_ms; /* everything due up to here has fired */
	size_t count;   /* armed timers */
	uint64_t occupied[MQS_WHEEL_LEVELS];
	mqs_link slots[MQS_WHEEL_LEVELS][MQS_WHEEL_SLOTS];
	mqs_link due; /* fired by the running advance, not yet handed out */
} mqs_wheel;

void mqs_wheel_init(mqs_wheel *wheel, int64_t now_ms);

static inline void mqs_timer_init(mqs_timer *timer)
{
	mqs_list_init(&timer->link);
}

static inline bool mqs_timer_armed(const mqs_timer *timer)
{
	return mqs_list_linked(&timer->link);
}

/* Arms or re-arms. due_ms in the past fires at the next advance. */
void mqs_wheel_arm(mqs_wheel *wheel, mqs_timer *timer, int64_t due_ms);

/* Cancels; harmless when not armed. */
void mqs_wheel_cancel(mqs_wheel *wheel, mqs_timer *timer);

/*
 * Hands out the timers due at now_ms, one a call, in no particular order within the same millisecond; NULL when
 * there is none left. The returned timer is not armed any more. Callers may arm and cancel between the calls.
 * now_ms must not go back.
 */
mqs_timer *mqs_wheel_advance(mqs_wheel *wheel, int64_t now_ms);

/* A time not after the next due timer (it may be earlier, never later), INT64_MAX when none is armed. */
int64_t mqs_wheel_next(const mqs_wheel *wheel);

#endif
