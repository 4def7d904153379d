/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_decisions_test.c - decisions_test.c once more, with questions about PUBLISH answered when
 * the broker has been left.
 */
#define WORLD_OUTSIDE
#include "decisions_test.c"
