/* SPDX-License-Identifier: MIT
 *
 * src/php/server_options.c - the options array of MqttServer\Server, checked: an unknown name is an error that names
 * the nearest known one.
 */
#include "server.h"
#include "ext/spl/spl_exceptions.h"
#include "zend_exceptions.h"

/* ---- errors ---- */

/* The messages say "MqttServer\Server::__construct(): Option "port" must be …". */
#define CONSTRUCTOR "MqttServer\\Server::__construct(): "

static zend_result refuse_type(const char *name, const char *expected, const zval *given)
{
	zend_type_error(CONSTRUCTOR "Option \"%s\" must be %s, %s given", name, expected, zend_zval_type_name(given));
	return FAILURE;
}

static zend_result refuse_value(const char *name, const char *expected)
{
	zend_value_error(CONSTRUCTOR "Option \"%s\" must be %s", name, expected);
	return FAILURE;
}

/* ---- plain values ---- */

static zend_result read_int(const char *name, zval *value, int64_t min, int64_t max, int64_t *out)
{
	if (Z_TYPE_P(value) != IS_LONG) {
		return refuse_type(name, "of type int", value);
	}
	if (Z_LVAL_P(value) < min || Z_LVAL_P(value) > max) {
		zend_value_error(CONSTRUCTOR "Option \"%s\" must be between %" PRId64 " and %" PRId64 ", " ZEND_LONG_FMT
		                             " given",
		    name, min, max, Z_LVAL_P(value));
		return FAILURE;
	}
	*out = Z_LVAL_P(value);
	return SUCCESS;
}

static zend_result read_bool(const char *name, zval *value, bool *out)
{
	if (Z_TYPE_P(value) != IS_TRUE && Z_TYPE_P(value) != IS_FALSE) {
		return refuse_type(name, "of type bool", value);
	}
	*out = Z_TYPE_P(value) == IS_TRUE;
	return SUCCESS;
}

static zend_result read_string(const char *name, zval *value, zend_string **out)
{
	if (Z_TYPE_P(value) != IS_STRING) {
		return refuse_type(name, "of type string", value);
	}
	if (Z_STRLEN_P(value) == 0 || zend_str_has_nul_byte(Z_STR_P(value))) {
		return refuse_value(name, "a string that is not empty and has no null bytes");
	}
	if (*out) {
		zend_string_release(*out);
	}
	*out = zend_string_copy(Z_STR_P(value));
	return SUCCESS;
}

static zend_result read_anonymous(const char *name, zval *value, php_mqs_anonymous *out)
{
	if (Z_TYPE_P(value) == IS_NULL) {
		*out = PHP_MQS_ANONYMOUS_BY_RULE;
		return SUCCESS;
	}
	if (Z_TYPE_P(value) != IS_TRUE && Z_TYPE_P(value) != IS_FALSE) {
		return refuse_type(name, "of type ?bool", value);
	}
	*out = Z_TYPE_P(value) == IS_TRUE ? PHP_MQS_ANONYMOUS_YES : PHP_MQS_ANONYMOUS_NO;
	return SUCCESS;
}

/* ---- options of the server, apart from those of the broker ---- */

typedef struct reader {
	php_mqs_server_options *options;
	php_mqs_listener first; /* host, port, allow_anonymous */
	zval *listeners;        /* NULL: not given */
} reader;

static zend_result read_log_level(php_mqs_server_options *options, zval *value)
{
	if (Z_TYPE_P(value) != IS_STRING) {
		return refuse_type("log_level", "of type string", value);
	}
	int level = php_mqs_log_level_by_name(Z_STRVAL_P(value), Z_STRLEN_P(value));
	if (level < 0) {
		return refuse_value("log_level", "one of \"debug\", \"info\", \"notice\", \"warning\", \"error\"");
	}
	options->log_level = (mqs_log_level)level;
	return SUCCESS;
}

static zend_result read_logger(php_mqs_server_options *options, zval *value)
{
	zend_fcall_info info;
	zend_fcall_info_cache cache;
	if (Z_TYPE_P(value) == IS_NULL) {
		return SUCCESS;
	}
	if (zend_fcall_info_init(value, 0, &info, &cache, NULL, NULL) == SUCCESS) {
		php_mqs_callee_init(&options->logger, &info, &cache);
		options->has_logger = true;
		return SUCCESS;
	}
	zend_function *log = NULL;
	if (Z_TYPE_P(value) == IS_OBJECT) {
		log = zend_hash_str_find_ptr(&Z_OBJCE_P(value)->function_table, ZEND_STRL("log"));
	}
	if (!log || !(log->common.fn_flags & ZEND_ACC_PUBLIC) || (log->common.fn_flags & ZEND_ACC_STATIC)) {
		return refuse_type("logger", "a Psr\\Log\\LoggerInterface or a callable", value);
	}
	php_mqs_callee_init_method(&options->logger, Z_OBJCE_P(value), log);
	ZVAL_COPY(&options->logger.keeper, value);
	options->logger.object = Z_OBJ_P(value);
	options->has_logger = true;
	return SUCCESS;
}

static zend_result read_handlers(php_mqs_server_options *options, zval *value)
{
	if (Z_TYPE_P(value) != IS_STRING && Z_TYPE_P(value) != IS_ARRAY) {
		return refuse_type("handlers", "of type array|string", value);
	}
	ZVAL_COPY(&options->handlers, value);
	return SUCCESS;
}

/* The table: how an option is read. */
typedef zend_result (*read_function)(reader *in, const char *name, zval *value);

static zend_result take_host(reader *in, const char *name, zval *value)
{
	return read_string(name, value, &in->first.host);
}

static zend_result take_port(reader *in, const char *name, zval *value)
{
	int64_t port = 0;
	zend_result result = read_int(name, value, 0, 65535, &port);
	in->first.port = (uint16_t)port;
	return result;
}

static zend_result take_allow_anonymous(reader *in, const char *name, zval *value)
{
	return read_anonymous(name, value, &in->first.anonymous);
}

static zend_result take_listeners(reader *in, const char *name, zval *value)
{
	if (Z_TYPE_P(value) != IS_ARRAY) {
		return refuse_type(name, "of type array", value);
	}
	if (zend_hash_num_elements(Z_ARRVAL_P(value)) == 0) {
		return refuse_value(name, "a list with at least one listener");
	}
	in->listeners = value;
	return SUCCESS;
}

static zend_result take_name(reader *in, const char *name, zval *value)
{
	return read_string(name, value, &in->options->name);
}

static zend_result take_handlers(reader *in, const char *name, zval *value)
{
	(void)name;
	return read_handlers(in->options, value);
}

static zend_result take_log_level(reader *in, const char *name, zval *value)
{
	(void)name;
	return read_log_level(in->options, value);
}

static zend_result take_logger(reader *in, const char *name, zval *value)
{
	(void)name;
	return read_logger(in->options, value);
}

/* Numbers of the loop, with their bounds. */
static zend_result take_u32(const char *name, zval *value, int64_t min, int64_t max, uint32_t *out)
{
	int64_t number = 0;
	zend_result result = read_int(name, value, min, max, &number);
	if (result == SUCCESS) {
		*out = (uint32_t)number;
	}
	return result;
}

static zend_result take_shutdown_grace_ms(reader *in, const char *name, zval *value)
{
	return take_u32(name, value, 0, 3600000, &in->options->net.shutdown_grace_ms);
}

static zend_result take_backlog(reader *in, const char *name, zval *value)
{
	return take_u32(name, value, 1, 65535, &in->options->net.backlog);
}

static zend_result take_tcp_keepalive_s(reader *in, const char *name, zval *value)
{
	return take_u32(name, value, 0, 32767, &in->options->net.tcp_keepalive_s);
}

static zend_result take_no_delay(reader *in, const char *name, zval *value)
{
	return read_bool(name, value, &in->options->net.no_delay);
}

static zend_result take_handle_signals(reader *in, const char *name, zval *value)
{
	return read_bool(name, value, &in->options->net.handle_signals);
}

static zend_result take_fibers(reader *in, const char *name, zval *value)
{
	return read_bool(name, value, &in->options->fibers);
}

static zend_result take_max_fibers(reader *in, const char *name, zval *value)
{
	return take_u32(name, value, 1, PHP_MQS_FIBERS_MAX, &in->options->max_fibers);
}

static zend_result take_slow_handler_ms(reader *in, const char *name, zval *value)
{
	return take_u32(name, value, 0, 3600000, &in->options->slow_handler_ms);
}

static const struct server_option {
	const char *name;
	read_function read;
} server_options[] = {
    {"host", take_host},
    {"port", take_port},
    {"allow_anonymous", take_allow_anonymous},
    {"listeners", take_listeners},
    {"name", take_name},
    {"handlers", take_handlers},
    {"log_level", take_log_level},
    {"logger", take_logger},
    {"shutdown_grace_ms", take_shutdown_grace_ms},
    {"backlog", take_backlog},
    {"no_delay", take_no_delay},
    {"tcp_keepalive_s", take_tcp_keepalive_s},
    {"handle_signals", take_handle_signals},
    {"fibers", take_fibers},
    {"max_fibers", take_max_fibers},
    {"slow_handler_ms", take_slow_handler_ms},
    {NULL, NULL},
};

/* ---- the nearest name ---- */

#define NAME_MAX_BYTES 64

/* Levenshtein distance; names longer than NAME_MAX_BYTES are far from everything. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[NAME_MAX_BYTES + 1];
	if (a_len > NAME_MAX_BYTES || b_len > NAME_MAX_BYTES) {
		return SIZE_MAX;
	}
	for (size_t j = 0; j <= b_len; j++) {
		row[j] = j;
	}
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = MIN(change, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

static void consider(const zend_string *given, const char *name, const char **best, size_t *least)
{
	size_t far = distance(ZSTR_VAL(given), ZSTR_LEN(given), name, strlen(name));
	if (far < *least) {
		*least = far;
		*best = name;
	}
}

static zend_result refuse_unknown(const zend_string *given)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;
	for (const struct server_option *option = server_options; option->name; option++) {
		consider(given, option->name, &best, &least);
	}
	for (const mqs_option_info *info = mqs_broker_option_table; info->name; info++) {
		consider(given, info->name, &best, &least);
	}
	/* Half of it wrong is not a slip of the pen. */
	if (best && least <= ZSTR_LEN(given) / 2) {
		zend_value_error(CONSTRUCTOR "Unknown option \"%s\", did you mean \"%s\"?", ZSTR_VAL(given), best);
	} else {
		zend_value_error(CONSTRUCTOR "Unknown option \"%.64s\"", ZSTR_VAL(given));
	}
	return FAILURE;
}

/* ---- reading ---- */

static zend_result read_broker_option(mqs_broker_options *options, const mqs_option_info *info, zval *value)
{
	int64_t *field = (int64_t *)((char *)options + info->offset);
	if (info->min == 0 && info->max == 1) {
		bool flag = false;
		zend_result result = read_bool(info->name, value, &flag);
		*field = flag;
		return result;
	}
	return read_int(info->name, value, info->min, info->max, field);
}

static zend_result read_one(reader *in, zend_string *name, zval *value)
{
	for (const struct server_option *option = server_options; option->name; option++) {
		if (zend_string_equals_cstr(name, option->name, strlen(option->name))) {
			return option->read(in, option->name, value);
		}
	}
	for (const mqs_option_info *info = mqs_broker_option_table; info->name; info++) {
		if (zend_string_equals_cstr(name, info->name, strlen(info->name))) {
			return read_broker_option(&in->options->broker, info, value);
		}
	}
	return refuse_unknown(name);
}

/* One entry of `listeners`; what it leaves out is as in the options of the same names. */
static zend_result read_listener(const reader *in, zval *entry, uint32_t index, php_mqs_listener *out)
{
	char name[64];
	zend_string *key;
	zval *value;
	reader own = {.first = {in->first.host, in->first.port, 0, in->first.anonymous, false}};
	snprintf(name, sizeof(name), "listeners[%u]", index);
	if (Z_TYPE_P(entry) != IS_ARRAY) {
		return refuse_type(name, "of type array", entry);
	}
	if (own.first.host) {
		zend_string_addref(own.first.host);
	}
	zend_result result = SUCCESS;
	ZEND_HASH_FOREACH_STR_KEY_VAL (Z_ARRVAL_P(entry), key, value) {
		ZVAL_DEREF(value);
		if (key && zend_string_equals_literal(key, "host")) {
			snprintf(name, sizeof(name), "listeners[%u][host]", index);
			result = take_host(&own, name, value);
		} else if (key && zend_string_equals_literal(key, "port")) {
			snprintf(name, sizeof(name), "listeners[%u][port]", index);
			result = take_port(&own, name, value);
		} else if (key && zend_string_equals_literal(key, "allow_anonymous")) {
			snprintf(name, sizeof(name), "listeners[%u][allow_anonymous]", index);
			result = take_allow_anonymous(&own, name, value);
		} else if (key && zend_string_equals_literal(key, "enforce_receive_maximum")) {
			bool enforce = true;
			snprintf(name, sizeof(name), "listeners[%u][enforce_receive_maximum]", index);
			result = read_bool(name, value, &enforce);
			own.first.tolerate_receive_maximum = !enforce;
		} else {
			snprintf(name, sizeof(name), "listeners[%u]", index);
			result = refuse_value(
			    name, "an array with the keys \"host\", \"port\", \"allow_anonymous\" and \"enforce_receive_maximum\"");
		}
		if (result == FAILURE) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	*out = own.first;
	return result;
}

static zend_result make_listeners(reader *in)
{
	php_mqs_server_options *options = in->options;
	zend_result result = SUCCESS;
	uint32_t count = in->listeners ? zend_hash_num_elements(Z_ARRVAL_P(in->listeners)) : 1;
	options->listeners = ecalloc(count, sizeof(php_mqs_listener));
	if (!in->listeners) {
		options->listeners[options->listener_count++] = in->first;
		in->first.host = NULL;
		return SUCCESS;
	}
	zval *entry;
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(in->listeners), entry) {
		ZVAL_DEREF(entry);
		uint32_t index = options->listener_count++;
		result = read_listener(in, entry, index, &options->listeners[index]);
		if (result == FAILURE) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	return result;
}

void php_mqs_server_options_init(php_mqs_server_options *options)
{
	memset(options, 0, sizeof(*options));
	mqs_broker_options_init(&options->broker);
	mqs_net_options_init(&options->net);
	options->log_level = MQS_LOG_INFO;
	options->fibers = true;
	options->max_fibers = 10000;
	options->slow_handler_ms = 100;
	ZVAL_UNDEF(&options->handlers);
}

void php_mqs_server_options_clear(php_mqs_server_options *options)
{
	for (uint32_t i = 0; i < options->listener_count; i++) {
		if (options->listeners[i].host) {
			zend_string_release(options->listeners[i].host);
		}
	}
	if (options->listeners) {
		efree(options->listeners);
		options->listeners = NULL;
	}
	options->listener_count = 0;
	if (options->name) {
		zend_string_release(options->name);
		options->name = NULL;
	}
	if (options->has_logger) {
		options->has_logger = false;
		php_mqs_callee_clear(&options->logger);
	}
	zval_ptr_dtor(&options->handlers);
	ZVAL_UNDEF(&options->handlers);
}

zend_result php_mqs_server_options_read(php_mqs_server_options *options, HashTable *in)
{
	zend_string *name;
	zval *value;
	reader state = {.options = options};
	zend_result result = SUCCESS;
	state.first.port = 1883;
	ZEND_HASH_FOREACH_STR_KEY_VAL (in, name, value) {
		ZVAL_DEREF(value);
		if (!name) {
			zend_value_error(CONSTRUCTOR "Argument #1 ($options) must have option names as keys");
			result = FAILURE;
		} else {
			result = read_one(&state, name, value);
		}
		if (result == FAILURE) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	if (!options->name) {
		options->name = zend_string_init("mqtt", 4, 0);
	}
	if (!state.first.host) {
		state.first.host = zend_string_init("0.0.0.0", 7, 0);
	}
	if (result == SUCCESS) {
		result = make_listeners(&state);
	}
	if (state.first.host) {
		zend_string_release(state.first.host);
	}
	return result;
}
