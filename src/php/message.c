/* SPDX-License-Identifier: MIT
 *
 * src/php/message.c - which message classes this application has, and objects that are used again.
 */
#include "message_private.h"

#include "library.h"
#include "zend_exceptions.h"

TSRM_TLS php_mqs_message_classes php_mqs_messages;

static const char *const psr_names[] = {
    "MessageInterface",
    "RequestInterface",
    "ResponseInterface",
    "ServerRequestInterface",
    "StreamInterface",
    "UploadedFileInterface",
    "UriInterface",
};

#define PSR_COUNT (sizeof(psr_names) / sizeof(psr_names[0]))

/* Asks the class table and every autoloader. NULL: nobody knows it, or an exception. */
static zend_class_entry *class_lookup(const char *prefix, const char *name)
{
	zend_string *full = strpprintf(0, "%s%s", prefix, name);
	zend_class_entry *ce = zend_lookup_class(full);
	zend_string_release(full);
	return ce;
}

/* Names of others must not be preloaded for every request to come: refused with an exception. */
static bool preloading(void)
{
	if (CG(compiler_options) & ZEND_COMPILE_PRELOAD) {
		zend_throw_error(NULL, "The message classes of mqtt_server can be preloaded only where psr/http-message and "
		                       "hyperf/http-message are installed");
		return true;
	}
	return false;
}

/* The PSR-7 interfaces: all those of the application, or all of ours. */
static zend_result psr_prepare(void)
{
	const char *missing = NULL, *found = NULL;
	for (size_t i = 0; i < PSR_COUNT; i++) {
		zend_class_entry *ce = class_lookup("Psr\\Http\\Message\\", psr_names[i]);
		if (EG(exception)) {
			return FAILURE;
		}
		*(ce ? &found : &missing) = psr_names[i];
	}
	if (missing && found) {
		zend_throw_error(NULL,
		    "Interface \"Psr\\Http\\Message\\%s\" not found, although \"Psr\\Http\\Message\\%s\" exists", missing,
		    found);
		return FAILURE;
	}
	if (missing && preloading()) {
		return FAILURE;
	}
	for (size_t i = 0; missing && i < PSR_COUNT; i++) {
		char file[64];
		snprintf(file, sizeof(file), "Foreign/%s", psr_names[i]);
		if (!php_mqs_library_declare(file)) {
			return FAILURE;
		}
	}
	php_mqs_messages.psr_response = class_lookup("Psr\\Http\\Message\\", "ResponseInterface");
	php_mqs_messages.psr_stream = class_lookup("Psr\\Http\\Message\\", "StreamInterface");
	php_mqs_messages.psr_uri = class_lookup("Psr\\Http\\Message\\", "UriInterface");
	php_mqs_messages.psr_file = class_lookup("Psr\\Http\\Message\\", "UploadedFileInterface");
	return EG(exception) ? FAILURE : SUCCESS;
}

/* Our response extends Hyperf's class where there is one, else a class of ours that bears its name. */
static zend_result response_prepare(void)
{
	zend_class_entry *parent = class_lookup("Hyperf\\HttpMessage\\Server\\", "Response");
	if (EG(exception)) {
		return FAILURE;
	}
	if (!parent && preloading()) {
		return FAILURE;
	}
	if (!parent) {
		parent = php_mqs_library_declare("Foreign/Response");
		if (!parent) {
			return FAILURE;
		}
	}
	bool hyperf = !instanceof_function(parent, php_mqs_base_response_ce);
	zend_class_entry *ce = php_mqs_library_declare(hyperf ? "Message/Response.hyperf" : "Message/Response");
	if (!ce) {
		return FAILURE;
	}
	if (hyperf) {
		/* A preloaded class has it already, and may not be written to. */
		if (ce->create_object != php_mqs_response_object_create) {
			ce->create_object = php_mqs_response_object_create;
			ce->ce_flags |= ZEND_ACC_NOT_SERIALIZABLE;
		}
	}
	if (hyperf) {
		php_mqs_messages.response_attributes = php_mqs_property_offset(parent, "attributes");
		php_mqs_messages.response_stream = php_mqs_property_offset(parent, "stream");
	}
	php_mqs_messages.hyperf = hyperf;
	php_mqs_messages.response = ce;
	return SUCCESS;
}

zend_result php_mqs_message_prepare(void)
{
	php_mqs_message_classes *classes = &php_mqs_messages;
	if (classes->ready) {
		return SUCCESS;
	}
	if (psr_prepare() == FAILURE) {
		return FAILURE;
	}
	classes->stream = php_mqs_library_declare("Message/Stream");
	classes->uri = classes->stream ? php_mqs_library_declare("Message/Uri") : NULL;
	if (!classes->uri || php_mqs_request_hyperf_prepare() == FAILURE) {
		return FAILURE;
	}
	if (!classes->hyperf_request) {
		classes->request = php_mqs_library_declare("Message/Request");
	}
	if (!classes->request || response_prepare() == FAILURE) {
		return FAILURE;
	}
	zend_class_entry *own[] = {classes->stream, classes->uri, classes->request, classes->response};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!(own[i]->ce_flags & ZEND_ACC_NO_DYNAMIC_PROPERTIES)) {
			own[i]->ce_flags |= ZEND_ACC_NO_DYNAMIC_PROPERTIES;
		}
	}
	classes->ready = true;
	return SUCCESS;
}

void php_mqs_message_release(zval *message)
{
	zend_object *object = Z_OBJ_P(message);
	zend_object **spare = NULL;
	if (object->ce == php_mqs_messages.request && !php_mqs_messages.hyperf_request) {
		spare = &php_mqs_messages.spare_request;
	} else if (object->ce == php_mqs_messages.response && !php_mqs_messages.hyperf) {
		spare = &php_mqs_messages.spare_response;
	}
	/* An object that a WeakReference or WeakMap knows must die for them to notice. */
	if (!spare || *spare || GC_REFCOUNT(object) > 1 || (GC_FLAGS(object) & IS_OBJ_WEAKLY_REFERENCED)) {
		zval_ptr_dtor(message);
		ZVAL_UNDEF(message);
		return;
	}
	if (spare == &php_mqs_messages.spare_request) {
		php_mqs_request_reset(object);
	} else {
		php_mqs_response_reset(object);
	}
	ZVAL_UNDEF(message);
	if (*spare || GC_REFCOUNT(object) > 1) {
		/* A destructor that ran in the reset handled other messages. */
		OBJ_RELEASE(object);
		return;
	}
	*spare = object;
}

void php_mqs_message_minit(void)
{
	php_mqs_stream_minit();
	php_mqs_request_minit();
	php_mqs_request_hyperf_minit();
	php_mqs_response_minit();
}

void php_mqs_message_rshutdown(void)
{
	zend_object *spares[] = {
	    php_mqs_messages.spare_request, php_mqs_messages.spare_response, php_mqs_messages.request_template};
	memset(&php_mqs_messages, 0, sizeof(php_mqs_messages));
	for (size_t i = 0; i < sizeof(spares) / sizeof(spares[0]); i++) {
		if (spares[i]) {
			OBJ_RELEASE(spares[i]);
		}
	}
}
