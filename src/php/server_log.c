/* SPDX-License-Identifier: MIT
 *
 * src/php/server_log.c - log lines: of the broker, of the loop and of the guarded caller, to a logger of the user's or
 * to standard output and standard error.
 */
#include "fiber_pool.h"
#include "host.h"
#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
#define ID_MAX_BYTES   128

static const char *const level_names[] = {"debug", "info", "notice", "warning", "error"};

/* A line being put together. What does not fit is left out; there is always room for a newline. */
typedef struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
} line;

static void line_raw(line *out, const char *text, size_t len)
{
	size_t room = sizeof(out->text) - 2 - out->len;
	memcpy(out->text + out->len, text, MIN(len, room));
	out->len += MIN(len, room);
}

static void line_str(line *out, const char *text)
{
	line_raw(out, text, strlen(text));
}

/* Peer bytes: control characters and invalid bytes must not make lines or colours of their own. */
static void line_escaped(line *out, mqs_bytes bytes, size_t max)
{
	bool utf8 = mqs_utf8_valid(bytes);
	bool c1 = false; /* second byte of U+0080 to U+009F, which terminals obey too */
	for (size_t i = 0; i < bytes.len && i < max; i++) {
		uint8_t c = bytes.ptr[i];
		bool second = c1;
		c1 = c == 0xC2 && i + 1 < bytes.len && bytes.ptr[i + 1] < 0xA0;
		if (c >= 0x20 && c != 0x7F && (c < 0x80 || (utf8 && !c1 && !second))) {
			line_raw(out, (const char *)&bytes.ptr[i], 1);
		} else {
			char escape[5];
			snprintf(escape, sizeof(escape), "\\x%02X", c);
			line_str(out, escape);
		}
	}
	if (bytes.len > max) {
		line_str(out, "…");
	}
}

static void line_client(line *out, mqs_bytes client_id)
{
	if (client_id.len > 0) {
		line_str(out, " (client \"");
		line_escaped(out, client_id, ID_MAX_BYTES);
		line_str(out, "\")");
	}
}

int php_mqs_log_level_by_name(const char *name, size_t len)
{
	for (int level = MQS_LOG_DEBUG; level <= MQS_LOG_ERROR; level++) {
		if (strlen(level_names[level]) == len && memcmp(level_names[level], name, len) == 0) {
			return level;
		}
	}
	return -1;
}

const char *php_mqs_log_level_name(mqs_log_level level)
{
	return level_names[level];
}

/* ---- where lines go ---- */

/* As the command line's own output does: unbuffered, so that the order of lines and echo stays. */
static void write_standard(mqs_log_level level, line *text)
{
	char all[LINE_MAX_BYTES + 16];
	char name[12];
	size_t n = 0;
	for (; level_names[level][n]; n++) {
		name[n] = (char)toupper((unsigned char)level_names[level][n]);
	}
	name[n] = '\0';
	int len = snprintf(all, sizeof(all), "[%s] %.*s\n", name, (int)text->len, text->text);
	int fd = level >= MQS_LOG_WARNING ? STDERR_FILENO : STDOUT_FILENO;
	for (int done = 0; done < len;) {
		ssize_t wrote = write(fd, all + done, (size_t)(len - done));
		if (wrote > 0) {
			done += (int)wrote;
		} else if (wrote < 0 && errno == EINTR) {
			continue;
		} else {
			return;
		}
	}
}

/* One call of the logger. */
typedef struct logger_call {
	php_mqs_server *server;
	mqs_log_level level;
	const line *text;
	mqs_bytes client_id;
	bool done;
} logger_call;

static void call_logger(void *ctx)
{
	logger_call *call = ctx;
	zval args[3], ret;
	ZVAL_STRING(&args[0], level_names[call->level]);
	ZVAL_STRINGL(&args[1], call->text->text, call->text->len);
	array_init(&args[2]);
	if (call->client_id.len > 0) {
		add_assoc_stringl(&args[2], "client_id", (const char *)call->client_id.ptr, call->client_id.len);
	}
	if (php_mqs_call(call->server, &call->server->options.logger, call->client_id, 3, args, &ret) == SUCCESS) {
		zval_ptr_dtor(&ret);
		call->done = true;
	}
	zval_ptr_dtor(&args[0]);
	zval_ptr_dtor(&args[1]);
	zval_ptr_dtor(&args[2]);
}

static void emit(php_mqs_server *server, mqs_log_level level, line *text, mqs_bytes client_id)
{
	if (level < server->options.log_level || php_mqs_host_silent(server)) {
		return;
	}
	if (server->options.has_logger && php_mqs_host_log(server, level, text->text, text->len, client_id)) {
		return; /* a logger may suspend, which must not happen now */
	}
	/* A logger that fails, or logs by publishing, must not call itself. */
	if (!server->options.has_logger || server->logging || server->fatal || EG(exception)) {
		write_standard(level, text);
		return;
	}
	logger_call call = {server, level, text, client_id, false};
	/* The broker logs also between a reply and the use of it, and a logger may make it ask about something else. */
	php_mqs_reply_store *replies = php_mqs_replies_keep(server);
	server->logging = true;
	php_mqs_no_waiting_begin(server);
	php_mqs_guard(server, call_logger, &call, "the logger", client_id);
	php_mqs_no_waiting_end(server);
	server->logging = false;
	server->replies = replies;
	if (!call.done) {
		write_standard(level, text);
	}
}

/* ---- lines ---- */

void php_mqs_log_line(php_mqs_server *server, mqs_log_level level, const char *text, mqs_bytes client_id)
{
	line out = {.len = 0};
	line_escaped(&out, mqs_bytes_make(text, strlen(text)), LINE_MAX_BYTES);
	line_client(&out, client_id);
	emit(server, level, &out, client_id);
}

void php_mqs_log_kept(php_mqs_server *server, mqs_log_level level, const char *text, size_t len, mqs_bytes client_id)
{
	line out = {.len = 0};
	line_raw(&out, text, len);
	emit(server, level, &out, client_id);
}

void php_mqs_log_format(php_mqs_server *server, mqs_log_level level, mqs_bytes client_id, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	php_mqs_log_line(server, level, text, client_id);
}

void php_mqs_log_net(void *ctx, mqs_log_level level, const char *text)
{
	php_mqs_log_line(ctx, level, text, mqs_bytes_make(NULL, 0));
}

void php_mqs_log_record(void *ctx, const mqs_log_record *record)
{
	line out = {.len = 0};
	char number[64];
	line_str(&out, record->what);
	if (record->detail) {
		line_str(&out, ": ");
		line_str(&out, record->detail);
	}
	if (record->reason) {
		snprintf(number, sizeof(number), ", reason 0x%02X %s", record->reason, mqs_reason_name(record->reason));
		line_str(&out, number);
	}
	if (record->clause) {
		line_str(&out, " [");
		line_str(&out, record->clause);
		line_str(&out, "]");
		if (record->offset) {
			snprintf(number, sizeof(number), " at byte %u", record->offset);
			line_str(&out, number);
		}
	}
	line_client(&out, record->client_id);
	if (record->peer.len > 0) {
		line_str(&out, " from ");
		line_escaped(&out, record->peer, ID_MAX_BYTES);
	}
	emit(ctx, record->level, &out, record->client_id);
}

void php_mqs_log_fatal(php_mqs_server *server, const char *label, const zend_string *message, const zend_string *file,
    int line_number, mqs_bytes client_id)
{
	line out = {.len = 0};
	char number[24];
	(void)server;
	line_str(&out, label);
	line_str(&out, " ended the server by a fatal error: ");
	if (message) {
		/* The first line says it; a stack trace may follow, with arguments in it. */
		const char *end = memchr(ZSTR_VAL(message), '\n', ZSTR_LEN(message));
		size_t len = end ? (size_t)(end - ZSTR_VAL(message)) : ZSTR_LEN(message);
		line_escaped(&out, mqs_bytes_make(ZSTR_VAL(message), len), 1024);
	}
	if (file) {
		line_str(&out, " in ");
		line_escaped(&out, mqs_bytes_make(ZSTR_VAL(file), ZSTR_LEN(file)), 512);
		snprintf(number, sizeof(number), ":%d", line_number);
		line_str(&out, number);
	}
	line_client(&out, client_id);
	write_standard(MQS_LOG_ERROR, &out);
}
