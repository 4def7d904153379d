/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_receipts_test.c - receipts_test.c once more, with questions about PUBLISH answered when the
 * broker has been left.
 */
#define WORLD_OUTSIDE
#include "receipts_test.c"
