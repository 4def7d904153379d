/* SPDX-License-Identifier: MIT
 *
 * src/php/library.c - finds and declares the embedded PHP classes.
 *
 * Our autoloader stands behind zend_autoload: it is asked last, after every loader of the application, and appears in
 * no list. It serves MqttServer\* and Hyperf\MqttServer\*; names of others are declared only by
 * php_mqs_message_prepare().
 */
#include "php_mqs.h"
#include "library.h"
#include "library_data.h"
#include "message_private.h"

#include "zend_exceptions.h"

/* A second name of a class. */
typedef struct library_alias {
	const char *name;
	const char *target;
} library_alias;

static const library_alias aliases[] = {
    {"Hyperf\\MqttServer\\Annotation\\MQTTAuth", "MqttServer\\Annotation\\MQTTAuth"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTClose", "MqttServer\\Annotation\\MQTTClose"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTConnect", "MqttServer\\Annotation\\MQTTConnect"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTDeliver", "MqttServer\\Annotation\\MQTTDeliver"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTDisconnect", "MqttServer\\Annotation\\MQTTDisconnect"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTEvent", "MqttServer\\Annotation\\MQTTEvent"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTPingReq", "MqttServer\\Annotation\\MQTTPingReq"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTPublish", "MqttServer\\Annotation\\MQTTPublish"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTSubscribe", "MqttServer\\Annotation\\MQTTSubscribe"},
    {"Hyperf\\MqttServer\\Annotation\\MQTTUnsubscribe", "MqttServer\\Annotation\\MQTTUnsubscribe"},
    {"Hyperf\\MqttServer\\Handler\\ResponseRewritable", "MqttServer\\Handler\\ResponseRewritable"},
    {"Hyperf\\MqttServer\\MQTTServer", "MqttServer\\Server"},
    {"Hyperf\\MqttServer\\Server", "MqttServer\\Server"},
};

#define ALIAS_COUNT (sizeof(aliases) / sizeof(aliases[0]))

/* Names that live as long as the module: a class table may keep them past a request. */
static zend_string *alias_names[ALIAS_COUNT];

static zend_class_entry *(*next_autoload)(zend_string *name, zend_string *lc_name);

static const php_mqs_library_file *file_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(library_files) / sizeof(library_files[0]); i++) {
		if (strcmp(library_files[i].name, name) == 0) {
			return &library_files[i];
		}
	}
	return NULL;
}

#define SOURCE_SCHEME "mqtt_server://library/"

/* [owned] what errors call the file. During opcache.preload it must look like an eval() in a file that is preloaded, or
 * opcache drops the class while others still use it. */
static zend_string *source_name(const char *name)
{
	if (CG(compiler_options) & ZEND_COMPILE_PRELOAD) {
		/* One of our files may be what is executing: then the name of the file that asked for it is in front. */
		const char *asking = zend_get_executed_filename();
		const char *ours = strstr(asking, "(" SOURCE_SCHEME);
		int len = (int)(ours ? (size_t)(ours - asking) : strlen(asking));
		return strpprintf(0, "%.*s(" SOURCE_SCHEME "%s.php) : eval()'d code", len, asking, name);
	}
	return strpprintf(0, SOURCE_SCHEME "%s.php", name);
}

static zend_class_entry *class_find(const char *name, size_t len)
{
	zend_string *key = zend_string_alloc(len, false);
	zend_str_tolower_copy(ZSTR_VAL(key), name, len);
	zend_class_entry *ce = zend_hash_find_ptr(EG(class_table), key);
	zend_string_release(key);
	return ce;
}

static void file_run(const php_mqs_library_file *file)
{
	zend_string *name = source_name(file->name);
	zend_string *source = zend_string_init(file->source, file->source_len, false);
	uint32_t options = CG(compiler_options);
	CG(compiler_options) = ZEND_COMPILE_DEFAULT_FOR_EVAL | (options & ZEND_COMPILE_PRELOAD);
	zend_op_array *code = zend_compile_string(source, ZSTR_VAL(name), ZEND_COMPILE_POSITION_AT_OPEN_TAG);
	CG(compiler_options) = options;
	zend_string_release(source);
	zend_string_release(name);
	if (!code) {
		return;
	}
	zval result;
	ZVAL_UNDEF(&result);
	zend_execute(code, &result);
	zval_ptr_dtor(&result);
	zend_destroy_static_vars(code);
	destroy_op_array(code);
	efree_size(code, sizeof(zend_op_array));
}

zend_class_entry *php_mqs_library_declare(const char *name)
{
	const php_mqs_library_file *file = file_by_name(name);
	ZEND_ASSERT(file);
	zend_class_entry *ce = class_find(file->class_name, strlen(file->class_name));
	if (ce) {
		return ce;
	}
	file_run(file);
	ce = class_find(file->class_name, strlen(file->class_name));
	if (!ce && !EG(exception)) {
		zend_throw_error(NULL, "Class \"%s\" could not be declared", file->class_name);
	}
	return ce;
}

/* A second name for a class, also for an internal one (class_alias() does that only since 8.3). */
static zend_class_entry *alias_declare(size_t index)
{
	const library_alias *alias = &aliases[index];
	zend_string *target = zend_string_init(alias->target, strlen(alias->target), false);
	zend_class_entry *ce = zend_lookup_class(target);
	zend_string_release(target);
	if (!ce) {
		return NULL;
	}
	/* Its key is the interned string of alias_names: the engine looks there first. */
	return zend_register_class_alias_ex(alias->name, strlen(alias->name), ce, false) == SUCCESS ? ce : NULL;
}

/* The file of a class by its lower-case name; variants and the classes of others are never found here. */
static const php_mqs_library_file *file_by_class(zend_string *lc_name)
{
	for (size_t i = 0; i < sizeof(library_files) / sizeof(library_files[0]); i++) {
		const php_mqs_library_file *file = &library_files[i];
		if (strlen(file->class_name) == ZSTR_LEN(lc_name) && !strchr(file->name, '.') &&
		    strncmp(file->name, "Foreign/", sizeof("Foreign/") - 1) != 0 &&
		    zend_binary_strcasecmp(file->class_name, ZSTR_LEN(lc_name), ZSTR_VAL(lc_name), ZSTR_LEN(lc_name)) == 0) {
			return file;
		}
	}
	return NULL;
}

/* Classes of others that a file needs, at most two. */
typedef struct library_need {
	const char *file;
	const char *classes[2];
} library_need;

static const library_need needs[] = {
    {"Async/RevoltSuspension", {"Revolt\\EventLoop\\Suspension", NULL}},
    {"Async/RevoltDriver", {"Revolt\\EventLoop\\Internal\\AbstractDriver", NULL}},
    {"Hyperf/CoreMiddleware", {"Psr\\Http\\Server\\MiddlewareInterface", NULL}},
    {"Hyperf/MQTTServer", {"Hyperf\\Contract\\OnReceiveInterface", "Hyperf\\Contract\\MiddlewareInitializerInterface"}},
    {"Hyperf/MqttExceptionHandler",
        {"Hyperf\\ExceptionHandler\\ExceptionHandler", "Hyperf\\Contract\\StdoutLoggerInterface"}},
    {"Hyperf/Server", {"Hyperf\\Contract\\OnReceiveInterface", "Hyperf\\Contract\\MiddlewareInitializerInterface"}},
};

/* Is everything there that the file needs? Loads it. */
static bool needs_met(const php_mqs_library_file *file)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		for (size_t j = 0; strcmp(needs[i].file, file->name) == 0 && j < 2 && needs[i].classes[j]; j++) {
			zend_string *name = zend_string_init(needs[i].classes[j], strlen(needs[i].classes[j]), false);
			bool there = zend_lookup_class(name) != NULL;
			zend_string_release(name);
			if (!there) {
				return false;
			}
		}
	}
	return true;
}

static zend_class_entry *annotation_declare(const php_mqs_library_file *file)
{
	/* The base class alone knows whether Hyperf is there; the others extend it. */
	if (strcmp(file->name, "Annotation/MQTTEvent") == 0) {
		zend_string *name = ZSTR_INIT_LITERAL("Hyperf\\Di\\Annotation\\AbstractMultipleAnnotation", false);
		zend_class_entry *hyperf = zend_lookup_class(name);
		zend_string_release(name);
		if (EG(exception)) {
			return NULL;
		}
		if (hyperf) {
			return php_mqs_library_declare("Annotation/MQTTEvent.hyperf");
		}
	}
	return php_mqs_library_declare(file->name);
}

static zend_class_entry *library_load(zend_string *lc_name)
{
	const php_mqs_library_file *file = file_by_class(lc_name);
	if (file && !needs_met(file)) {
		file = NULL;
	}
	for (size_t i = 0; !file && !EG(exception) && i < ALIAS_COUNT; i++) {
		if (zend_string_equals(alias_names[i], lc_name)) {
			return alias_declare(i);
		}
	}
	if (!file) {
		return NULL;
	}
	if (strncmp(file->name, "Message/", sizeof("Message/") - 1) == 0) {
		return php_mqs_message_prepare() == SUCCESS ? zend_hash_find_ptr(EG(class_table), lc_name) : NULL;
	}
	if (strncmp(file->name, "Annotation/", sizeof("Annotation/") - 1) == 0) {
		return annotation_declare(file);
	}
	return php_mqs_library_declare(file->name);
}

static bool has_prefix(zend_string *text, const char *prefix, size_t len)
{
	return ZSTR_LEN(text) > len && memcmp(ZSTR_VAL(text), prefix, len) == 0;
}

static zend_class_entry *autoload(zend_string *name, zend_string *lc_name)
{
	zend_class_entry *ce = next_autoload ? next_autoload(name, lc_name) : NULL;
	if (ce || EG(exception)) {
		return ce;
	}
	if (has_prefix(lc_name, ZEND_STRL("mqttserver\\")) || has_prefix(lc_name, ZEND_STRL("hyperf\\mqttserver\\"))) {
		return library_load(lc_name);
	}
	return NULL;
}

void php_mqs_library_minit(void)
{
	for (size_t i = 0; i < ALIAS_COUNT; i++) {
		size_t len = strlen(aliases[i].name);
		zend_string *name = zend_string_alloc(len, true);
		zend_str_tolower_copy(ZSTR_VAL(name), aliases[i].name, len);
		alias_names[i] = zend_new_interned_string(name);
	}
	next_autoload = zend_autoload;
	zend_autoload = autoload;
}

void php_mqs_library_mshutdown(void)
{
	if (zend_autoload == autoload) {
		zend_autoload = next_autoload;
	}
}

void php_mqs_library_rinit(void)
{
	memset(&php_mqs_messages, 0, sizeof(php_mqs_messages));
}

void php_mqs_library_rshutdown(void)
{
	php_mqs_message_rshutdown();
}
