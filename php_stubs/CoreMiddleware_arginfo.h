/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 9bb77bb419ce3ebd8bc482f253901c0a4298bb00 */

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Hyperf_BaseCoreMiddleware_process, 0, 2, Psr\\Http\\Message\\ResponseInterface, 0)
	ZEND_ARG_TYPE_INFO(0, request, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, handler, IS_OBJECT, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Hyperf_BaseCoreMiddleware, process);


static const zend_function_entry class_MqttServer_Hyperf_BaseCoreMiddleware_methods[] = {
	ZEND_ME(MqttServer_Hyperf_BaseCoreMiddleware, process, arginfo_class_MqttServer_Hyperf_BaseCoreMiddleware_process, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Hyperf_BaseCoreMiddleware(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Hyperf", "BaseCoreMiddleware", class_MqttServer_Hyperf_BaseCoreMiddleware_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_ABSTRACT|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
