/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: c8112c631385451c24d25e87e9675ca6f8c8599a */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Async_Wait___construct, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Wait_wait, 0, 0, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Wait_resume, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, value, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Wait_throw, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_OBJ_INFO(0, exception, Throwable, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Async_Wait, __construct);
ZEND_METHOD(MqttServer_Async_Wait, wait);
ZEND_METHOD(MqttServer_Async_Wait, resume);
ZEND_METHOD(MqttServer_Async_Wait, throw);


static const zend_function_entry class_MqttServer_Async_Wait_methods[] = {
	ZEND_ME(MqttServer_Async_Wait, __construct, arginfo_class_MqttServer_Async_Wait___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Wait, wait, arginfo_class_MqttServer_Async_Wait_wait, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Wait, resume, arginfo_class_MqttServer_Async_Wait_resume, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Wait, throw, arginfo_class_MqttServer_Async_Wait_throw, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Async_Wait(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Async", "Wait", class_MqttServer_Async_Wait_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
