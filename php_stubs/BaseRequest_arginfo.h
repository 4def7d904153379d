/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 8f05f879086cea8a33b74c8ee1d9766bfc115a6a */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, method, IS_STRING, 0, "\"POST\"")
	ZEND_ARG_OBJ_TYPE_MASK(0, uri, Psr\\Http\\Message\\\125riInterface, MAY_BE_STRING, "\"http://0.0.0.0/\"")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, headers, IS_ARRAY, 0, "[]")
	ZEND_ARG_OBJ_TYPE_MASK(0, body, Psr\\Http\\Message\\StreamInterface, MAY_BE_STRING|MAY_BE_NULL, "null")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, protocolVersion, IS_STRING, 0, "\"1.1\"")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, serverParams, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_fromPacket, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_OBJ_INFO(0, packet, MqttServer\\Packet, 0)
	ZEND_ARG_OBJ_INFO_WITH_DEFAULT_VALUE(0, client, MqttServer\\Client, 1, "null")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, server, IS_STRING, 0, "\"mqtt\"")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, fd, IS_LONG, 0, "0")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reactorId, IS_LONG, 0, "0")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getProtocolVersion, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withProtocolVersion, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_INFO(0, version)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getHeaders, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_hasHeader, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getHeader, 0, 1, IS_ARRAY, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getHeaderLine, 0, 1, IS_STRING, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withHeader, 0, 2, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_INFO(0, name)
	ZEND_ARG_INFO(0, value)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_withAddedHeader arginfo_class_MqttServer_Message_BaseRequest_withHeader

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withoutHeader, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_INFO(0, name)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getBody, 0, 0, Psr\\Http\\Message\\StreamInterface, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withBody, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_OBJ_INFO(0, body, Psr\\Http\\Message\\StreamInterface, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getRequestTarget arginfo_class_MqttServer_Message_BaseRequest_getProtocolVersion

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withRequestTarget, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_INFO(0, requestTarget)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getMethod arginfo_class_MqttServer_Message_BaseRequest_getProtocolVersion

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withMethod, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_INFO(0, method)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getUri, 0, 0, Psr\\Http\\Message\\\125riInterface, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withUri, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_OBJ_INFO(0, uri, Psr\\Http\\Message\\\125riInterface, 0)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, preserveHost, "false")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getServerParams arginfo_class_MqttServer_Message_BaseRequest_getHeaders

#define arginfo_class_MqttServer_Message_BaseRequest_getCookieParams arginfo_class_MqttServer_Message_BaseRequest_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withCookieParams, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_TYPE_INFO(0, cookies, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getQueryParams arginfo_class_MqttServer_Message_BaseRequest_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withQueryParams, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_TYPE_INFO(0, query, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getUploadedFiles arginfo_class_MqttServer_Message_BaseRequest_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withUploadedFiles, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_TYPE_INFO(0, uploadedFiles, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_MASK_EX(arginfo_class_MqttServer_Message_BaseRequest_getParsedBody, 0, 0, MAY_BE_ARRAY|MAY_BE_OBJECT|MAY_BE_NULL)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_withParsedBody, 0, 1, Psr\\Http\\Message\\ServerRequestInterface, 0)
	ZEND_ARG_INFO(0, data)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getAttributes arginfo_class_MqttServer_Message_BaseRequest_getHeaders

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getAttribute, 0, 1, IS_MIXED, 0)
	ZEND_ARG_INFO(0, name)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, default, "null")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_withAttribute arginfo_class_MqttServer_Message_BaseRequest_withHeader

#define arginfo_class_MqttServer_Message_BaseRequest_withoutAttribute arginfo_class_MqttServer_Message_BaseRequest_withoutHeader

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getPacket, 0, 0, MqttServer\\Packet, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getClient, 0, 0, MqttServer\\Client, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_getTopic, 0, 0, IS_STRING, 1)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseRequest_getPayload arginfo_class_MqttServer_Message_BaseRequest_getTopic

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseRequest_forward, 0, 2, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO(0, request, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, method, IS_STRING, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Message_BaseRequest, __construct);
ZEND_METHOD(MqttServer_Message_BaseRequest, fromPacket);
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
ZEND_METHOD(MqttServer_Message_BaseRequest, getRequestTarget);
ZEND_METHOD(MqttServer_Message_BaseRequest, withRequestTarget);
ZEND_METHOD(MqttServer_Message_BaseRequest, getMethod);
ZEND_METHOD(MqttServer_Message_BaseRequest, withMethod);
ZEND_METHOD(MqttServer_Message_BaseRequest, getUri);
ZEND_METHOD(MqttServer_Message_BaseRequest, withUri);
ZEND_METHOD(MqttServer_Message_BaseRequest, getServerParams);
ZEND_METHOD(MqttServer_Message_BaseRequest, getCookieParams);
ZEND_METHOD(MqttServer_Message_BaseRequest, withCookieParams);
ZEND_METHOD(MqttServer_Message_BaseRequest, getQueryParams);
ZEND_METHOD(MqttServer_Message_BaseRequest, withQueryParams);
ZEND_METHOD(MqttServer_Message_BaseRequest, getUploadedFiles);
ZEND_METHOD(MqttServer_Message_BaseRequest, withUploadedFiles);
ZEND_METHOD(MqttServer_Message_BaseRequest, getParsedBody);
ZEND_METHOD(MqttServer_Message_BaseRequest, withParsedBody);
ZEND_METHOD(MqttServer_Message_BaseRequest, getAttributes);
ZEND_METHOD(MqttServer_Message_BaseRequest, getAttribute);
ZEND_METHOD(MqttServer_Message_BaseRequest, withAttribute);
ZEND_METHOD(MqttServer_Message_BaseRequest, withoutAttribute);
ZEND_METHOD(MqttServer_Message_BaseRequest, getPacket);
ZEND_METHOD(MqttServer_Message_BaseRequest, getClient);
ZEND_METHOD(MqttServer_Message_BaseRequest, getTopic);
ZEND_METHOD(MqttServer_Message_BaseRequest, getPayload);
ZEND_METHOD(MqttServer_Message_BaseRequest, forward);


static const zend_function_entry class_MqttServer_Message_BaseRequest_methods[] = {
	ZEND_ME(MqttServer_Message_BaseRequest, __construct, arginfo_class_MqttServer_Message_BaseRequest___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, fromPacket, arginfo_class_MqttServer_Message_BaseRequest_fromPacket, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getProtocolVersion, arginfo_class_MqttServer_Message_BaseRequest_getProtocolVersion, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withProtocolVersion, arginfo_class_MqttServer_Message_BaseRequest_withProtocolVersion, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getHeaders, arginfo_class_MqttServer_Message_BaseRequest_getHeaders, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, hasHeader, arginfo_class_MqttServer_Message_BaseRequest_hasHeader, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getHeader, arginfo_class_MqttServer_Message_BaseRequest_getHeader, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getHeaderLine, arginfo_class_MqttServer_Message_BaseRequest_getHeaderLine, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withHeader, arginfo_class_MqttServer_Message_BaseRequest_withHeader, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withAddedHeader, arginfo_class_MqttServer_Message_BaseRequest_withAddedHeader, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withoutHeader, arginfo_class_MqttServer_Message_BaseRequest_withoutHeader, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getBody, arginfo_class_MqttServer_Message_BaseRequest_getBody, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withBody, arginfo_class_MqttServer_Message_BaseRequest_withBody, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getRequestTarget, arginfo_class_MqttServer_Message_BaseRequest_getRequestTarget, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withRequestTarget, arginfo_class_MqttServer_Message_BaseRequest_withRequestTarget, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getMethod, arginfo_class_MqttServer_Message_BaseRequest_getMethod, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withMethod, arginfo_class_MqttServer_Message_BaseRequest_withMethod, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getUri, arginfo_class_MqttServer_Message_BaseRequest_getUri, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withUri, arginfo_class_MqttServer_Message_BaseRequest_withUri, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getServerParams, arginfo_class_MqttServer_Message_BaseRequest_getServerParams, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getCookieParams, arginfo_class_MqttServer_Message_BaseRequest_getCookieParams, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withCookieParams, arginfo_class_MqttServer_Message_BaseRequest_withCookieParams, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getQueryParams, arginfo_class_MqttServer_Message_BaseRequest_getQueryParams, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withQueryParams, arginfo_class_MqttServer_Message_BaseRequest_withQueryParams, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getUploadedFiles, arginfo_class_MqttServer_Message_BaseRequest_getUploadedFiles, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withUploadedFiles, arginfo_class_MqttServer_Message_BaseRequest_withUploadedFiles, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getParsedBody, arginfo_class_MqttServer_Message_BaseRequest_getParsedBody, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withParsedBody, arginfo_class_MqttServer_Message_BaseRequest_withParsedBody, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getAttributes, arginfo_class_MqttServer_Message_BaseRequest_getAttributes, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getAttribute, arginfo_class_MqttServer_Message_BaseRequest_getAttribute, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withAttribute, arginfo_class_MqttServer_Message_BaseRequest_withAttribute, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, withoutAttribute, arginfo_class_MqttServer_Message_BaseRequest_withoutAttribute, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getPacket, arginfo_class_MqttServer_Message_BaseRequest_getPacket, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getClient, arginfo_class_MqttServer_Message_BaseRequest_getClient, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getTopic, arginfo_class_MqttServer_Message_BaseRequest_getTopic, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, getPayload, arginfo_class_MqttServer_Message_BaseRequest_getPayload, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseRequest, forward, arginfo_class_MqttServer_Message_BaseRequest_forward, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Message_BaseRequest(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Message", "BaseRequest", class_MqttServer_Message_BaseRequest_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_ABSTRACT|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
