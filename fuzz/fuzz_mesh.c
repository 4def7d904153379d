/* SPDX-License-Identifier: MIT
 *
 * fuzz/fuzz_mesh.c - what a member of a mesh may say. A frame that can be decoded is encoded to the same bytes; and a
 * worker with clients, to which the bytes come over a real socket, in pieces, neither breaks nor keeps anything.
 * Rooms: base codec broker cluster
 *
 * Input: bit 0: HELLO and two filters come before; bits 1 to 3: length of the pieces; bit 4: a client of the worker
 * publishes between them, so that answers are awaited. Then the stream.
 */
#define _DEFAULT_SOURCE /* mkdtemp */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cluster/frame.h"
#include "cluster/mesh.h"
#include "fuzz.h"

#define CLIENTS 3

static struct {
	char base[40], directory[60];
	long live;
	mqs_broker *broker;
	mqs_mesh *mesh;
	mqs_conn *clients[CLIENTS];
	uint16_t packet_id;
	int64_t now_ms;
} f;

static void *resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	f.live += ptr ? 0 : 1;
	return realloc(ptr, size);
}

static void *acquire(void *ctx, size_t size)
{
	return resize(ctx, NULL, size);
}

static void release(void *ctx, void *ptr)
{
	(void)ctx;
	f.live -= ptr ? 1 : 0;
	free(ptr);
}

static const mqs_alloc counted = {NULL, acquire, resize, release};

/* ---- frames --------------------------------------------------------------------------------------------------- */

static void check_frames(mqs_bytes in)
{
	size_t total = 0;
	while (mqs_cluster_frame_peek(in, SIZE_MAX, &total) == MQS_OK && total <= in.len) {
		mqs_cluster_frame frame;
		mqs_buffer out;
		const char *what = NULL;
		mqs_bytes bytes = mqs_bytes_make(in.ptr, total);
		if (mqs_cluster_frame_decode(bytes, &frame, &what) == MQS_OK) {
			mqs_buffer_init(&out, &fuzz_alloc, total);
			FUZZ_CHECK(mqs_cluster_frame_size(&frame) == total);
			FUZZ_CHECK(mqs_cluster_frame_encode(&frame, &out) == MQS_OK);
			FUZZ_CHECK(mqs_bytes_equal(mqs_buffer_view(&out), bytes));
			mqs_buffer_clear(&out);
		} else {
			FUZZ_CHECK(what && *what);
		}
		in = mqs_bytes_make(in.ptr + total, in.len - total);
	}
}

/* ---- a worker ------------------------------------------------------------------------------------------------- */

static void serve(void)
{
	mqs_conn *conn;
	while ((conn = mqs_broker_next_ready(f.broker)) != NULL) {
		mqs_bytes piece;
		while (mqs_conn_output(conn, &piece, 1) > 0) {
			mqs_conn_output_advance(conn, piece.len, f.now_ms);
		}
		if (mqs_conn_wants_close(conn)) {
			*(mqs_conn **)mqs_conn_user(conn) = NULL;
			mqs_conn_close(conn, f.now_ms);
		}
	}
	mqs_mesh_flush(f.mesh, f.now_ms);
}

static void say(int n, const mqs_packet *packet)
{
	mqs_buffer out;
	mqs_buffer_init(&out, &fuzz_alloc, 1000);
	if (f.clients[n] && mqs_packet_encode(packet, &out) == MQS_OK) {
		mqs_conn_receive(f.clients[n], mqs_buffer_view(&out), f.now_ms);
		serve();
	}
	mqs_buffer_clear(&out);
}

static void come(int n, const char *id, const char *filter)
{
	mqs_conn_info info = {MQS_BYTES_LITERAL("peer"), {.allow_anonymous = true}, &f.clients[n]};
	FUZZ_CHECK(mqs_conn_open(f.broker, &info, f.now_ms, &f.clients[n]) == MQS_OK);
	mqs_packet packet = {.type = MQTT_PKT_CONNECT, .level = MQTT_LEVEL_5};
	packet.connect.level = MQTT_LEVEL_5;
	packet.connect.client_id = mqs_bytes_make(id, strlen(id));
	say(n, &packet);
	mqs_buffer entries;
	mqs_buffer_init(&entries, &fuzz_alloc, 100);
	mqs_subscription_entry entry = {.filter = mqs_bytes_make(filter, strlen(filter)), .qos = 2};
	FUZZ_CHECK(mqs_subscribe_write(&entries, MQTT_LEVEL_5, &entry) == MQS_OK);
	packet = (mqs_packet){.type = MQTT_PKT_SUBSCRIBE, .level = MQTT_LEVEL_5};
	packet.subscribe.packet_id = 1;
	packet.subscribe.entries = mqs_buffer_view(&entries);
	say(n, &packet);
	mqs_buffer_clear(&entries);
}

static void publish(const char *topic)
{
	mqs_packet packet = {.type = MQTT_PKT_PUBLISH, .level = MQTT_LEVEL_5};
	packet.publish.qos = 1;
	packet.publish.packet_id = ++f.packet_id;
	packet.publish.topic = mqs_bytes_make(topic, strlen(topic));
	say(0, &packet);
}

static void start(void)
{
	char error[200];
	mqs_broker_options options;
	const mqs_ports ports = {.hash_seed = {1, 2}};
	const mqs_mesh_reactor reactor = {0};
	const mqs_mesh_config config = {.directory = f.directory, .id = 1};
	mqs_broker_options_init(&options);
	options.sys_interval_s = 0;
	f.live = 0;
	f.now_ms = 1000000;
	f.packet_id = 0;
	FUZZ_CHECK(mqs_broker_create(&counted, &options, &ports, f.now_ms, &f.broker) == MQS_OK);
	FUZZ_CHECK(mqs_mesh_join(&counted, f.broker, &config, &reactor, f.now_ms, &f.mesh, error, sizeof(error)) == MQS_OK);
	come(0, "a", "#");
	come(1, "b", "$share/g/x");
	come(2, "c", "x/+");
}

static void stop(void)
{
	mqs_mesh_leave(f.mesh, f.now_ms);
	for (int n = 0; n < CLIENTS; n++) {
		if (f.clients[n]) {
			mqs_conn_close(f.clients[n], f.now_ms);
			f.clients[n] = NULL;
		}
	}
	mqs_broker_destroy(f.broker);
	FUZZ_CHECK(f.live == 0);
}

/* ---- a stranger ----------------------------------------------------------------------------------------------- */

static int intrude(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	DIR *open = opendir(f.directory);
	const struct dirent *entry;
	while (open && (entry = readdir(open)) != NULL) {
		if (entry->d_name[0] != '.') {
			snprintf(address.sun_path, sizeof(address.sun_path), "%s/%.40s", f.directory, entry->d_name);
		}
	}
	closedir(open);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FUZZ_CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* False: the worker has closed it. */
static bool send_piece(int fd, mqs_bytes piece)
{
	char ignored[4096];
	bool sent = send(fd, piece.ptr, piece.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)piece.len;
	mqs_mesh_poll(f.mesh, f.now_ms);
	serve();
	while (recv(fd, ignored, sizeof(ignored), MSG_DONTWAIT) > 0) {
	}
	return sent;
}

static void introduce(int fd)
{
	mqs_buffer out;
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_HELLO, .hello = {7, 9, MQS_CLUSTER_FRAME_LEAST, 1}};
	mqs_buffer_init(&out, &fuzz_alloc, 1000);
	FUZZ_CHECK(mqs_cluster_frame_encode(&frame, &out) == MQS_OK);
	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_FILTER, .filter = {1, MQS_BYTES_LITERAL("+/y")}};
	FUZZ_CHECK(mqs_cluster_frame_encode(&frame, &out) == MQS_OK);
	frame = (mqs_cluster_frame){.type = MQS_CLUSTER_FILTER, .filter = {2, MQS_BYTES_LITERAL("$share/g/x")}};
	FUZZ_CHECK(mqs_cluster_frame_encode(&frame, &out) == MQS_OK);
	FUZZ_CHECK(send_piece(fd, mqs_buffer_view(&out)));
	mqs_buffer_clear(&out);
}

static void clean_up(void)
{
	rmdir(f.base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t lengths[] = {SIZE_MAX, 1, 2, 3, 5, 17, 100, 1000};
	if (size == 0) {
		return 0;
	}
	if (!f.base[0]) {
		snprintf(f.base, sizeof(f.base), "/tmp/mqs-fuzz-XXXXXX");
		FUZZ_CHECK(mkdtemp(f.base) != NULL && atexit(clean_up) == 0);
		snprintf(f.directory, sizeof(f.directory), "%s/mesh", f.base);
	}
	mqs_bytes rest = mqs_bytes_make(data + 1, size - 1);
	check_frames(rest);
	start();
	int fd = intrude();
	if (data[0] & 1) {
		introduce(fd);
	}
	bool open = true;
	while (open && rest.len > 0) {
		size_t len = lengths[data[0] >> 1 & 7] < rest.len ? lengths[data[0] >> 1 & 7] : rest.len;
		if (data[0] & 16) {
			publish("x");
			publish("x/y");
		}
		open = send_piece(fd, mqs_bytes_make(rest.ptr, len));
		rest = mqs_bytes_make(rest.ptr + len, rest.len - len);
	}
	f.now_ms += 3600000;
	mqs_mesh_tick(f.mesh, f.now_ms);
	close(fd);
	mqs_mesh_poll(f.mesh, f.now_ms);
	serve();
	stop();
	return 0;
}
