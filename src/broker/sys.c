/* SPDX-License-Identifier: MIT
 *
 * src/broker/sys.c - the $SYS/broker topics, under the names that Mosquitto made usual: counters and gauges as
 * retained messages, made anew every sys_interval_s when they changed.
 */
#include "broker/delivery.h"

#define TEXT_MAX 32

/* Decimal digits of a number; returns the length. */
static size_t number_text(uint64_t number, char *out)
{
	char digits[20];
	size_t count = 0, len = 0;
	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count) {
		out[len++] = digits[--count];
	}
	return len;
}

/* Two decimals. */
static size_t rate_text(double rate, char *out)
{
	uint64_t hundredths = (uint64_t)(rate * 100.0 + 0.5);
	size_t len = number_text(hundredths / 100, out);
	out[len++] = '.';
	out[len++] = (char)('0' + hundredths / 10 % 10);
	out[len++] = (char)('0' + hundredths % 10);
	return len;
}

/* e^-x for x >= 0, by a series of e^x: more than exact enough for an average. */
static double decay(double x)
{
	double term = 1.0, sum = 1.0;
	for (int i = 1; i <= 20; i++) {
		term *= x / i;
		sum += term;
	}
	return 1.0 / sum;
}

static void publish(mqs_broker *broker, mqs_bytes topic, const char *text, size_t len, int64_t now_ms)
{
	mqs_bytes payload = mqs_bytes_make(text, len);
	const mqs_message *before = mqs_retained_find(broker->retained, topic);
	uint32_t receivers = 0;

	if (before && mqs_bytes_equal(mqs_message_payload(before), payload)) {
		return;
	}
	mqs_route route = {.topic = topic, .payload = payload, .expires_ms = MQS_NEVER, .retain = true};
	mqs_route_run(broker, &route, now_ms, &receivers); /* what does not fit now may fit the next time */
	mqs_route_clear(&route);
}

/* ---- counters and gauges ------------------------------------------------------------------------------------- */

typedef struct sys_row {
	const char *topic;
	size_t offset; /* of a uint64_t in mqs_broker_stats */
} sys_row;

#define ROW(topic, field)                                                                                              \
	{                                                                                                                  \
		"$SYS/broker/" topic, offsetof(mqs_broker_stats, field)                                                        \
	}

static const sys_row rows[] = {
    ROW("clients/total", sessions),
    ROW("clients/connected", clients_connected),
    ROW("clients/maximum", clients_maximum),
    ROW("clients/expired", sessions_expired),
    ROW("messages/received", packets_received),
    ROW("messages/sent", packets_sent),
    ROW("messages/stored", queued_messages),
    ROW("publish/messages/received", publish_received),
    ROW("publish/messages/sent", publish_sent),
    ROW("publish/bytes/received", publish_bytes_received),
    ROW("publish/bytes/sent", publish_bytes_sent),
    ROW("bytes/received", bytes_received),
    ROW("bytes/sent", bytes_sent),
    ROW("subscriptions/count", subscriptions),
    ROW("shared_subscriptions/count", shared_subscriptions),
    ROW("retained messages/count", retained_messages),
    ROW("store/messages/bytes", queued_bytes),
};

static uint64_t dropped(const mqs_broker_stats *stats)
{
	return stats->dropped_output_full + stats->dropped_queue_full + stats->dropped_expired + stats->dropped_too_large +
	       stats->dropped_no_memory;
}

static void publish_number(mqs_broker *broker, const char *topic, uint64_t number, int64_t now_ms)
{
	char text[TEXT_MAX];
	publish(broker, mqs_bytes_make(topic, strlen(topic)), text, number_text(number, text), now_ms);
}

static void publish_counters(mqs_broker *broker, int64_t now_ms)
{
	const mqs_broker_stats *stats = mqs_broker_get_stats(broker);
	char text[TEXT_MAX + 8];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number;
		memcpy(&number, (const char *)stats + rows[i].offset, sizeof(number));
		publish_number(broker, rows[i].topic, number, now_ms);
	}
	publish_number(broker, "$SYS/broker/clients/disconnected", stats->sessions - stats->clients_connected, now_ms);
	publish_number(broker, "$SYS/broker/publish/messages/dropped", dropped(stats), now_ms);
	size_t len = number_text((uint64_t)(now_ms - broker->started_ms) / 1000, text);
	memcpy(text + len, " seconds", 8);
	publish(broker, MQS_BYTES_LITERAL("$SYS/broker/uptime"), text, len + 8, now_ms);
}

/* ---- moving averages ----------------------------------------------------------------------------------------- */

static const struct {
	const char *topic; /* with the place of the span behind it */
	size_t offset;     /* SIZE_MAX: dropped messages */
} loads[MQS_SYS_LOADS] = {
    {"$SYS/broker/load/messages/received/", offsetof(mqs_broker_stats, packets_received)},
    {"$SYS/broker/load/messages/sent/", offsetof(mqs_broker_stats, packets_sent)},
    {"$SYS/broker/load/publish/received/", offsetof(mqs_broker_stats, publish_received)},
    {"$SYS/broker/load/publish/sent/", offsetof(mqs_broker_stats, publish_sent)},
    {"$SYS/broker/load/publish/dropped/", SIZE_MAX},
    {"$SYS/broker/load/bytes/received/", offsetof(mqs_broker_stats, bytes_received)},
    {"$SYS/broker/load/bytes/sent/", offsetof(mqs_broker_stats, bytes_sent)},
    {"$SYS/broker/load/sockets/", offsetof(mqs_broker_stats, connections_total)},
    {"$SYS/broker/load/connections/", offsetof(mqs_broker_stats, connects_accepted)},
};

static const struct {
	const char *name;
	double seconds;
} spans[MQS_SYS_SPANS] = {{"1min", 60.0}, {"5min", 300.0}, {"15min", 900.0}};

/* Per minute, averaged over each span. */
static void publish_loads(mqs_broker *broker, int64_t now_ms)
{
	const mqs_broker_stats *stats = &broker->stats;
	double elapsed_s = (double)(now_ms - broker->sys.updated_ms) / 1000.0;
	char topic[64], text[TEXT_MAX];

	if (elapsed_s <= 0.0) {
		return;
	}
	for (size_t i = 0; i < MQS_SYS_LOADS; i++) {
		uint64_t count = dropped(stats);
		if (loads[i].offset != SIZE_MAX) {
			memcpy(&count, (const char *)stats + loads[i].offset, sizeof(count));
		}
		double per_minute = (double)(count - broker->sys.counts[i]) * 60.0 / elapsed_s;
		size_t len = strlen(loads[i].topic);
		broker->sys.counts[i] = count;
		memcpy(topic, loads[i].topic, len);
		for (size_t j = 0; j < MQS_SYS_SPANS; j++) {
			double keep = decay(elapsed_s / spans[j].seconds);
			double *average = &broker->sys.averages[i][j];
			*average = per_minute + keep * (*average - per_minute);
			size_t name_len = strlen(spans[j].name);
			memcpy(topic + len, spans[j].name, name_len);
			publish(broker, mqs_bytes_make(topic, len + name_len), text, rate_text(*average, text), now_ms);
		}
	}
	broker->sys.updated_ms = now_ms;
}

void mqs_sys_start(mqs_broker *broker, int64_t now_ms)
{
	const char *version = broker->ports.server_version;
	broker->sys.updated_ms = now_ms;
	if (broker->options.sys_interval_s == 0) {
		return;
	}
	if (version) {
		publish(broker, MQS_BYTES_LITERAL("$SYS/broker/version"), version, strlen(version), now_ms);
	}
	mqs_deadline_arm(broker, &broker->sys.deadline, now_ms);
}

void mqs_sys_tick(mqs_broker *broker, int64_t now_ms)
{
	publish_counters(broker, now_ms);
	publish_loads(broker, now_ms);
	mqs_deadline_arm(broker, &broker->sys.deadline, now_ms + broker->options.sys_interval_s * 1000);
}

bool mqs_sys_topic(mqs_bytes topic)
{
	return topic.len >= 4 && memcmp(topic.ptr, "$SYS", 4) == 0 && (topic.len == 4 || topic.ptr[4] == '/');
}
