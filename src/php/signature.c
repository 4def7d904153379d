/* SPDX-License-Identifier: MIT
 *
 * src/php/signature.c - can a method be called as a handler, judged from its declaration.
 *
 * Types are compared by name: the names of PSR-7 and Hyperf need not exist when a handler class is loaded.
 */
#include "attribute.h"
#include "zend_exceptions.h"

static const char *const request_names[] = {"Psr\\Http\\Message\\ServerRequestInterface",
    "Psr\\Http\\Message\\RequestInterface", "Psr\\Http\\Message\\MessageInterface", "MqttServer\\Message\\Request",
    "MqttServer\\Message\\BaseRequest", "Hyperf\\HttpMessage\\Server\\Request", "Hyperf\\HttpMessage\\Base\\Request",
    "Swow\\Psr7\\Message\\ServerRequestPlusInterface", "Swow\\Psr7\\Message\\RequestPlusInterface",
    "Swow\\Psr7\\Message\\MessagePlusInterface", NULL};
static const char *const response_names[] = {"Psr\\Http\\Message\\ResponseInterface",
    "Psr\\Http\\Message\\MessageInterface", "Hyperf\\HttpMessage\\Server\\Response", "MqttServer\\Message\\Response",
    "MqttServer\\Message\\BaseResponse", "Hyperf\\HttpMessage\\Base\\Response",
    "Swow\\Psr7\\Message\\ResponsePlusInterface", "Swow\\Psr7\\Message\\MessagePlusInterface", NULL};
static const char *const packet_names[] = {"MqttServer\\Packet", NULL};
static const char *const client_names[] = {"MqttServer\\Client", NULL};

#define EXPECTED_SIGNATURE                                                                                             \
	"expected a public method (Psr\\Http\\Message\\ServerRequestInterface $request, "                                  \
	"Hyperf\\HttpMessage\\Server\\Response $response): Hyperf\\HttpMessage\\Server\\Response, or "                     \
	"(MqttServer\\Packet $packet, MqttServer\\Client $client)"

static bool name_in(const zend_string *name, const char *const *names)
{
	const char *text = ZSTR_VAL(name);
	for (text += *text == '\\'; *names; names++) {
		if (strcasecmp(text, *names) == 0) {
			return true;
		}
	}
	return false;
}

/* Does a declared type take an object of the class that is known under these names? */
static bool type_takes(zend_type type, const char *const *names)
{
	if (!ZEND_TYPE_IS_SET(type) || (ZEND_TYPE_PURE_MASK(type) & MAY_BE_OBJECT)) {
		return true;
	}
	if (ZEND_TYPE_HAS_NAME(type)) {
		return name_in(ZEND_TYPE_NAME(type), names);
	}
	if (!ZEND_TYPE_HAS_LIST(type)) {
		return false;
	}
	bool all = ZEND_TYPE_IS_INTERSECTION(type);
	zend_type *each;
	ZEND_TYPE_LIST_FOREACH(ZEND_TYPE_LIST(type), each)
	{
		bool takes = type_takes(*each, names);
		if (takes != all) {
			return takes;
		}
	}
	ZEND_TYPE_LIST_FOREACH_END();
	return all;
}

/* Named outright, not only taken by "object" or no type at all. */
static bool type_names(zend_type type, const char *const *names)
{
	return ZEND_TYPE_IS_SET(type) && !(ZEND_TYPE_PURE_MASK(type) & MAY_BE_OBJECT) && type_takes(type, names);
}

static bool returns_verdict(zend_type type)
{
	uint32_t plain = MAY_BE_NULL | MAY_BE_VOID | MAY_BE_FALSE | MAY_BE_TRUE | MAY_BE_LONG | MAY_BE_NEVER;
	return !ZEND_TYPE_IS_SET(type) || (ZEND_TYPE_PURE_MASK(type) & plain) || type_takes(type, response_names);
}

static zend_result refuse(const zend_class_entry *ce, const zend_function *method, const char *why)
{
	zend_throw_exception_ex(php_mqs_handler_exception_ce, 0, "Method %s::%s() cannot be a handler: %s; %s",
	    ZSTR_VAL(ce->name), ZSTR_VAL(method->common.function_name), why, EXPECTED_SIGNATURE);
	return FAILURE;
}

zend_result php_mqs_signature_check(zend_class_entry *ce, zend_function *method, php_mqs_handler_style *style)
{
	uint32_t flags = method->common.fn_flags;
	if (!(flags & ZEND_ACC_PUBLIC)) {
		return refuse(ce, method, "it is not public");
	}
	if (flags & ZEND_ACC_STATIC) {
		return refuse(ce, method, "it is static");
	}
	if (flags & ZEND_ACC_ABSTRACT) {
		return refuse(ce, method, "it is abstract");
	}
	if (method->common.required_num_args > 2) {
		return refuse(ce, method, "it requires more than two parameters");
	}
	uint32_t count = method->common.num_args + ((flags & ZEND_ACC_VARIADIC) != 0);
	const zend_arg_info *args = method->common.arg_info;
	for (uint32_t i = 0; i < count && i < 2; i++) {
		if (ZEND_ARG_SEND_MODE(&args[i])) {
			return refuse(ce, method, "it takes a parameter by reference");
		}
	}
	zend_type none = ZEND_TYPE_INIT_NONE(0);
	zend_type returned = (flags & ZEND_ACC_HAS_RETURN_TYPE) ? args[-1].type : none;
	if (count == 0 || type_names(args[0].type, packet_names)) {
		*style = PHP_MQS_STYLE_PACKET;
		if (count > 1 && !type_takes(args[1].type, client_names)) {
			return refuse(ce, method, "its second parameter does not take a MqttServer\\Client");
		}
		if (!returns_verdict(returned)) {
			return refuse(ce, method, "it does not return null, bool, int or a response");
		}
		return SUCCESS;
	}
	*style = PHP_MQS_STYLE_MESSAGES;
	if (!type_takes(args[0].type, request_names)) {
		return refuse(ce, method, "its first parameter does not take the request");
	}
	if (count > 1 && !type_takes(args[1].type, response_names)) {
		return refuse(ce, method, "its second parameter does not take the response");
	}
	if (!type_takes(returned, response_names)) {
		return refuse(ce, method, "it does not return a response");
	}
	return SUCCESS;
}
