/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_concurrency_test.c - concurrency_test.c once more, with questions about PUBLISH answered
 * when the broker has been left.
 */
#define WORLD_OUTSIDE
#include "concurrency_test.c"
