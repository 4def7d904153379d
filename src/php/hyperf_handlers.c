/* SPDX-License-Identifier: MIT
 *
 * src/php/hyperf_handlers.c - handlers that Hyperf's annotation collector has found, and those that the configuration
 * names.
 *
 * The collector keeps, by class, method and class of the attribute, the attribute object or a list of them. Classes of
 * ours and of the Composer package hyperf/mqtt-server-incubator are all taken.
 */
#include "hyperf_private.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

/* One class of the collector. */
typedef struct collected {
	php_mqs_server *server;
	zend_string *class_name;
	zend_class_entry *ce; /* NULL until the first attribute of ours */
	bool passed_over;     /* no objects of it can be made, or it was added before */
} collected;

/* Names file and line of what is wrong with a handler. */
static void say_place(zend_class_entry *ce, const zend_function *method)
{
	bool known = method && method->type == ZEND_USER_FUNCTION;
	if (known) {
		php_mqs_hyperf_say_where("%s:%u", ZSTR_VAL(method->op_array.filename), (unsigned)method->op_array.line_start);
	} else if (ce->type == ZEND_USER_CLASS) {
		php_mqs_hyperf_say_where("%s:%u", ZSTR_VAL(ce->info.user.filename), (unsigned)ce->info.user.line_start);
	}
}

/* Loads the class. FAILURE: exception set. */
static zend_result need_class(collected *from)
{
	if (from->ce) {
		return SUCCESS;
	}
	from->ce = zend_lookup_class(from->class_name);
	if (!from->ce) {
		if (!EG(exception)) {
			zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
			    "Handler class \"%s\" does not exist, though the annotation collector has it: clear "
			    "runtime/container",
			    ZSTR_VAL(from->class_name));
		}
		return FAILURE;
	}
	/* What a base class or a trait says is said again by the classes that use it. */
	uint32_t no_objects = ZEND_ACC_INTERFACE | ZEND_ACC_TRAIT | ZEND_ACC_EXPLICIT_ABSTRACT_CLASS;
	from->passed_over = (from->ce->ce_flags & no_objects) || php_mqs_chains_has_class(&from->server->chains, from->ce);
	return SUCCESS;
}

static zend_result check_container(collected *from, const php_mqs_event_attribute *said)
{
	php_mqs_server *server = from->server;
	if (!zend_string_equals(said->server, server->options.name)) {
		return SUCCESS;
	}
	if (!php_mqs_hyperf_has(&server->hyperf->container, from->ce->name)) {
		if (!EG(exception)) {
			zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
			    "Class %s cannot be a handler: the container does not have it", ZSTR_VAL(from->ce->name));
		}
		return FAILURE;
	}
	return SUCCESS;
}

static zend_result take_attribute(collected *from, zend_string *method_name, zval *attribute)
{
	php_mqs_event_attribute said;
	bool ours, passed_over;
	zend_string *where = zend_strpprintf(0, "method %s::%s()", ZSTR_VAL(from->class_name), ZSTR_VAL(method_name));
	zend_result result = php_mqs_attribute_read_object(attribute, ZSTR_VAL(where), &said, &ours, &passed_over);
	if (passed_over) {
		php_mqs_log_format(from->server, MQS_LOG_WARNING, mqs_bytes_make(NULL, 0),
		    "%s is never called: acknowledgements are answered by the broker", ZSTR_VAL(where));
	}
	zend_string_release(where);
	if (result == FAILURE || !ours) {
		return result;
	}
	result = need_class(from);
	if (result == SUCCESS && !from->passed_over) {
		zend_string *lcname = zend_string_tolower(method_name);
		zend_function *method = zend_hash_find_ptr(&from->ce->function_table, lcname);
		zend_string_release(lcname);
		result = check_container(from, &said);
		if (result == SUCCESS) {
			result = php_mqs_chains_add_method(&from->server->chains, from->ce, method, &said);
		}
		if (result == FAILURE) {
			say_place(from->ce, method);
		}
	}
	zend_string_release(said.server);
	return result;
}

/* One attribute class at one method: an attribute, or an object that holds several. */
static zend_result take_value(collected *from, zend_string *method_name, zval *value)
{
	zval list, *each;
	ZVAL_DEREF(value);
	if (Z_TYPE_P(value) != IS_OBJECT ||
	    !zend_hash_str_exists(&Z_OBJCE_P(value)->function_table, ZEND_STRL("toannotations"))) {
		return take_attribute(from, method_name, value);
	}
	zend_call_method_with_0_params(Z_OBJ_P(value), NULL, NULL, "toannotations", &list);
	zend_result result = EG(exception) ? FAILURE : SUCCESS;
	if (result == SUCCESS && Z_TYPE(list) == IS_ARRAY) {
		ZEND_HASH_FOREACH_VAL (Z_ARRVAL(list), each) {
			ZVAL_DEREF(each);
			result = take_attribute(from, method_name, each);
			if (result == FAILURE) {
				break;
			}
		}
		ZEND_HASH_FOREACH_END();
	}
	zval_ptr_dtor(&list);
	return result;
}

static zend_result take_class(php_mqs_server *server, zend_string *class_name, zval *said)
{
	collected from = {.server = server, .class_name = class_name};
	zval *methods = Z_TYPE_P(said) == IS_ARRAY ? zend_hash_str_find(Z_ARRVAL_P(said), ZEND_STRL("_m")) : NULL;
	zend_string *method_name;
	zval *annotations, *value;
	if (!methods || Z_TYPE_P(methods) != IS_ARRAY) {
		return SUCCESS;
	}
	ZEND_HASH_FOREACH_STR_KEY_VAL (Z_ARRVAL_P(methods), method_name, annotations) {
		ZVAL_DEREF(annotations);
		if (!method_name || Z_TYPE_P(annotations) != IS_ARRAY) {
			continue;
		}
		ZEND_HASH_FOREACH_VAL (Z_ARRVAL_P(annotations), value) {
			if (take_value(&from, method_name, value) == FAILURE) {
				return FAILURE;
			}
		}
		ZEND_HASH_FOREACH_END();
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

static zend_result add_collected(php_mqs_server *server)
{
	php_mqs_method get;
	zval all, *said;
	zend_string *class_name;
	if (!php_mqs_hyperf_static("Hyperf\\Di\\Annotation\\AnnotationCollector", "getcontainer", &get)) {
		return EG(exception) ? FAILURE : SUCCESS;
	}
	if (php_mqs_hyperf_call(&get, 0, NULL, &all) == FAILURE) {
		return FAILURE;
	}
	zend_result result = SUCCESS;
	if (Z_TYPE(all) == IS_ARRAY) {
		ZEND_HASH_FOREACH_STR_KEY_VAL (Z_ARRVAL(all), class_name, said) {
			ZVAL_DEREF(said);
			if (class_name && take_class(server, class_name, said) == FAILURE) {
				result = FAILURE;
				break;
			}
		}
		ZEND_HASH_FOREACH_END();
	}
	zval_ptr_dtor(&all);
	return result;
}

zend_result php_mqs_hyperf_add_handlers(php_mqs_server *server)
{
	php_mqs_hyperf *hyperf = server->hyperf;
	if (add_collected(server) == FAILURE) {
		return FAILURE;
	}
	if (Z_TYPE(hyperf->handlers) != IS_UNDEF && php_mqs_server_add_handlers(server, &hyperf->handlers) == FAILURE) {
		php_mqs_hyperf_say_where(
		    "config/autoload/mqtt.php, server \"%s\", option \"handlers\"", ZSTR_VAL(hyperf->name));
		return FAILURE;
	}
	return SUCCESS;
}
