/* SPDX-License-Identifier: MIT
 *
 * src/php/exception.c - the exception classes, and faults of the codec as exceptions.
 * Owns: the class entries of MqttServer\Exception.
 */
#include "php_mqs.h"
#include "zend_exceptions.h"
#include "ext/spl/spl_exceptions.h"

#include "php_stubs/Exceptions_arginfo.h"

zend_class_entry *php_mqs_exception_ce;
zend_class_entry *php_mqs_malformed_ce;
zend_class_entry *php_mqs_handler_exception_ce;
zend_class_entry *php_mqs_listen_exception_ce;
zend_class_entry *php_mqs_timeout_ce;
zend_class_entry *php_mqs_cancelled_ce;
zend_class_entry *php_mqs_closed_ce;

void php_mqs_exception_minit(void)
{
	php_mqs_exception_ce = register_class_MqttServer_Exception_MqttException(spl_ce_RuntimeException);
	php_mqs_malformed_ce = register_class_MqttServer_Exception_MalformedPacketException(php_mqs_exception_ce);
	php_mqs_handler_exception_ce = register_class_MqttServer_Exception_HandlerException(php_mqs_exception_ce);
	php_mqs_listen_exception_ce = register_class_MqttServer_Exception_ListenException(php_mqs_exception_ce);
	php_mqs_timeout_ce = register_class_MqttServer_Exception_TimeoutException(php_mqs_exception_ce);
	php_mqs_cancelled_ce = register_class_MqttServer_Exception_CancelledException(php_mqs_exception_ce);
	php_mqs_closed_ce = register_class_MqttServer_Exception_ClosedException(php_mqs_exception_ce);
}

void php_mqs_throw_fault(const mqs_fault *fault)
{
	const char *clause = fault->clause ? fault->clause : "";
	zend_object *object = zend_throw_exception_ex(php_mqs_malformed_ce, 0, "%s at byte %u%s%s%s",
	    fault->what ? fault->what : mqs_reason_name(fault->reason), fault->offset, *clause ? " [" : "", clause,
	    *clause ? "]" : "");
	zend_update_property_long(php_mqs_malformed_ce, object, ZEND_STRL("reasonCode"), fault->reason);
	zend_update_property_string(php_mqs_malformed_ce, object, ZEND_STRL("clause"), clause);
	zend_update_property_long(php_mqs_malformed_ce, object, ZEND_STRL("offset"), (zend_long)fault->offset);
}
