/* SPDX-License-Identifier: MIT
 *
 * src/php/message_request_hyperf.c - MqttServer\Message\Request where hyperf/http-message is installed: a class derived
 * from Hyperf's own request.
 *
 * Its methods read properties. Body, parsed body and attributes of a packet are costly, so their properties start
 * undefined: whoever reads such a property comes to the handlers here, which fill it. Everything else is copied from a
 * template that Hyperf's constructor made once.
 */
#include "message_private.h"
#include "library.h"

#include "zend_exceptions.h"
#include "zend_interfaces.h"

zend_object_handlers php_mqs_request_hyperf_handlers;

static const char *const slot_names[PHP_MQS_SLOT_COUNT] = {"attributes", "parsedBody", "stream"};

/* ---- properties on demand ------------------------------------------------------------------------------------- */

static zval *slot_of(zend_object *object, int slot)
{
	return OBJ_PROP(object, php_mqs_messages.request_slots[slot]);
}

static void body_create(zend_object *object, zval *out)
{
	zend_string *text = php_mqs_request_json(object);
	if (!text) {
		return;
	}
	zend_string *name = ZSTR_INIT_LITERAL("Hyperf\\HttpMessage\\Stream\\SwooleStream", false);
	zend_class_entry *ce = zend_lookup_class(name);
	zend_string_release(name);
	if (!ce || !ce->constructor) {
		if (!EG(exception)) {
			php_mqs_stream_create(out, text);
		}
	} else if (object_init_ex(out, ce) == SUCCESS) {
		zval content;
		ZVAL_STR(&content, text);
		zend_call_known_instance_method_with_1_params(ce->constructor, Z_OBJ_P(out), NULL, &content);
	}
	zend_string_release(text);
}

/* Fills a property that nobody has read or written yet. */
static void slot_make(zend_object *object, int slot)
{
	zval value, *property = slot_of(object, slot);
	if (Z_TYPE_P(property) != IS_UNDEF) {
		return;
	}
	ZVAL_NULL(&value);
	if (slot == PHP_MQS_SLOT_ATTRIBUTES) {
		zval *made = &php_mqs_message_of(object)->attributes;
		php_mqs_request_attributes_make(object);
		ZVAL_COPY_VALUE(&value, made);
		ZVAL_UNDEF(made);
	} else if (slot == PHP_MQS_SLOT_PARSED_BODY) {
		php_mqs_request_packet_array(object, &value);
	} else {
		body_create(object, &value);
	}
	if (EG(exception) && Z_TYPE(value) == IS_OBJECT) {
		zval_ptr_dtor(&value);
		ZVAL_NULL(&value);
	}
	/* Code that ran meanwhile may have come here too. */
	zval before;
	ZVAL_COPY_VALUE(&before, property);
	ZVAL_COPY_VALUE(property, &value);
	Z_PROP_FLAG_P(property) = 0;
	zval_ptr_dtor(&before);
}

/* By the name of the property that is about to be read. */
static void need_property(zend_object *object, const zend_string *name)
{
	for (int slot = 0; slot < PHP_MQS_SLOT_COUNT; slot++) {
		if (zend_string_equals_cstr(name, slot_names[slot], strlen(slot_names[slot]))) {
			slot_make(object, slot);
		}
	}
}

static zval *read_property(zend_object *object, zend_string *name, int type, void **cache_slot, zval *rv)
{
	need_property(object, name);
	return zend_std_read_property(object, name, type, cache_slot, rv);
}

static zval *get_property_ptr_ptr(zend_object *object, zend_string *name, int type, void **cache_slot)
{
	need_property(object, name);
	return zend_std_get_property_ptr_ptr(object, name, type, cache_slot);
}

static int has_property(zend_object *object, zend_string *name, int check_empty, void **cache_slot)
{
	need_property(object, name);
	return zend_std_has_property(object, name, check_empty, cache_slot);
}

static HashTable *get_properties(zend_object *object)
{
	for (int slot = 0; slot < PHP_MQS_SLOT_COUNT; slot++) {
		slot_make(object, slot);
	}
	return zend_std_get_properties(object);
}

/* ---- objects -------------------------------------------------------------------------------------------------- */

static zend_object *object_create(zend_class_entry *ce)
{
	return php_mqs_request_object_make(ce, &php_mqs_request_hyperf_handlers);
}

/* [borrowed] What Hyperf's constructor makes of the request that every packet seems to be. NULL: exception set. */
static zend_object *need_template(void)
{
	php_mqs_message_classes *classes = &php_mqs_messages;
	if (classes->request_template) {
		return classes->request_template;
	}
	zval object, args[3], ignored;
	if (object_init_ex(&object, classes->request) == FAILURE) {
		return NULL;
	}
	ZVAL_STRING(&args[0], "POST");
	ZVAL_STRING(&args[1], "http://0.0.0.0/");
	array_init(&args[2]);
	add_assoc_string(&args[2], "Content-Type", "application/json");
	ZVAL_UNDEF(&ignored);
	zend_call_known_function(classes->request->constructor, Z_OBJ(object), classes->request, &ignored, 3, args, NULL);
	for (int i = 0; i < 3; i++) {
		zval_ptr_dtor(&args[i]);
	}
	if (EG(exception)) {
		zval_ptr_dtor(&object);
		return NULL;
	}
	for (int slot = 0; slot < PHP_MQS_SLOT_COUNT; slot++) {
		zval *property = slot_of(Z_OBJ(object), slot);
		zval_ptr_dtor(property);
		ZVAL_UNDEF(property);
	}
	classes->request_template = Z_OBJ(object);
	return classes->request_template;
}

zend_result php_mqs_request_hyperf_create(zval *out)
{
	zend_object *template = need_template();
	if (!template) {
		return FAILURE;
	}
	ZVAL_OBJ(out, template->handlers->clone_obj(template));
	return SUCCESS;
}

/* ---- the class ------------------------------------------------------------------------------------------------ */

uint32_t php_mqs_property_offset(const zend_class_entry *ce, const char *name)
{
	for (; ce; ce = ce->parent) {
		zend_property_info *info = zend_hash_str_find_ptr(&ce->properties_info, name, strlen(name));
		if (info && info->ce == ce && !(info->flags & (ZEND_ACC_STATIC | ZEND_ACC_READONLY))) {
			return info->offset;
		}
	}
	return 0;
}

zend_result php_mqs_request_hyperf_prepare(void)
{
	php_mqs_message_classes *classes = &php_mqs_messages;
	zend_string *name = ZSTR_INIT_LITERAL("Hyperf\\HttpMessage\\Server\\Request", false);
	zend_class_entry *parent = zend_lookup_class(name);
	zend_string_release(name);
	if (EG(exception)) {
		return FAILURE;
	}
	if (!parent || !parent->constructor || (parent->ce_flags & ZEND_ACC_FINAL)) {
		return SUCCESS;
	}
	for (int slot = 0; slot < PHP_MQS_SLOT_COUNT; slot++) {
		classes->request_slots[slot] = php_mqs_property_offset(parent, slot_names[slot]);
		if (classes->request_slots[slot] == 0) {
			return SUCCESS;
		}
	}
	zend_class_entry *ce = php_mqs_library_declare("Message/Request.hyperf");
	if (!ce) {
		return FAILURE;
	}
	if (!instanceof_function(ce, parent)) {
		/* Declared before Hyperf's class was there. */
		return SUCCESS;
	}
	/* A preloaded class has it already, and may not be written to. */
	if (ce->create_object != object_create) {
		ce->create_object = object_create;
		ce->ce_flags |= ZEND_ACC_NOT_SERIALIZABLE;
	}
	classes->request = ce;
	classes->hyperf_request = true;
	return SUCCESS;
}

void php_mqs_request_hyperf_minit(void)
{
	memcpy(&php_mqs_request_hyperf_handlers, &php_mqs_request_handlers, sizeof(zend_object_handlers));
	php_mqs_request_hyperf_handlers.read_property = read_property;
	php_mqs_request_hyperf_handlers.get_property_ptr_ptr = get_property_ptr_ptr;
	php_mqs_request_hyperf_handlers.has_property = has_property;
	php_mqs_request_hyperf_handlers.get_properties = get_properties;
}
