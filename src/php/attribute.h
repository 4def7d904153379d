/* SPDX-License-Identifier: MIT
 *
 * src/php/attribute.h - the attributes that make a class or a method a handler, and whether it can be one.
 */
#ifndef PHP_MQS_ATTRIBUTE_H
#define PHP_MQS_ATTRIBUTE_H

#include "php_mqs.h"
#include "broker/ports.h"
#include "zend_attributes.h"

/* What one attribute says. */
typedef struct php_mqs_event_attribute {
	mqs_event_kind kind;
	zend_string *server; /* [owned] name of the server it is meant for */
	zend_long priority;
	zend_long concurrency; /* at least 1 */
} php_mqs_event_attribute;

/*
 * Reads one attribute.
 *
 * scope  class it stands in
 * where  "class App\Handler" or "method App\Handler::handle()", for messages
 * ours   [out] false: some other library's, `out` is not set
 *
 * FAILURE: an exception is set.
 */
zend_result php_mqs_attribute_read(
    zend_attribute *attribute, zend_class_entry *scope, const char *where, php_mqs_event_attribute *out, bool *ours);

/* The same of an attribute object that somebody else made. `ours` false: not one of these classes, or its type is that
 * of a packet which is no event, such as PUBREL: these are the broker's own business (`passed_over` is set). */
zend_result php_mqs_attribute_read_object(
    zval *object, const char *where, php_mqs_event_attribute *out, bool *ours, bool *passed_over);

/* Is there any attribute of ours in the list (may be NULL)? Decided by names and loaded classes; never throws but for
 * what an autoloader throws. */
bool php_mqs_attributes_any(HashTable *attributes);

typedef enum php_mqs_handler_style {
	PHP_MQS_STYLE_MESSAGES, /* (request, response), returns a response */
	PHP_MQS_STYLE_PACKET    /* (packet, client) or nothing, returns a verdict */
} php_mqs_handler_style;

/* Can this method be called as a handler, and how? FAILURE: HandlerException that says what is expected. */
zend_result php_mqs_signature_check(zend_class_entry *ce, zend_function *method, php_mqs_handler_style *style);

#endif
