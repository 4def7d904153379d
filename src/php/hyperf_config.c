/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf_config.c - the configuration of a Hyperf application: options of the server, middlewares, exception
 * handlers, logger.
 *
 * config/autoload/mqtt.php holds options by name, for all servers, and under `servers` those of single ones by the name
 * that they have in config/autoload/server.php. What the framework decides (addresses, sockets) is no option there.
 */
#include "hyperf_private.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

#define OPTIONS_FILE "config/autoload/mqtt.php"
#define SERVER_FILE  "config/autoload/server.php"

/* Options of the server that stands alone. */
static const char *const not_here[] = {"name", "host", "port", "listeners", "backlog", "no_delay", "tcp_keepalive_s",
    "handle_signals", "shutdown_grace_ms", "fibers", "max_fibers", "slow_handler_ms", NULL};

/* An entry of the configuration; null when it is not there. FAILURE: exception set. */
static zend_result config_get(php_mqs_hyperf *hyperf, const char *key, const zend_string *suffix, zval *out)
{
	zval argument;
	ZVAL_NULL(out);
	if (Z_TYPE(hyperf->config) != IS_OBJECT) {
		return SUCCESS;
	}
	ZVAL_STR(&argument, zend_strpprintf(0, "%s%s", key, suffix ? ZSTR_VAL(suffix) : ""));
	zend_call_method_with_1_params(Z_OBJ(hyperf->config), NULL, NULL, "get", out, &argument);
	zval_ptr_dtor(&argument);
	if (EG(exception)) {
		zval_ptr_dtor(out);
		ZVAL_NULL(out);
		return FAILURE;
	}
	return SUCCESS;
}

/* [borrowed] Value of a key of an array that is a string or an array; NULL: not there. */
static zval *find_deref(zval *array, const char *key)
{
	zval *value = Z_TYPE_P(array) == IS_ARRAY ? zend_hash_str_find(Z_ARRVAL_P(array), key, strlen(key)) : NULL;
	if (value) {
		ZVAL_DEREF(value);
	}
	return value;
}

/* ---- the name ------------------------------------------------------------------------------------------------- */

/* Is the class of one of the callbacks that of the object? */
static bool calls_class(zval *callbacks, zend_class_entry *ce)
{
	zval *callback;
	if (!callbacks || Z_TYPE_P(callbacks) != IS_ARRAY) {
		return false;
	}
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(callbacks), callback) {
		ZVAL_DEREF(callback);
		zval *name = Z_TYPE_P(callback) == IS_ARRAY ? zend_hash_index_find(Z_ARRVAL_P(callback), 0) : NULL;
		if (name && Z_TYPE_P(name) == IS_STRING && zend_lookup_class(Z_STR_P(name)) == ce) {
			return true;
		}
	}
	ZEND_HASH_FOREACH_END();
	return false;
}

zend_string *php_mqs_hyperf_guess_name(php_mqs_hyperf *hyperf, const php_mqs_server *server)
{
	zval servers, *each;
	zend_string *found = NULL;
	if (config_get(hyperf, "server.servers", NULL, &servers) == FAILURE || Z_TYPE(servers) != IS_ARRAY) {
		zval_ptr_dtor(&servers);
		return NULL;
	}
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL(servers), each) {
		ZVAL_DEREF(each);
		zval *name = find_deref(each, "name");
		bool ours = calls_class(find_deref(each, "callbacks"), server->std.ce);
		if (ours && name && Z_TYPE_P(name) == IS_STRING) {
			found = zend_string_copy(Z_STR_P(name));
		}
		if (found || EG(exception)) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	zval_ptr_dtor(&servers);
	return found;
}

/* Is there a server of this name? Also true when the configuration lists none. */
static bool server_exists(php_mqs_hyperf *hyperf, const zend_string *name)
{
	zval servers, *each;
	if (zend_string_equals(name, hyperf->name)) {
		return true;
	}
	if (config_get(hyperf, "server.servers", NULL, &servers) == FAILURE || Z_TYPE(servers) != IS_ARRAY) {
		zval_ptr_dtor(&servers);
		return true;
	}
	bool found = false;
	ZEND_HASH_FOREACH_VAL (Z_ARRVAL(servers), each) {
		ZVAL_DEREF(each);
		zval *known = find_deref(each, "name");
		found = found || (known && Z_TYPE_P(known) == IS_STRING && zend_string_equals(Z_STR_P(known), name));
	}
	ZEND_HASH_FOREACH_END();
	zval_ptr_dtor(&servers);
	return found;
}

/* ---- options -------------------------------------------------------------------------------------------------- */

static zend_result refuse_file(const char *what, const zval *given)
{
	zend_type_error(OPTIONS_FILE ": %s must be of type array, %s given", what, zend_zval_type_name(given));
	return FAILURE;
}

/* `servers` of the file: arrays by names that exist. */
static zend_result check_servers(php_mqs_hyperf *hyperf, zval *servers)
{
	zend_string *name;
	zval *each;
	if (Z_TYPE_P(servers) != IS_ARRAY) {
		return refuse_file("\"servers\"", servers);
	}
	ZEND_HASH_FOREACH_STR_KEY_VAL (Z_ARRVAL_P(servers), name, each) {
		ZVAL_DEREF(each);
		if (!name) {
			zend_value_error(OPTIONS_FILE ": \"servers\" must have names of servers as keys");
			return FAILURE;
		}
		if (!server_exists(hyperf, name)) {
			if (!EG(exception)) {
				zend_value_error(OPTIONS_FILE ": \"servers\" has \"%s\", and " SERVER_FILE
				                              " has no server of this name",
				    ZSTR_VAL(name));
			}
			return FAILURE;
		}
		if (Z_TYPE_P(each) != IS_ARRAY) {
			zend_string *what = zend_strpprintf(0, "\"servers\" => \"%s\"", ZSTR_VAL(name));
			refuse_file(ZSTR_VAL(what), each);
			zend_string_release(what);
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

/* Copies options, those of `from` before those that are there; references are followed. */
static void merge(HashTable *into, HashTable *from)
{
	zend_string *key;
	zend_ulong index;
	zval *value;
	ZEND_HASH_FOREACH_KEY_VAL (from, index, key, value) {
		ZVAL_DEREF(value);
		Z_TRY_ADDREF_P(value);
		if (key) {
			zend_hash_update(into, key, value);
		} else {
			zend_hash_index_update(into, index, value);
		}
	}
	ZEND_HASH_FOREACH_END();
}

/* What the file says for this server; `out` is an array, maybe empty. FAILURE: exception set. */
static zend_result options_of_file(php_mqs_hyperf *hyperf, zval *out)
{
	zval file;
	array_init(out);
	if (config_get(hyperf, "mqtt", NULL, &file) == FAILURE) {
		return FAILURE;
	}
	zend_result result = SUCCESS;
	if (Z_TYPE(file) == IS_ARRAY) {
		merge(Z_ARRVAL_P(out), Z_ARRVAL(file));
		zend_hash_str_del(Z_ARRVAL_P(out), ZEND_STRL("servers"));
		zval *servers = find_deref(&file, "servers");
		result = servers ? check_servers(hyperf, servers) : SUCCESS;
		zval *own = servers && result == SUCCESS ? find_deref(servers, ZSTR_VAL(hyperf->name)) : NULL;
		if (own) {
			merge(Z_ARRVAL_P(out), Z_ARRVAL_P(own));
		}
	} else if (Z_TYPE(file) != IS_NULL) {
		result = refuse_file("the configuration", &file);
	}
	zval_ptr_dtor(&file);
	return result;
}

/* FAILURE: an option that cannot be set here; exception set. */
static zend_result check_place(HashTable *options)
{
	for (const char *const *name = not_here; *name; name++) {
		if (zend_hash_str_exists(options, *name, strlen(*name))) {
			zend_value_error(
			    "Option \"%s\" is for a server that stands alone; here " SERVER_FILE " says how to listen", *name);
			return FAILURE;
		}
	}
	return SUCCESS;
}

/* A logger may be named as the container knows it. */
static zend_result find_logger(php_mqs_hyperf *hyperf, HashTable *options)
{
	zval *logger = zend_hash_str_find(options, ZEND_STRL("logger"));
	if (!logger || Z_TYPE_P(logger) != IS_STRING || !php_mqs_hyperf_has(&hyperf->container, Z_STR_P(logger))) {
		return EG(exception) ? FAILURE : SUCCESS;
	}
	zval object;
	if (php_mqs_hyperf_get(&hyperf->container, Z_STRVAL_P(logger), &object) == FAILURE) {
		return FAILURE;
	}
	zend_hash_str_update(options, ZEND_STRL("logger"), &object);
	return SUCCESS;
}

static zend_result read_options(php_mqs_hyperf *hyperf, const php_mqs_server *server, php_mqs_server_options *out)
{
	zval options;
	zend_result result = options_of_file(hyperf, &options);
	if (result == SUCCESS) {
		HashTable *table = Z_ARRVAL(options);
		zval *handlers = zend_hash_str_find(table, ZEND_STRL("handlers"));
		if (handlers) {
			ZVAL_COPY(&hyperf->handlers, handlers);
			zend_hash_str_del(table, ZEND_STRL("handlers"));
		}
		result = check_place(table);
		result = result == SUCCESS ? find_logger(hyperf, table) : result;
		if (result == SUCCESS) {
			/* The constructor's have been checked; its handlers have been added. */
			if (Z_TYPE(server->given) == IS_ARRAY) {
				merge(table, Z_ARRVAL(server->given));
				zend_hash_str_del(table, ZEND_STRL("handlers"));
			}
			result = php_mqs_server_options_read(out, table);
		}
		if (result == FAILURE) {
			php_mqs_hyperf_say_where(OPTIONS_FILE ", server \"%s\"", ZSTR_VAL(hyperf->name));
		}
	}
	zval_ptr_dtor(&options);
	return result;
}

/* ---- logger --------------------------------------------------------------------------------------------------- */

/* The application's, unless the options name one. */
static zend_result take_logger(php_mqs_hyperf *hyperf, php_mqs_server_options *options)
{
	zend_string *name = zend_string_init(ZEND_STRL("Hyperf\\Contract\\StdoutLoggerInterface"), 0);
	zend_result result = SUCCESS;
	if (!options->has_logger && php_mqs_hyperf_has(&hyperf->container, name)) {
		zval logger;
		result = php_mqs_hyperf_get(&hyperf->container, ZSTR_VAL(name), &logger);
		zend_function *log = NULL;
		if (Z_TYPE(logger) == IS_OBJECT) {
			log = zend_hash_str_find_ptr(&Z_OBJCE(logger)->function_table, ZEND_STRL("log"));
		}
		if (log) {
			php_mqs_callee_init_method(&options->logger, Z_OBJCE(logger), log);
			ZVAL_COPY(&options->logger.keeper, &logger);
			options->logger.object = Z_OBJ(logger);
			options->has_logger = true;
		}
		zval_ptr_dtor(&logger);
	}
	zend_string_release(name);
	return EG(exception) ? FAILURE : result;
}

/* ---- middlewares and exception handlers ----------------------------------------------------------------------- */

/* An entry that the container has to have. `key` is where it stands. */
static zend_result check_known(php_mqs_hyperf *hyperf, const char *key, zval *entry)
{
	if (Z_TYPE_P(entry) == IS_OBJECT) {
		return SUCCESS;
	}
	if (Z_TYPE_P(entry) != IS_STRING) {
		zend_type_error("config %s.%s: each entry must be the name of a class, %s given", key, ZSTR_VAL(hyperf->name),
		    zend_zval_type_name(entry));
		return FAILURE;
	}
	if (!php_mqs_hyperf_has(&hyperf->container, Z_STR_P(entry))) {
		if (!EG(exception)) {
			zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
			    "config %s.%s: class \"%s\" is not known to the container", key, ZSTR_VAL(hyperf->name),
			    Z_STRVAL_P(entry));
		}
		return FAILURE;
	}
	return SUCCESS;
}

/* A middleware and its place: `Class` has priority 0, `Class => n` has n. */
typedef struct ranked {
	zval entry; /* [owned] */
	zend_long priority;
	uint32_t order;
} ranked;

static int compare_ranked(const void *left, const void *right)
{
	const ranked *a = left, *b = right;
	if (a->priority != b->priority) {
		return a->priority > b->priority ? -1 : 1;
	}
	return a->order < b->order ? -1 : 1;
}

/* Reads a list of the configuration into `out`, the greatest priority first; `out` stays undefined when it is empty. */
static zend_result read_list(php_mqs_hyperf *hyperf, const char *key, zval *list, zval *out)
{
	zend_string *name;
	zval *value;
	uint32_t count = 0;
	zend_result result = SUCCESS;
	if (Z_TYPE_P(list) != IS_ARRAY) {
		zend_type_error(
		    "config %s.%s must be of type array, %s given", key, ZSTR_VAL(hyperf->name), zend_zval_type_name(list));
		return FAILURE;
	}
	ranked *all = safe_emalloc(zend_hash_num_elements(Z_ARRVAL_P(list)), sizeof(ranked), sizeof(ranked));
	ZEND_HASH_FOREACH_STR_KEY_VAL (Z_ARRVAL_P(list), name, value) {
		ZVAL_DEREF(value);
		ranked *one = &all[count];
		*one = (ranked){.order = count};
		if (name && Z_TYPE_P(value) == IS_LONG) {
			ZVAL_STR_COPY(&one->entry, name);
			one->priority = Z_LVAL_P(value);
		} else {
			ZVAL_COPY(&one->entry, value);
		}
		count++;
		result = check_known(hyperf, key, &one->entry);
		if (result == FAILURE) {
			break;
		}
	}
	ZEND_HASH_FOREACH_END();
	qsort(all, count, sizeof(ranked), compare_ranked);
	if (result == SUCCESS && count > 0) {
		array_init_size(out, count);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (Z_TYPE_P(out) == IS_ARRAY) {
			zend_hash_next_index_insert_new(Z_ARRVAL_P(out), &all[i].entry);
		} else {
			zval_ptr_dtor(&all[i].entry);
		}
	}
	efree(all);
	return result;
}

static zend_result take_list(php_mqs_hyperf *hyperf, const char *key, zval *out)
{
	zval list;
	zend_string *suffix = zend_strpprintf(0, ".%s", ZSTR_VAL(hyperf->name));
	zend_result result = config_get(hyperf, key, suffix, &list);
	zend_string_release(suffix);
	if (result == SUCCESS && Z_TYPE(list) != IS_NULL) {
		result = read_list(hyperf, key, &list, out);
	}
	zval_ptr_dtor(&list);
	return result;
}

zend_result php_mqs_hyperf_configure(php_mqs_hyperf *hyperf, const php_mqs_server *server, php_mqs_server_options *out)
{
	if (read_options(hyperf, server, out) == FAILURE || take_logger(hyperf, out) == FAILURE ||
	    take_list(hyperf, "middlewares", &hyperf->middlewares) == FAILURE) {
		return FAILURE;
	}
	return take_list(hyperf, "exceptions.handler", &hyperf->exception_handlers);
}
