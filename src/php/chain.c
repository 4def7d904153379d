/* SPDX-License-Identifier: MIT
 *
 * src/php/chain.c - handlers sorted into chains: once, when they are added. Nothing is looked up per packet.
 */
#include "chain.h"
#include "zend_attributes.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

void php_mqs_chains_init(php_mqs_chains *chains)
{
	memset(chains, 0, sizeof(*chains));
	zend_hash_init(&chains->objects, 0, NULL, ZVAL_PTR_DTOR, 0);
}

static void handler_free(php_mqs_handler *handler)
{
	php_mqs_callee_clear(&handler->callee);
	if (handler->object_key) {
		zend_string_release(handler->object_key);
	}
	if (handler->server) {
		zend_string_release(handler->server);
	}
	efree(handler);
}

void php_mqs_chain_unref(php_mqs_chain *chain)
{
	if (chain && --chain->refs == 0) {
		efree(chain);
	}
}

static void lists_clear(php_mqs_chains *chains)
{
	for (int kind = 0; kind < MQS_EVENT_KINDS; kind++) {
		php_mqs_chain_unref(chains->by_event[kind][MQS_PHASE_BEFORE]);
		php_mqs_chain_unref(chains->by_event[kind][MQS_PHASE_AFTER]);
	}
	memset(chains->by_event, 0, sizeof(chains->by_event));
}

void php_mqs_chains_clear(php_mqs_chains *chains)
{
	lists_clear(chains);
	if (chains->server) {
		zend_string_release(chains->server);
		chains->server = NULL;
	}
	uint32_t count = chains->count;
	chains->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		handler_free(chains->all[i]);
	}
	if (chains->all) {
		efree(chains->all);
		chains->all = NULL;
	}
	zend_hash_destroy(&chains->objects);
}

void php_mqs_chains_gc(php_mqs_chains *chains, zend_get_gc_buffer *buffer)
{
	zval *object;
	for (uint32_t i = 0; i < chains->count; i++) {
		zend_get_gc_buffer_add_zval(buffer, &chains->all[i]->callee.keeper);
	}
	ZEND_HASH_FOREACH_VAL (&chains->objects, object) {
		zend_get_gc_buffer_add_zval(buffer, object);
	}
	ZEND_HASH_FOREACH_END();
}

/* A negative priority stands behind the broker's action; DISCONNECT, the end of a connection and deliveries have none.
 */
static mqs_phase phase_of(mqs_event_kind kind, zend_long priority)
{
	bool has_action = kind != MQS_EVENT_DISCONNECT && kind != MQS_EVENT_CLOSE && kind != MQS_EVENT_DELIVER;
	return has_action && priority < 0 ? MQS_PHASE_AFTER : MQS_PHASE_BEFORE;
}

/* Higher priorities first; behind those of the same priority. One for another server stays outside. */
static void chain_insert(php_mqs_chains *chains, php_mqs_handler *handler)
{
	handler->selected = !handler->server || (chains->server && zend_string_equals(handler->server, chains->server));
	if (!handler->selected) {
		return;
	}
	php_mqs_chain **slot = &chains->by_event[handler->kind][phase_of(handler->kind, handler->priority)];
	uint32_t count = *slot ? (*slot)->count : 0;
	php_mqs_chain *chain = safe_emalloc(count + 1, sizeof(php_mqs_handler *), sizeof(php_mqs_chain));
	uint32_t at = 0;
	chain->refs = 1;
	chain->count = count + 1;
	for (; at < count && (*slot)->handlers[at]->priority >= handler->priority; at++) {
		chain->handlers[at] = (*slot)->handlers[at];
	}
	chain->handlers[at] = handler;
	for (; at < count; at++) {
		chain->handlers[at + 1] = (*slot)->handlers[at];
	}
	php_mqs_chain_unref(*slot);
	*slot = chain;
	if (handler->style == PHP_MQS_STYLE_MESSAGES) {
		chains->uses_messages = true;
	}
}

void php_mqs_chains_select(php_mqs_chains *chains, zend_string *server)
{
	zend_string *before = chains->server;
	chains->server = zend_string_copy(server);
	if (before) {
		zend_string_release(before);
	}
	lists_clear(chains);
	for (uint32_t i = 0; i < chains->count; i++) {
		chain_insert(chains, chains->all[i]);
		if (chains->all[i]->selected && chains->all[i]->ce && !chains->all[i]->callee.object) {
			chains->unresolved = true;
		}
	}
}

/* [borrowed] A new handler, kept in the list of all. */
static php_mqs_handler *handler_add(php_mqs_chains *chains, mqs_event_kind kind, zend_long priority)
{
	if (chains->count == chains->capacity) {
		chains->capacity = chains->capacity ? chains->capacity * 2 : 8;
		chains->all = safe_erealloc(chains->all, chains->capacity, sizeof(php_mqs_handler *), 0);
	}
	php_mqs_handler *handler = ecalloc(1, sizeof(*handler));
	handler->kind = kind;
	handler->priority = priority;
	handler->concurrency = 1;
	chains->all[chains->count++] = handler;
	return handler;
}

void php_mqs_chains_add_callable(php_mqs_chains *chains, mqs_event_kind kind, const zend_fcall_info *info,
    const zend_fcall_info_cache *cache, zend_long priority)
{
	php_mqs_handler *handler = handler_add(chains, kind, priority);
	handler->style = PHP_MQS_STYLE_PACKET;
	php_mqs_callee_init(&handler->callee, info, cache);
	chain_insert(chains, handler);
}

/* ---- classes ---- */

static zend_result class_refuse(const zend_class_entry *ce, const char *why)
{
	zend_throw_exception_ex(php_mqs_handler_exception_ce, 0,
	    "Class %s cannot be a handler: %s; expected a class that can be instantiated, with a public method handle() or "
	    "public methods that carry an attribute of MqttServer\\Annotation",
	    ZSTR_VAL(ce->name), why);
	return FAILURE;
}

static zend_result class_check(const zend_class_entry *ce)
{
	if (ce->ce_flags & ZEND_ACC_INTERFACE) {
		return class_refuse(ce, "it is an interface");
	}
	if (ce->ce_flags & ZEND_ACC_TRAIT) {
		return class_refuse(ce, "it is a trait");
	}
	if (ce->ce_flags & ZEND_ACC_ENUM) {
		return class_refuse(ce, "it is an enum");
	}
	if (ce->ce_flags & (ZEND_ACC_EXPLICIT_ABSTRACT_CLASS | ZEND_ACC_IMPLICIT_ABSTRACT_CLASS)) {
		return class_refuse(ce, "it is abstract");
	}
	return SUCCESS;
}

/* Can `new` without arguments make the object? */
static zend_result constructor_check(const zend_class_entry *ce)
{
	const zend_function *constructor = ce->constructor;
	if (constructor && !(constructor->common.fn_flags & ZEND_ACC_PUBLIC)) {
		return class_refuse(ce, "its constructor is not public");
	}
	if (constructor && constructor->common.required_num_args > 0) {
		return class_refuse(ce, "its constructor has required parameters and no container provides the object");
	}
	return SUCCESS;
}

/* Adds a method for what one attribute says. */
static zend_result add_method(php_mqs_chains *chains, zend_class_entry *ce, zend_function *method,
    zend_string *object_key, bool made_by_new, const php_mqs_event_attribute *said)
{
	php_mqs_handler_style style;
	if (!method) {
		return class_refuse(ce, "it carries an attribute and has no method handle()");
	}
	if (class_check(ce) == FAILURE || php_mqs_signature_check(ce, method, &style) == FAILURE) {
		return FAILURE;
	}
	bool selected = chains->server && zend_string_equals(said->server, chains->server);
	if (selected && made_by_new && constructor_check(ce) == FAILURE) {
		return FAILURE;
	}
	php_mqs_handler *handler = handler_add(chains, said->kind, said->priority);
	handler->style = style;
	handler->concurrency = (uint32_t)MIN(said->concurrency, UINT32_MAX);
	handler->ce = ce;
	handler->object_key = zend_string_copy(object_key);
	handler->server = zend_string_copy(said->server);
	php_mqs_callee_init_method(&handler->callee, ce, method);
	chain_insert(chains, handler);
	return SUCCESS;
}

/* What the attributes of one class or one method say. */
typedef struct method_source {
	php_mqs_chains *chains;
	zend_class_entry *ce;
	zend_string *object_key;
	bool made_by_new; /* no object was given, and there is no container to give one */
	uint32_t found;   /* attributes of ours, for other servers too */
} method_source;

static zend_result add_attributes(method_source *from, HashTable *attributes, zend_function *method, const char *where)
{
	zend_attribute *attribute;
	ZEND_HASH_FOREACH_PTR (attributes, attribute) {
		php_mqs_event_attribute said;
		bool ours;
		if (php_mqs_attribute_read(attribute, from->ce, where, &said, &ours) == FAILURE) {
			return FAILURE;
		}
		if (!ours) {
			continue;
		}
		from->found++;
		zend_result result = add_method(from->chains, from->ce, method, from->object_key, from->made_by_new, &said);
		zend_string_release(said.server);
		if (result == FAILURE) {
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

static zend_result add_methods(method_source *from)
{
	zend_function *method;
	ZEND_HASH_FOREACH_PTR (&from->ce->function_table, method) {
		if (!method->common.attributes) {
			continue;
		}
		zend_string *where =
		    zend_strpprintf(0, "method %s::%s()", ZSTR_VAL(from->ce->name), ZSTR_VAL(method->common.function_name));
		zend_result result = add_attributes(from, method->common.attributes, method, ZSTR_VAL(where));
		zend_string_release(where);
		if (result == FAILURE) {
			return FAILURE;
		}
	}
	ZEND_HASH_FOREACH_END();
	return SUCCESS;
}

bool php_mqs_chains_has_class(const php_mqs_chains *chains, const zend_class_entry *ce)
{
	zend_string *key = zend_string_tolower(ce->name);
	bool known = zend_hash_exists(&chains->objects, key);
	zend_string_release(key);
	return known;
}

zend_result php_mqs_chains_add_method(
    php_mqs_chains *chains, zend_class_entry *ce, zend_function *method, const php_mqs_event_attribute *said)
{
	zend_string *key = zend_string_tolower(ce->name);
	zend_result result = add_method(chains, ce, method, key, !chains->has_container, said);
	if (result == SUCCESS && !zend_hash_exists(&chains->objects, key)) {
		zval none;
		ZVAL_NULL(&none);
		zend_hash_add_new(&chains->objects, key, &none);
		chains->unresolved = true;
	}
	zend_string_release(key);
	return result;
}

zend_result php_mqs_chains_add_class(php_mqs_chains *chains, zend_class_entry *ce, zend_object *object)
{
	zend_string *key = object ? zend_strpprintf(0, "#%u", object->handle) : zend_string_tolower(ce->name);
	zend_result result = SUCCESS;
	if (!zend_hash_exists(&chains->objects, key)) {
		method_source from = {chains, ce, key, !object && !chains->has_container, 0};
		if (ce->attributes) {
			zend_function *method = zend_hash_str_find_ptr(&ce->function_table, ZEND_STRL("handle"));
			zend_string *where = zend_strpprintf(0, "class %s", ZSTR_VAL(ce->name));
			result = add_attributes(&from, ce->attributes, method, ZSTR_VAL(where));
			zend_string_release(where);
		}
		if (result == SUCCESS) {
			result = add_methods(&from);
		}
		if (result == SUCCESS && from.found == 0) {
			result = class_refuse(ce, "neither it nor one of its methods carries such an attribute");
		}
		if (from.found > 0) {
			/* After a failure too: what was added before it refers to the key. */
			zval value;
			ZVAL_NULL(&value);
			if (object) {
				ZVAL_OBJ_COPY(&value, object);
			}
			zend_hash_add_new(&chains->objects, key, &value);
			chains->unresolved = true;
		}
	}
	zend_string_release(key);
	return result;
}

/* ---- objects ---- */

/* Says which class it was that the container could not make. */
static void name_class(const zend_class_entry *ce)
{
	zval rv;
	zend_object *thrown = EG(exception);
	if (!thrown || zend_is_unwind_exit(thrown) || zend_is_graceful_exit(thrown)) {
		return;
	}
	zend_class_entry *base = instanceof_function(thrown->ce, zend_ce_exception) ? zend_ce_exception : zend_ce_error;
	zval *message = zend_read_property_ex(base, thrown, ZSTR_KNOWN(ZEND_STR_MESSAGE), true, &rv);
	zend_throw_exception_ex(php_mqs_handler_exception_ce, 0, "Handler %s cannot be made by the container: %s: %s",
	    ZSTR_VAL(ce->name), ZSTR_VAL(thrown->ce->name), Z_TYPE_P(message) == IS_STRING ? Z_STRVAL_P(message) : "");
}

/* `new` without arguments. */
static zend_result instantiate(zend_class_entry *ce, zval *out)
{
	zend_function *constructor = ce->constructor;
	if (constructor_check(ce) == FAILURE || object_init_ex(out, ce) == FAILURE) {
		return FAILURE;
	}
	if (constructor) {
		zend_call_known_function(constructor, Z_OBJ_P(out), ce, NULL, 0, NULL, NULL);
		if (EG(exception)) {
			zend_object_store_ctor_failed(Z_OBJ_P(out));
			zval_ptr_dtor(out);
			return FAILURE;
		}
	}
	return SUCCESS;
}

static zend_result make_object(zend_class_entry *ce, zval *container, zval *out)
{
	ZVAL_UNDEF(out);
	if (container && Z_TYPE_P(container) == IS_OBJECT) {
		zval name, has;
		ZVAL_STR_COPY(&name, ce->name);
		zend_call_method_with_1_params(Z_OBJ_P(container), NULL, NULL, "has", &has, &name);
		bool known = !EG(exception) && zend_is_true(&has);
		zval_ptr_dtor(&has);
		if (known) {
			zend_call_method_with_1_params(Z_OBJ_P(container), NULL, NULL, "get", out, &name);
		}
		zval_ptr_dtor(&name);
		if (EG(exception)) {
			zval_ptr_dtor(out);
			name_class(ce);
			return FAILURE;
		}
		if (known) {
			if (Z_TYPE_P(out) == IS_OBJECT) {
				return SUCCESS;
			}
			zval_ptr_dtor(out);
			return class_refuse(ce, "the container gives something that is not an object for it");
		}
	}
	return instantiate(ce, out);
}

/* Binds a handler to its object, whose class may be another one (a proxy). */
static zend_result bind_object(php_mqs_handler *handler, zend_object *object)
{
	zend_function *method = handler->callee.func;
	if (object->ce != handler->ce) {
		zend_string *lcname = zend_string_tolower(method->common.function_name);
		method = zend_hash_find_ptr(&object->ce->function_table, lcname);
		zend_string_release(lcname);
		php_mqs_handler_style style;
		if (!method) {
			return class_refuse(handler->ce, "the object from the container has no such method");
		}
		if (php_mqs_signature_check(object->ce, method, &style) == FAILURE) {
			return FAILURE;
		}
		if (style != handler->style) {
			return class_refuse(handler->ce, "the object from the container declares the method in another way");
		}
	}
	handler->callee.func = method;
	handler->callee.scope = object->ce;
	handler->callee.object = object;
	return SUCCESS;
}

static zend_result resolve_all(php_mqs_chains *chains, zval *container)
{
	/* By index: a constructor may add handlers. */
	for (uint32_t i = 0; i < chains->count; i++) {
		php_mqs_handler *handler = chains->all[i];
		if (!handler->selected || !handler->ce || handler->callee.object) {
			continue;
		}
		zval *known = zend_hash_find(&chains->objects, handler->object_key);
		if (Z_TYPE_P(known) == IS_NULL) {
			zval made;
			if (make_object(handler->ce, container, &made) == FAILURE) {
				return FAILURE;
			}
			known = zend_hash_update(&chains->objects, handler->object_key, &made);
		}
		if (bind_object(handler, Z_OBJ_P(known)) == FAILURE) {
			return FAILURE;
		}
	}
	return SUCCESS;
}

zend_result php_mqs_chains_resolve(php_mqs_chains *chains, zval *container)
{
	if (!chains->unresolved || chains->resolving) {
		/* While resolving: a constructor added handlers, the walk comes to them. */
		return SUCCESS;
	}
	chains->resolving = true;
	zend_result result = resolve_all(chains, container);
	chains->resolving = false;
	chains->unresolved = result == FAILURE;
	return result;
}

uint32_t php_mqs_chains_concurrency(const php_mqs_chains *chains)
{
	uint32_t least = 0;
	for (int phase = MQS_PHASE_BEFORE; phase <= MQS_PHASE_AFTER; phase++) {
		const php_mqs_chain *chain = chains->by_event[MQS_EVENT_PUBLISH][phase];
		for (uint32_t i = 0; chain && i < chain->count; i++) {
			uint32_t said = chain->handlers[i]->concurrency;
			least = least && least < said ? least : said;
		}
	}
	return least ? least : 1;
}

uint32_t php_mqs_chains_wants(const php_mqs_chains *chains, mqs_phase phase)
{
	uint32_t wants = 0;
	for (int kind = 0; kind < MQS_EVENT_KINDS; kind++) {
		wants |= chains->by_event[kind][phase] ? 1u << kind : 0;
	}
	return wants;
}
