/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/outside_publish_test.c - publish_test.c once more, with questions about PUBLISH answered when the
 * broker has been left.
 */
#define WORLD_OUTSIDE
#include "publish_test.c"
