/* SPDX-License-Identifier: MIT
 *
 * tests/unit/broker/prints_test.c - one message for several receivers: each gets it as it is for that one, though most
 * of them are sent copies of one encoding.
 */
#include "world.h"

/* All kinds of receivers of t/#: by level, QoS, RETAIN, identifier, alias and size. */
static void come_all(void)
{
	start();
	come(0, "CONNECT v5 id=p clean");
	come(1, "CONNECT v4 id=a clean");
	come(2, "CONNECT v4 id=b clean");
	come(3, "CONNECT v5 id=c clean");
	come(4, "CONNECT v5 id=d clean");
	come(5, "CONNECT v5 id=e clean");
	come(6, "CONNECT v5 id=f clean mps=40");
	come(7, "CONNECT v5 id=g clean tam=1");
	say(1, "SUBSCRIBE id=1 f=t/# q=0");
	say(2, "SUBSCRIBE id=1 f=t/# q=1");
	say(3, "SUBSCRIBE id=1 f=t/# q=1");
	say(4, "SUBSCRIBE id=1 f=t/# q=2 rap");
	say(5, "SUBSCRIBE id=1 f=t/# q=0 sub=7");
	say(6, "SUBSCRIBE id=1 f=t/# q=1");
	say(7, "SUBSCRIBE id=1 f=t/# q=0");
	for (int n = 1; n <= 7; n++) {
		hear(n, "SUBACK id=1 0*");
	}
}

static void test_each_its_own(void)
{
	come_all();
	for (int round = 1; round <= 2; round++) {
		say(0, "PUBLISH q=2 r id=1 t=t/x p=hello exp=60 up=a:b");
		say(0, "PUBREL id=1");
		hear(0, "PUBREC id=1", "PUBCOMP id=1");
		hear(1, "PUBLISH q=0 t=t/x p=hello");
		hear(2, round == 1 ? "PUBLISH q=1 id=1 t=t/x p=hello" : "PUBLISH q=1 id=2 t=t/x p=hello");
		hear(3, round == 1 ? "PUBLISH q=1 id=1 t=t/x p=hello exp=60 up=a:b"
		                   : "PUBLISH q=1 id=2 t=t/x p=hello exp=60 up=a:b");
		hear(4, round == 1 ? "PUBLISH q=2 r id=1 t=t/x p=hello exp=60 up=a:b"
		                   : "PUBLISH q=2 r id=2 t=t/x p=hello exp=60 up=a:b");
		hear(5, "PUBLISH q=0 t=t/x p=hello exp=60 sub=7 up=a:b");
		hear(6, round == 1 ? "PUBLISH q=1 id=1 t=t/x p=hello exp=60 up=a:b"
		                   : "PUBLISH q=1 id=2 t=t/x p=hello exp=60 up=a:b");
		hear(7, round == 1 ? "PUBLISH q=0 t=t/x p=hello exp=60 alias=1 up=a:b"
		                   : "PUBLISH q=0 t= p=hello exp=60 alias=1 up=a:b");
	}
	/* Too large for one of them only [5.0:MQTT-3.1.2-24]; to the limit it goes. */
	say(0, "PUBLISH q=0 t=t/y p=0123456789012345678901234567890123");
	hear(3, "PUBLISH q=0 t=t/y p=0123456789012345678901234567890123");
	hear_nothing(6);
	CHECK_EQ(stats()->dropped_too_large, 1);
	say(0, "PUBLISH q=0 t=t/y p=01234567890123456789012345678901");
	hear(6, "PUBLISH q=0 t=t/y p=01234567890123456789012345678901");
	CHECK_EQ(stats()->dropped_too_large, 1);
	finish();
}

/* Lengths around those where the length itself takes another byte, and where no print is made. */
static void test_lengths(void)
{
	static const int lengths[] = {0, 1, 119, 120, 121, 122, 123, 124, 1000, 1022, 1023, 1024, 1025, 3000};
	come_all();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char plain[64], acked[64];
		say(0, "PUBLISH q=1 id=1 t=t/z p=#%d", lengths[i]);
		hear(0, "PUBACK id=1");
		bool text = lengths[i] <= 100;
		snprintf(plain, sizeof(plain), text ? "PUBLISH q=0 t=t/z p=*" : "PUBLISH q=0 t=t/z p=#%d", lengths[i]);
		snprintf(acked, sizeof(acked), text ? "PUBLISH q=1 id=%zu t=t/z p=*" : "PUBLISH q=1 id=%zu t=t/z p=#%d", i + 1,
		    lengths[i]);
		hear(1, plain);
		hear(2, acked);
		hear(3, acked);
	}
	/* A topic so long that the packet does not fit a print, behind one that does. */
	char topic[1600];
	memset(topic, 'x', sizeof(topic) - 1);
	memcpy(topic, "t/", 2);
	topic[sizeof(topic) - 1] = 0;
	for (int round = 0; round < 2; round++) {
		char expected[2000];
		int length = round ? 900 : 200;
		say(0, "PUBLISH q=0 t=%s p=#%d", topic, length);
		snprintf(expected, sizeof(expected), "PUBLISH q=0 t=!1599 p=#%d", length);
		hear(1, expected);
		hear(2, expected);
		hear(3, expected);
	}
	finish();
}

TEST_MAIN(TEST_ENTRY(test_each_its_own), TEST_ENTRY(test_lengths))
