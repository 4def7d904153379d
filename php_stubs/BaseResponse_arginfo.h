/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 8d632719f7c6ee1a6641ff2049899ccac44adc69 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, status, IS_LONG, 0, "200")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, headers, IS_ARRAY, 0, "[]")
	ZEND_ARG_OBJ_TYPE_MASK(0, body, Psr\\Http\\Message\\StreamInterface, MAY_BE_STRING|MAY_BE_NULL, "null")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, protocolVersion, IS_STRING, 0, "\"1.1\"")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reasonPhrase, IS_STRING, 0, "\"\"")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getProtocolVersion, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withProtocolVersion, 0, 1, Psr\\Http\\Message\\ResponseInterface, 0)
	ZEND_ARG_INFO(0, version)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getHeaders, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_hasHeader, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getHeader, 0, 1, IS_ARRAY, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getHeaderLine, 0, 1, IS_STRING, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withHeader, 0, 2, Psr\\Http\\Message\\ResponseInterface, 0)
	ZEND_ARG_INFO(0, name)
	ZEND_ARG_INFO(0, value)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_withAddedHeader arginfo_class_MqttServer_Message_BaseResponse_withHeader

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withoutHeader, 0, 1, Psr\\Http\\Message\\ResponseInterface, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getBody, 0, 0, Psr\\Http\\Message\\StreamInterface, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withBody, 0, 1, Psr\\Http\\Message\\ResponseInterface, 0)
	ZEND_ARG_OBJ_INFO(0, body, Psr\\Http\\Message\\StreamInterface, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getStatusCode, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withStatus, 0, 1, Psr\\Http\\Message\\ResponseInterface, 0)
	ZEND_ARG_INFO(0, code)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, reasonPhrase, "\"\"")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_getReasonPhrase arginfo_class_MqttServer_Message_BaseResponse_getProtocolVersion

#define arginfo_class_MqttServer_Message_BaseResponse_getAttributes arginfo_class_MqttServer_Message_BaseResponse_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getAttribute, 0, 1, IS_MIXED, 0)
	ZEND_ARG_INFO(0, name)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, default, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withAttribute, 0, 2, IS_STATIC, 0)
	ZEND_ARG_INFO(0, name)
	ZEND_ARG_INFO(0, value)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withoutAttribute, 0, 1, IS_STATIC, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withReasonCode, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, reasonCode, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getReasonCode, 0, 0, IS_LONG, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withReasonString, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, reasonString, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getReasonString, 0, 0, IS_STRING, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withUserProperty, 0, 2, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, value, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_getUserProperties arginfo_class_MqttServer_Message_BaseResponse_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withGrantedQos, 0, 0, IS_STATIC, 0)
	ZEND_ARG_VARIADIC_INFO(0, qos)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getGrantedQos, 0, 0, IS_ARRAY, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withTopic, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_getTopic arginfo_class_MqttServer_Message_BaseResponse_getReasonString

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withPayload, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, payload, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_getPayload arginfo_class_MqttServer_Message_BaseResponse_getReasonString

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withQos, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, qos, IS_LONG, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_getQos arginfo_class_MqttServer_Message_BaseResponse_getReasonCode

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withRetain, 0, 0, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, retain, _IS_BOOL, 0, "true")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getRetain, 0, 0, _IS_BOOL, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withProperty, 0, 2, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, value, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_getProperty, 0, 1, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_getProperties arginfo_class_MqttServer_Message_BaseResponse_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_deny, 0, 0, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reasonCode, IS_LONG, 0, "0x87")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reason, IS_STRING, 0, "\"\"")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_isDenied, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withoutRouting, 0, 0, IS_STATIC, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_isRouted arginfo_class_MqttServer_Message_BaseResponse_isDenied

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withClosed, 0, 0, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, closed, _IS_BOOL, 0, "true")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_isClosed arginfo_class_MqttServer_Message_BaseResponse_isDenied

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_withStopped, 0, 0, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, stopped, _IS_BOOL, 0, "true")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseResponse_isStopped arginfo_class_MqttServer_Message_BaseResponse_isDenied

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseResponse_forward, 0, 2, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO(0, response, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, method, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, arguments, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Message_BaseResponse, __construct);
ZEND_METHOD(MqttServer_Message_BaseRequest, getProtocolVersion);
ZEND_METHOD(MqttServer_Message_BaseRequest, withProtocolVersion);
ZEND_METHOD(MqttServer_Message_BaseRequest, getHeaders);
ZEND_METHOD(MqttServer_Message_BaseRequest, hasHeader);
ZEND_METHOD(MqttServer_Message_BaseRequest, getHeader);
ZEND_METHOD(MqttServer_Message_BaseRequest, getHeaderLine);
ZEND_METHOD(MqttServer_Message_BaseRequest, withHeader);
ZEND_METHOD(MqttServer_Message_BaseRequest, withAddedHeader);
ZEND_METHOD(MqttServer_Message_BaseRequest, withoutHeader);
ZEND_METHOD(MqttServer_Message_BaseRequest, getBody);
ZEND_METHOD(MqttServer_Message_BaseRequest, withBody);
ZEND_METHOD(MqttServer_Message_BaseResponse, getStatusCode);
ZEND_METHOD(MqttServer_Message_BaseResponse, withStatus);
ZEND_METHOD(MqttServer_Message_BaseResponse, getReasonPhrase);
ZEND_METHOD(MqttServer_Message_BaseRequest, getAttributes);
ZEND_METHOD(MqttServer_Message_BaseRequest, getAttribute);
ZEND_METHOD(MqttServer_Message_BaseRequest, withAttribute);
ZEND_METHOD(MqttServer_Message_BaseRequest, withoutAttribute);
ZEND_METHOD(MqttServer_Message_BaseResponse, withReasonCode);
ZEND_METHOD(MqttServer_Message_BaseResponse, getReasonCode);
ZEND_METHOD(MqttServer_Message_BaseResponse, withReasonString);
ZEND_METHOD(MqttServer_Message_BaseResponse, getReasonString);
ZEND_METHOD(MqttServer_Message_BaseResponse, withUserProperty);
ZEND_METHOD(MqttServer_Message_BaseResponse, getUserProperties);
ZEND_METHOD(MqttServer_Message_BaseResponse, withGrantedQos);
ZEND_METHOD(MqttServer_Message_BaseResponse, getGrantedQos);
ZEND_METHOD(MqttServer_Message_BaseResponse, withTopic);
ZEND_METHOD(MqttServer_Message_BaseResponse, getTopic);
ZEND_METHOD(MqttServer_Message_BaseResponse, withPayload);
ZEND_METHOD(MqttServer_Message_BaseResponse, getPayload);
ZEND_METHOD(MqttServer_Message_BaseResponse, withQos);
ZEND_METHOD(MqttServer_Message_BaseResponse, getQos);
ZEND_METHOD(MqttServer_Message_BaseResponse, withRetain);
ZEND_METHOD(MqttServer_Message_BaseResponse, getRetain);
ZEND_METHOD(MqttServer_Message_BaseResponse, withProperty);
ZEND_METHOD(MqttServer_Message_BaseResponse, getProperty);
ZEND_METHOD(MqttServer_Message_BaseResponse, getProperties);
ZEND_METHOD(MqttServer_Message_BaseResponse, deny);
ZEND_METHOD(MqttServer_Message_BaseResponse, isDenied);
ZEND_METHOD(MqttServer_Message_BaseResponse, withoutRouting);
ZEND_METHOD(MqttServer_Message_BaseResponse, isRouted);
ZEND_METHOD(MqttServer_Message_BaseResponse, withClosed);
ZEND_METHOD(MqttServer_Message_BaseResponse, isClosed);
ZEND_METHOD(MqttServer_Message_BaseResponse, withStopped);
ZEND_METHOD(MqttServer_Message_BaseResponse, isStopped);
ZEND_METHOD(MqttServer_Message_BaseResponse, forward);


static const zend_function_entry class_MqttServer_Message_BaseResponse_methods[] = {
	ZEND_ME(MqttServer_Message_BaseResponse, __construct, arginfo_class_MqttServer_Message_BaseResponse___construct, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getProtocolVersion, getProtocolVersion, arginfo_class_MqttServer_Message_BaseResponse_getProtocolVersion, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withProtocolVersion, withProtocolVersion, arginfo_class_MqttServer_Message_BaseResponse_withProtocolVersion, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getHeaders, getHeaders, arginfo_class_MqttServer_Message_BaseResponse_getHeaders, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, hasHeader, hasHeader, arginfo_class_MqttServer_Message_BaseResponse_hasHeader, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getHeader, getHeader, arginfo_class_MqttServer_Message_BaseResponse_getHeader, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getHeaderLine, getHeaderLine, arginfo_class_MqttServer_Message_BaseResponse_getHeaderLine, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withHeader, withHeader, arginfo_class_MqttServer_Message_BaseResponse_withHeader, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withAddedHeader, withAddedHeader, arginfo_class_MqttServer_Message_BaseResponse_withAddedHeader, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withoutHeader, withoutHeader, arginfo_class_MqttServer_Message_BaseResponse_withoutHeader, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getBody, getBody, arginfo_class_MqttServer_Message_BaseResponse_getBody, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withBody, withBody, arginfo_class_MqttServer_Message_BaseResponse_withBody, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getStatusCode, arginfo_class_MqttServer_Message_BaseResponse_getStatusCode, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withStatus, arginfo_class_MqttServer_Message_BaseResponse_withStatus, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getReasonPhrase, arginfo_class_MqttServer_Message_BaseResponse_getReasonPhrase, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getAttributes, getAttributes, arginfo_class_MqttServer_Message_BaseResponse_getAttributes, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, getAttribute, getAttribute, arginfo_class_MqttServer_Message_BaseResponse_getAttribute, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withAttribute, withAttribute, arginfo_class_MqttServer_Message_BaseResponse_withAttribute, ZEND_ACC_PUBLIC)
	ZEND_MALIAS(MqttServer_Message_BaseRequest, withoutAttribute, withoutAttribute, arginfo_class_MqttServer_Message_BaseResponse_withoutAttribute, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withReasonCode, arginfo_class_MqttServer_Message_BaseResponse_withReasonCode, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getReasonCode, arginfo_class_MqttServer_Message_BaseResponse_getReasonCode, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withReasonString, arginfo_class_MqttServer_Message_BaseResponse_withReasonString, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getReasonString, arginfo_class_MqttServer_Message_BaseResponse_getReasonString, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withUserProperty, arginfo_class_MqttServer_Message_BaseResponse_withUserProperty, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getUserProperties, arginfo_class_MqttServer_Message_BaseResponse_getUserProperties, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withGrantedQos, arginfo_class_MqttServer_Message_BaseResponse_withGrantedQos, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getGrantedQos, arginfo_class_MqttServer_Message_BaseResponse_getGrantedQos, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withTopic, arginfo_class_MqttServer_Message_BaseResponse_withTopic, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getTopic, arginfo_class_MqttServer_Message_BaseResponse_getTopic, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withPayload, arginfo_class_MqttServer_Message_BaseResponse_withPayload, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getPayload, arginfo_class_MqttServer_Message_BaseResponse_getPayload, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withQos, arginfo_class_MqttServer_Message_BaseResponse_withQos, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getQos, arginfo_class_MqttServer_Message_BaseResponse_getQos, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withRetain, arginfo_class_MqttServer_Message_BaseResponse_withRetain, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getRetain, arginfo_class_MqttServer_Message_BaseResponse_getRetain, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withProperty, arginfo_class_MqttServer_Message_BaseResponse_withProperty, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getProperty, arginfo_class_MqttServer_Message_BaseResponse_getProperty, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, getProperties, arginfo_class_MqttServer_Message_BaseResponse_getProperties, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, deny, arginfo_class_MqttServer_Message_BaseResponse_deny, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, isDenied, arginfo_class_MqttServer_Message_BaseResponse_isDenied, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withoutRouting, arginfo_class_MqttServer_Message_BaseResponse_withoutRouting, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, isRouted, arginfo_class_MqttServer_Message_BaseResponse_isRouted, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withClosed, arginfo_class_MqttServer_Message_BaseResponse_withClosed, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, isClosed, arginfo_class_MqttServer_Message_BaseResponse_isClosed, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, withStopped, arginfo_class_MqttServer_Message_BaseResponse_withStopped, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, isStopped, arginfo_class_MqttServer_Message_BaseResponse_isStopped, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseResponse, forward, arginfo_class_MqttServer_Message_BaseResponse_forward, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Message_BaseResponse(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Message", "BaseResponse", class_MqttServer_Message_BaseResponse_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_ABSTRACT|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
