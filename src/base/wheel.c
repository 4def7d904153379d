/* SPDX-License-Identifier: MIT
 *
 * src/base/wheel.c - hierarchical timer wheel. Owns no memory: timers are links in their owners.
 *
 * A timer sits on the level of the highest base-64 digit in which its due time differs from now. Everything on a level
 * is therefore due before anything on the level above, and a slot has to be opened (its timers moved down, or fired on
 * level 0) when time reaches its first millisecond. The top level is used as a ring; a timer further away than the ring
 * waits in its last slot and is placed again from there.
 */
#include "base/wheel.h"

#define DIGIT_BITS 6
#define TOP_LEVEL  (MQS_WHEEL_LEVELS - 1)
#define TOP_SHIFT  (DIGIT_BITS * TOP_LEVEL)
#define FARTHEST   ((uint64_t)(MQS_WHEEL_SLOTS - 1) << TOP_SHIFT)

_Static_assert(MQS_WHEEL_SLOTS == 1 << DIGIT_BITS, "one digit selects one slot");
_Static_assert(MQS_WHEEL_SLOTS == 64, "one word of bits per level");

void mqs_wheel_init(mqs_wheel *wheel, int64_t now_ms)
{
	wheel->now_ms = now_ms;
	wheel->count = 0;
	for (size_t level = 0; level < MQS_WHEEL_LEVELS; level++) {
		wheel->occupied[level] = 0;
		for (size_t slot = 0; slot < MQS_WHEEL_SLOTS; slot++) {
			mqs_list_init(&wheel->slots[level][slot]);
		}
	}
	mqs_list_init(&wheel->due);
}

/* Files an unlinked timer under its due_ms. Unsigned arithmetic: times may be negative and far apart. */
static void place(mqs_wheel *wheel, mqs_timer *timer)
{
	if (timer->due_ms <= wheel->now_ms) {
		mqs_list_insert(&wheel->due, &timer->link);
		return;
	}
	uint64_t now = (uint64_t)wheel->now_ms;
	uint64_t delta = (uint64_t)timer->due_ms - now;
	uint64_t at = now + (delta < FARTHEST ? delta : FARTHEST);
	unsigned level = (63u - (unsigned)__builtin_clzll(at ^ now)) / DIGIT_BITS;
	if (level > TOP_LEVEL) {
		level = TOP_LEVEL;
	}
	size_t slot = (size_t)(at >> (DIGIT_BITS * level)) & (MQS_WHEEL_SLOTS - 1);
	mqs_list_insert(&wheel->slots[level][slot], &timer->link);
	wheel->occupied[level] |= UINT64_C(1) << slot;
}

void mqs_wheel_arm(mqs_wheel *wheel, mqs_timer *timer, int64_t due_ms)
{
	mqs_wheel_cancel(wheel, timer);
	timer->due_ms = due_ms > wheel->now_ms ? due_ms : wheel->now_ms;
	place(wheel, timer);
	wheel->count++;
}

void mqs_wheel_cancel(mqs_wheel *wheel, mqs_timer *timer)
{
	if (!mqs_timer_armed(timer)) {
		return;
	}
	mqs_link *head = timer->link.prev == timer->link.next ? timer->link.next : NULL;
	mqs_list_remove(&timer->link);
	wheel->count--;
	if (head && head != &wheel->due) {
		/* It was alone, so its only neighbour is the head of its slot. */
		size_t index = (size_t)(head - &wheel->slots[0][0]);
		wheel->occupied[index / MQS_WHEEL_SLOTS] &= ~(UINT64_C(1) << index % MQS_WHEEL_SLOTS);
	}
}

/* The first slot to open after now, and when; false when all slots are empty. */
static bool first_slot(const mqs_wheel *wheel, unsigned *level_out, unsigned *slot_out, int64_t *start_ms)
{
	for (unsigned level = 0; level < MQS_WHEEL_LEVELS; level++) {
		uint64_t bits = wheel->occupied[level];
		if (!bits) {
			continue;
		}
		unsigned shift = DIGIT_BITS * level;
		uint64_t now = (uint64_t)wheel->now_ms;
		unsigned digit = (unsigned)(now >> shift) & (MQS_WHEEL_SLOTS - 1);
		uint64_t turned = digit ? bits >> digit | bits << (MQS_WHEEL_SLOTS - digit) : bits;
		unsigned ahead = (unsigned)__builtin_ctzll(turned);
		MQS_ASSERT(ahead > 0);
		*level_out = level;
		*slot_out = (digit + ahead) & (MQS_WHEEL_SLOTS - 1);
		*start_ms = (int64_t)(((now >> shift) + ahead) << shift);
		return true;
	}
	return false;
}

static void open_slot(mqs_wheel *wheel, unsigned level, unsigned slot)
{
	mqs_link *head = &wheel->slots[level][slot];
	mqs_link moving;
	mqs_list_init(&moving);
	/* Through a list of its own: a far timer may be filed into the same slot again. */
	mqs_list_insert(head, &moving);
	mqs_list_remove(head);
	wheel->occupied[level] &= ~(UINT64_C(1) << slot);
	while (!mqs_list_empty(&moving)) {
		mqs_timer *timer = MQS_CONTAINER(moving.next, mqs_timer, link);
		mqs_list_remove(&timer->link);
		place(wheel, timer);
	}
}

mqs_timer *mqs_wheel_advance(mqs_wheel *wheel, int64_t now_ms)
{
	unsigned level = 0;
	unsigned slot = 0;
	int64_t start_ms = 0;
	while (mqs_list_empty(&wheel->due)) {
		if (!first_slot(wheel, &level, &slot, &start_ms) || start_ms > now_ms) {
			if (wheel->now_ms < now_ms) {
				wheel->now_ms = now_ms;
			}
			return NULL;
		}
		wheel->now_ms = start_ms;
		open_slot(wheel, level, slot);
	}
	mqs_timer *timer = MQS_CONTAINER(wheel->due.next, mqs_timer, link);
	mqs_list_remove(&timer->link);
	wheel->count--;
	return timer;
}

int64_t mqs_wheel_next(const mqs_wheel *wheel)
{
	unsigned level = 0;
	unsigned slot = 0;
	int64_t start_ms = 0;
	if (!mqs_list_empty(&wheel->due)) {
		return wheel->now_ms;
	}
	return first_slot(wheel, &level, &slot, &start_ms) ? start_ms : INT64_MAX;
}
