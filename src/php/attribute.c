/* SPDX-License-Identifier: MIT
 *
 * src/php/attribute.c - reading the handler attributes.
 *
 * An attribute object is really made, as ReflectionAttribute::newInstance() does: a class derived from one of ours may
 * fix the packet type or the server in its constructor. Classes of the package that this extension replaces have the
 * same public properties and are read in the same way.
 */
#include "attribute.h"
#include "zend_attributes.h"
#include "zend_exceptions.h"

static const char *const base_names[] = {
    "MqttServer\\Annotation\\MQTTEvent", "Hyperf\\MqttServer\\Annotation\\MQTTEvent"};
static const char *const prefixes[] = {"mqttserver\\annotation\\", "hyperf\\mqttserver\\annotation\\"};

static bool is_event_class(const zend_class_entry *ce)
{
	for (; ce; ce = ce->parent) {
		for (size_t i = 0; i < sizeof(base_names) / sizeof(base_names[0]); i++) {
			if (zend_string_equals_cstr(ce->name, base_names[i], strlen(base_names[i]))) {
				return true;
			}
		}
	}
	return false;
}

static bool has_our_prefix(const zend_string *lcname)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);
		if (ZSTR_LEN(lcname) > len && memcmp(ZSTR_VAL(lcname), prefixes[i], len) == 0) {
			return true;
		}
	}
	return false;
}

bool php_mqs_attributes_any(HashTable *attributes)
{
	zend_attribute *attribute;
	if (!attributes) {
		return false;
	}
	ZEND_HASH_FOREACH_PTR (attributes, attribute) {
		if (attribute->offset != 0) {
			continue; /* of a parameter */
		}
		if (has_our_prefix(attribute->lcname)) {
			return true;
		}
		zend_class_entry *ce = zend_lookup_class(attribute->name);
		if (EG(exception)) {
			return false;
		}
		if (ce && is_event_class(ce)) {
			return true;
		}
	}
	ZEND_HASH_FOREACH_END();
	return false;
}

/* Calls the constructor with the arguments that stand in the source. */
static zend_result construct(zend_attribute *attribute, zend_class_entry *scope, zend_class_entry *ce, zval *object)
{
	if (object_init_ex(object, ce) == FAILURE) {
		ZVAL_UNDEF(object);
		return FAILURE;
	}
	if (!ce->constructor) {
		return SUCCESS;
	}
	zval *args = attribute->argc ? safe_emalloc(attribute->argc, sizeof(zval), 0) : NULL;
	HashTable *named = NULL;
	uint32_t argc = 0;
	zend_result result = SUCCESS;
	for (uint32_t i = 0; i < attribute->argc && result == SUCCESS; i++) {
		zval value;
		result = zend_get_attribute_value(&value, attribute, i, scope);
		if (result == FAILURE) {
			break;
		}
		if (attribute->args[i].name) {
			if (!named) {
				named = zend_new_array(0);
			}
			zend_hash_update(named, attribute->args[i].name, &value);
		} else {
			ZVAL_COPY_VALUE(&args[argc++], &value);
		}
	}
	if (result == SUCCESS) {
		zend_call_known_function(ce->constructor, Z_OBJ_P(object), ce, NULL, argc, args, named);
		result = EG(exception) ? FAILURE : SUCCESS;
	}
	for (uint32_t i = 0; i < argc; i++) {
		zval_ptr_dtor(&args[i]);
	}
	if (args) {
		efree(args);
	}
	if (named) {
		zend_array_release(named);
	}
	if (result == FAILURE) {
		zend_object_store_ctor_failed(Z_OBJ_P(object));
		zval_ptr_dtor(object);
		ZVAL_UNDEF(object);
	}
	return result;
}

/* Puts an exception that says where the attribute stands before the one that its constructor threw. */
static void name_place(const zend_class_entry *ce, const char *where)
{
	zval rv;
	zend_object *thrown = EG(exception);
	if (!thrown || zend_is_unwind_exit(thrown) || zend_is_graceful_exit(thrown)) {
		return;
	}
	zend_class_entry *base = instanceof_function(thrown->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error;
	zval *message = zend_read_property_ex(base, thrown, ZSTR_KNOWN(ZEND_STR_MESSAGE), true, &rv);
	zend_throw_exception_ex(php_mqs_handler_exception_ce, 0, "Attribute %s on %s cannot be made: %s",
	    ZSTR_VAL(ce->name), where, Z_TYPE_P(message) == IS_STRING ? Z_STRVAL_P(message) : "");
}

/* Stands for deliveries, as 0 does for the end of a connection: no packet has this type. */
#define TYPE_DELIVER 16

static bool kind_of_type(zend_long type, mqs_event_kind *kind)
{
	switch (type) {
		case 0: *kind = MQS_EVENT_CLOSE; return true;
		case MQTT_PKT_CONNECT: *kind = MQS_EVENT_CONNECT; return true;
		case MQTT_PKT_PUBLISH: *kind = MQS_EVENT_PUBLISH; return true;
		case MQTT_PKT_SUBSCRIBE: *kind = MQS_EVENT_SUBSCRIBE; return true;
		case MQTT_PKT_UNSUBSCRIBE: *kind = MQS_EVENT_UNSUBSCRIBE; return true;
		case MQTT_PKT_PINGREQ: *kind = MQS_EVENT_PINGREQ; return true;
		case MQTT_PKT_DISCONNECT: *kind = MQS_EVENT_DISCONNECT; return true;
		case MQTT_PKT_AUTH: *kind = MQS_EVENT_AUTH; return true;
		case TYPE_DELIVER: *kind = MQS_EVENT_DELIVER; return true;
		default: return false;
	}
}

/* Only attributes of PUBLISH may say something of it, and those of the Composer package do not. */
static zend_result read_concurrency(zval *object, const char *where, php_mqs_event_attribute *out)
{
	zval rv;
	zend_class_entry *ce = Z_OBJCE_P(object);
	out->concurrency = 1;
	if (out->kind != MQS_EVENT_PUBLISH) {
		return SUCCESS;
	}
	zval *concurrency = zend_read_property(ce, Z_OBJ_P(object), ZEND_STRL("concurrency"), true, &rv);
	ZVAL_DEREF(concurrency);
	if (EG(exception)) {
		return FAILURE;
	}
	if (Z_TYPE_P(concurrency) == IS_NULL) {
		return SUCCESS;
	}
	if (Z_TYPE_P(concurrency) != IS_LONG || Z_LVAL_P(concurrency) < 1) {
		zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
		    "Attribute %s on %s must have an int $concurrency of at least 1", ZSTR_VAL(ce->name), where);
		return FAILURE;
	}
	out->concurrency = Z_LVAL_P(concurrency);
	return SUCCESS;
}

/* What the properties of an attribute object say. */
static zend_result read_object(zval *object, const char *where, php_mqs_event_attribute *out)
{
	zval rv[3];
	zend_class_entry *ce = Z_OBJCE_P(object);
	zval *server = zend_read_property(ce, Z_OBJ_P(object), ZEND_STRL("server"), true, &rv[0]);
	zval *type = zend_read_property(ce, Z_OBJ_P(object), ZEND_STRL("type"), true, &rv[1]);
	zval *priority = zend_read_property(ce, Z_OBJ_P(object), ZEND_STRL("priority"), true, &rv[2]);
	ZVAL_DEREF(server);
	ZVAL_DEREF(type);
	ZVAL_DEREF(priority);
	if (EG(exception)) {
		return FAILURE;
	}
	if (Z_TYPE_P(server) != IS_STRING || Z_TYPE_P(type) != IS_LONG || Z_TYPE_P(priority) != IS_LONG) {
		zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
		    "Attribute %s on %s must have the properties string $server, int $type and int $priority",
		    ZSTR_VAL(ce->name), where);
		return FAILURE;
	}
	if (!kind_of_type(Z_LVAL_P(type), &out->kind)) {
		zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
		    "Attribute %s on %s has type " ZEND_LONG_FMT ", expected the packet type of an event: 1 (CONNECT), "
		    "3 (PUBLISH), 8 (SUBSCRIBE), 10 (UNSUBSCRIBE), 12 (PINGREQ), 14 (DISCONNECT), 15 (AUTH), 0 (connection "
		    "closed) or 16 (delivery)",
		    ZSTR_VAL(ce->name), where, Z_LVAL_P(type));
		return FAILURE;
	}
	/* kept before another property is read, which may be code of the user */
	zend_string *name = zend_string_copy(Z_STR_P(server));
	out->priority = Z_LVAL_P(priority);
	if (read_concurrency(object, where, out) == FAILURE) {
		zend_string_release(name);
		return FAILURE;
	}
	out->server = name;
	return SUCCESS;
}

zend_result php_mqs_attribute_read(
    zend_attribute *attribute, zend_class_entry *scope, const char *where, php_mqs_event_attribute *out, bool *ours)
{
	*ours = false;
	if (attribute->offset != 0) {
		return SUCCESS;
	}
	zend_class_entry *ce = zend_lookup_class(attribute->name);
	if (EG(exception)) {
		return FAILURE;
	}
	if (!ce) {
		if (has_our_prefix(attribute->lcname)) {
			zend_throw_exception_ex(php_mqs_handler_exception_ce, 0, "Attribute %s on %s is not a class that exists",
			    ZSTR_VAL(attribute->name), where);
			return FAILURE;
		}
		return SUCCESS;
	}
	if (!is_event_class(ce)) {
		return SUCCESS;
	}
	zval object;
	if (construct(attribute, scope, ce, &object) == FAILURE) {
		name_place(ce, where);
		return FAILURE;
	}
	zend_result result = read_object(&object, where, out);
	*ours = result == SUCCESS;
	zval_ptr_dtor(&object);
	return result;
}

/* PUBACK to PUBCOMP, which handlers of the Composer package have to answer themselves. */
static bool is_acknowledgement(zval *object)
{
	zval rv;
	zval *type = zend_read_property(Z_OBJCE_P(object), Z_OBJ_P(object), ZEND_STRL("type"), true, &rv);
	ZVAL_DEREF(type);
	return Z_TYPE_P(type) == IS_LONG && Z_LVAL_P(type) >= MQTT_PKT_PUBACK && Z_LVAL_P(type) <= MQTT_PKT_PUBCOMP;
}

zend_result php_mqs_attribute_read_object(
    zval *object, const char *where, php_mqs_event_attribute *out, bool *ours, bool *passed_over)
{
	*ours = *passed_over = false;
	if (Z_TYPE_P(object) != IS_OBJECT || !is_event_class(Z_OBJCE_P(object))) {
		return SUCCESS;
	}
	if (is_acknowledgement(object)) {
		*passed_over = true;
		return SUCCESS;
	}
	zend_result result = EG(exception) ? FAILURE : read_object(object, where, out);
	*ours = result == SUCCESS;
	return result;
}
