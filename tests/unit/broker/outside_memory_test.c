/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_memory_test.c - memory_test.c once more, with questions about PUBLISH answered when the
 * broker has been left.
 */
#define WORLD_OUTSIDE
#include "memory_test.c"
