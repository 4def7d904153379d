/* SPDX-License-Identifier: MIT
 *
 * src/broker/options.h - every option of the core: name, default, bounds, meaning. The one list that the struct, the
 * PHP option check and the documentation are made from.
 */
#ifndef MQS_BROKER_OPTIONS_H
#define MQS_BROKER_OPTIONS_H

#include "base/base.h"

/* X(name, default, minimum, maximum, text). Booleans are those with bounds 0 and 1. Units stand in the names. */
#define MQS_BROKER_OPTION_MAP(X)                                                                                       \
	X(max_connections, 1000000, 1, 100000000, "connections at once; one more is closed at once")                       \
	X(max_sessions, 1000000, 1, 100000000, "sessions, connected or not; one more is refused with 0x97")                \
	X(connect_timeout_ms, 10000, 100, 600000, "time from connection to a whole CONNECT")                               \
	X(max_connect_packet_bytes, 65536, 64, 268435460, "size of the first packet")                                      \
	X(max_packet_bytes, 1048576, 64, 268435460, "size of any later packet, announced to 5.0 clients (0x95 above)")     \
	X(max_client_id_bytes, 1024, 23, 65535, "length of a client identifier (0x85 above)")                              \
	X(max_keep_alive_s, 65535, 1, 65535, "longest keep-alive of 5.0 clients (Server Keep Alive); others keep theirs")  \
	X(allow_zero_keep_alive, 1, 0, 1, "accept keep-alive 0 of 5.0 clients, which are never timed out then")            \
	X(max_session_expiry_s, 2592000, 0, 4294967295, "longest life of a session without a connection, 3.x included")    \
	X(receive_maximum, 1024, 1, 65535, "QoS 1 and 2 messages a client may have unacknowledged towards us (0x93)")      \
	X(max_inflight, 256, 1, 65535,                                                                                     \
	    "QoS 1 and 2 messages sent to a client and not acknowledged; its own limit if less")                           \
	X(max_inflight_bytes, 16777216, 1, 1099511627776, "the same in bytes; one message may go beyond")                  \
	X(max_queued_messages, 1000, 0, 10000000,                                                                          \
	    "QoS 1 and 2 messages waiting for one client; then new ones are dropped")                                      \
	X(max_queued_bytes, 16777216, 0, 1099511627776, "the same in bytes")                                               \
	X(max_queued_bytes_total, 1073741824, 0, 1099511627776, "waiting messages of all clients, in bytes")               \
	X(queue_qos0, 0, 0, 1, "queue QoS 0 messages for absent clients too")                                              \
	X(max_output_bytes, 1048576, 4096, 1073741824, "output a client has not read; above, its QoS 0 is dropped")        \
	X(pressure_timeout_ms, 1000, 0, 60000,                                                                             \
	    "publishers wait so long for a client that reads too slowly; then its messages are dropped. 0: never wait")    \
	X(write_timeout_ms, 60000, 1000, 3600000, "a client that takes no output for so long is closed")                   \
	X(topic_alias_maximum, 32, 0, 65535, "topic aliases a 5.0 client may define")                                      \
	X(max_client_topic_aliases, 16, 0, 1024, "topic aliases we define towards a 5.0 client that allows them")          \
	X(max_retained, 1000000, 0, 100000000, "retained messages; one more is refused with 0x97")                         \
	X(max_retained_bytes, 1073741824, 0, 1099511627776, "retained messages in bytes, topics and properties included")  \
	X(max_subscriptions, 10000, 1, 100000000, "subscriptions of one client (0x97 above)")                              \
	X(max_topic_levels, 200, 1, 32768, "levels of a topic name or filter (0x90, 0x8F above)")                          \
	X(max_user_properties, 128, 0, 65535, "user properties in one packet (0x97 above)")                                \
	X(max_qos, 2, 0, 2, "highest QoS of the server (0x9B above)")                                                      \
	X(retain_available, 1, 0, 1, "retained messages are supported (0x9A when not)")                                    \
	X(wildcard_subscription_available, 1, 0, 1, "filters may hold + and # (0xA2 when not)")                            \
	X(subscription_identifier_available, 1, 0, 1, "subscription identifiers are supported (0xA1 when not)")            \
	X(shared_subscription_available, 1, 0, 1, "$share is supported (0x9E when not)")                                   \
	X(overlapping_deliver_each, 0, 0, 1,                                                                               \
	    "a message that matches several subscriptions of a client comes once for each")                                \
	X(enforce_receive_maximum, 1, 0, 1, "disconnect (0x93) a 5.0 client that exceeds receive_maximum")                 \
	X(decision_timeout_ms, 30000, 1, 3600000, "time a handler may take to decide; then the packet is refused")         \
	X(max_pending_decisions, 10000, 1, 1000000, "undecided packets of all clients; one more is refused with 0x97")     \
	X(max_parked_per_connection, 64, 1, 65535,                                                                         \
	    "PUBLISH packets of a client that wait for handlers (concurrency) or their turn; more are held")               \
	X(max_unconfirmed, 1000, 1, 65535,                                                                                 \
	    "QoS 1 and 2 messages of a client that wait for other workers' answers; then reading pauses")                  \
	X(sys_interval_s, 10, 0, 86400, "seconds between updates of the $SYS/broker topics; 0: none")                      \
	X(max_held_bytes, 262144, 0, 268435460, "bytes of a client kept while a decision is pending; then reading pauses")

/* All values as 64-bit integers, so that one table serves everybody. */
typedef struct mqs_broker_options {
#define MQS_OPTION_FIELD(name, standard, min, max, text) int64_t name;
	MQS_BROKER_OPTION_MAP(MQS_OPTION_FIELD)
#undef MQS_OPTION_FIELD
} mqs_broker_options;

void mqs_broker_options_init(mqs_broker_options *options);

/* One row of the table, for those who check options by name. */
typedef struct mqs_option_info {
	const char *name;
	int64_t standard, min, max;
	size_t offset; /* of the int64_t in mqs_broker_options */
	const char *text;
} mqs_option_info;

/* The table in the order above, ended by a NULL name. */
extern const mqs_option_info mqs_broker_option_table[];

#endif
