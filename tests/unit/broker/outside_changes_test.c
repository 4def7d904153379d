/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_changes_test.c - changes_test.c once more, with questions about PUBLISH answered when the
 * broker has been left.
 */
#define WORLD_OUTSIDE
#include "changes_test.c"
