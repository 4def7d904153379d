/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/home.h - a home in memory around one broker, for counting instructions under callgrind: no
 * sockets, a clock that stands still, clients that are told by words (tests/unit/broker/packet_words.h).
 * Only what the broker itself does between home_measure() and home_measured() is counted, and only in functions that
 * are called through COUNTED(); what the clients do is free. One world at a time; everything that goes wrong ends the
 * program with code 1.
 */
#ifndef MQS_BENCH_HOME_H
#define MQS_BENCH_HOME_H

#include "broker/broker.h"

#include <valgrind/callgrind.h>

#define HOME_CLIENTS 256

/* Client number n. Zero-initialised: away. */
typedef struct home_client {
	mqs_conn *conn;
	uint8_t level;
	bool listens;      /* keeps what it is sent, in `heard` */
	bool answers;      /* listens, and acknowledges as its protocol has it */
	mqs_buffer heard;  /* [owned] not looked at yet */
	mqs_buffer script; /* [owned] what it says next: home_add() */
	uint64_t bytes;    /* sent to it in all */
} home_client;

extern home_client home_clients[HOME_CLIENTS];
extern mqs_broker *home_broker;
extern const mqs_alloc home_alloc;
extern int64_t home_now_ms;
extern bool home_counting;
extern uint64_t home_publishes; /* PUBLISH packets that clients who answer got */

#define COUNTED(call)                                                                                                  \
	do {                                                                                                               \
		if (home_counting) {                                                                                           \
			CALLGRIND_TOGGLE_COLLECT;                                                                                  \
		}                                                                                                              \
		call;                                                                                                          \
		if (home_counting) {                                                                                           \
			CALLGRIND_TOGGLE_COLLECT;                                                                                  \
		}                                                                                                              \
	} while (0)

/* Ends the program with a message unless `good`. */
__attribute__((format(printf, 2, 3))) void home_expect(bool good, const char *format, ...);

/* A fresh broker with the options and ports that `change` leaves (NULL: as they are by default, no $SYS). */
void home_start(void (*change)(mqs_broker_options *options, mqs_ports *ports));

/* All clients go, the broker too; nothing may be left in memory. */
void home_stop(void);

/* Opens a connection and sends `words`, a CONNECT, which must be accepted. */
void home_connect(int n, const char *words);
void home_hang_up(int n);

/* Appends the packet to what the client says next, or sends all of it at once, as one read would bring it. */
__attribute__((format(printf, 2, 3))) void home_add(int n, const char *format, ...);
void home_say(int n);

/* The same in one: a packet, sent and handled, with all that follows from it. */
__attribute__((format(printf, 2, 3))) void home_do(int n, const char *format, ...);

/* The end of a home's turn: the broker's timers, then its output. False: nothing was to be done. */
bool home_turn(void);

/* home_turn() and the answers of the clients, until all is quiet. */
void home_settle(void);

/* Appends one packet, told by words, to a buffer. */
__attribute__((format(printf, 3, 4))) void home_packet(mqs_buffer *out, uint8_t *level, const char *format, ...);

/* Between these two it is counted; one row of the output: name and operations. Several pairs add up when `name` is NULL
 * in all but the last. */
void home_measure(void);
void home_measured(const char *name, uint64_t operations);

#endif
