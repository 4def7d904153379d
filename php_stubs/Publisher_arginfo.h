/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: afff401a05f716bcaac8a7c50811aa422f0938d2 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Publisher___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, server, IS_STRING, 0, "\"mqtt\"")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Publisher_publish, 0, 2, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, payload, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, qos, IS_LONG, 0, "0")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, retain, _IS_BOOL, 0, "false")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, properties, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Publisher_disconnect, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, clientId, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reasonCode, IS_LONG, 0, "0x98")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, discardSession, _IS_BOOL, 0, "false")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, properties, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Publisher, __construct);
ZEND_METHOD(MqttServer_Publisher, publish);
ZEND_METHOD(MqttServer_Publisher, disconnect);


static const zend_function_entry class_MqttServer_Publisher_methods[] = {
	ZEND_ME(MqttServer_Publisher, __construct, arginfo_class_MqttServer_Publisher___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Publisher, publish, arginfo_class_MqttServer_Publisher_publish, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Publisher, disconnect, arginfo_class_MqttServer_Publisher_disconnect, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Publisher(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer", "Publisher", class_MqttServer_Publisher_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
