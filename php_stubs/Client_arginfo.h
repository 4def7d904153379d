/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 35fa344984904c9bd7ff8a984cb841848c56e57d */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Client___construct, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_id, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_clientId, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_username, 0, 0, IS_STRING, 1)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Client_peer arginfo_class_MqttServer_Client_clientId

#define arginfo_class_MqttServer_Client_protocolLevel arginfo_class_MqttServer_Client_id

#define arginfo_class_MqttServer_Client_keepAlive arginfo_class_MqttServer_Client_id

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_isConnected, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_disconnect, 0, 0, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reasonCode, IS_LONG, 0, "0x98")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, discardSession, _IS_BOOL, 0, "false")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, properties, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_set, 0, 2, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, value, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_get, 0, 1, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, default, IS_MIXED, 0, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_has, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Client_remove, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Client, __construct);
ZEND_METHOD(MqttServer_Client, id);
ZEND_METHOD(MqttServer_Client, clientId);
ZEND_METHOD(MqttServer_Client, username);
ZEND_METHOD(MqttServer_Client, peer);
ZEND_METHOD(MqttServer_Client, protocolLevel);
ZEND_METHOD(MqttServer_Client, keepAlive);
ZEND_METHOD(MqttServer_Client, isConnected);
ZEND_METHOD(MqttServer_Client, disconnect);
ZEND_METHOD(MqttServer_Client, set);
ZEND_METHOD(MqttServer_Client, get);
ZEND_METHOD(MqttServer_Client, has);
ZEND_METHOD(MqttServer_Client, remove);


static const zend_function_entry class_MqttServer_Client_methods[] = {
	ZEND_ME(MqttServer_Client, __construct, arginfo_class_MqttServer_Client___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Client, id, arginfo_class_MqttServer_Client_id, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, clientId, arginfo_class_MqttServer_Client_clientId, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, username, arginfo_class_MqttServer_Client_username, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, peer, arginfo_class_MqttServer_Client_peer, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, protocolLevel, arginfo_class_MqttServer_Client_protocolLevel, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, keepAlive, arginfo_class_MqttServer_Client_keepAlive, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, isConnected, arginfo_class_MqttServer_Client_isConnected, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, disconnect, arginfo_class_MqttServer_Client_disconnect, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, set, arginfo_class_MqttServer_Client_set, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, get, arginfo_class_MqttServer_Client_get, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, has, arginfo_class_MqttServer_Client_has, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Client, remove, arginfo_class_MqttServer_Client_remove, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Client(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer", "Client", class_MqttServer_Client_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
