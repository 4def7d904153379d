/* SPDX-License-Identifier: MIT
 *
 * tests/unit/cluster/mesh_test.c - workers that know each other: messages, share groups, claims, commands.
 */
#include "town.h"

static void test_publish(void)
{
	build(2);
	subscriber(0, 1, "a", "x/#", 2);
	come(1, 2, "CONNECT v5 clean id=b");
	say(2, "PUBLISH t=x/y p=zero");
	hear(1, "PUBLISH q=0 t=x/y p=zero");
	hear_nothing(2);
	say(2, "PUBLISH q=1 id=7 t=x/y p=one");
	hear(1, "PUBLISH q=1 id=1 t=x/y p=one");
	hear(2, "PUBACK id=7");
	say(2, "PUBLISH q=2 id=8 t=x/y p=two");
	hear(1, "PUBLISH q=2 id=2 t=x/y p=two");
	hear(2, "PUBREC id=8");
	say(2, "PUBREL id=8");
	hear(2, "PUBCOMP id=8");
	say(2, "PUBLISH q=1 id=9 t=nobody p=one");
	hear(2, "PUBACK id=9 rc=10");
	hear_nothing(1);
	tear_down();
}

TEST_MAIN(TEST_ENTRY(test_publish))
