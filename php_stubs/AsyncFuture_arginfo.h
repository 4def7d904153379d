/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: cd4914872f770cb133776619d928687b6d1356e7 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Async_Deferred___construct, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Deferred_complete, 0, 0, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, value, IS_MIXED, 0, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Deferred_error, 0, 1, IS_VOID, 0)
	ZEND_ARG_OBJ_INFO(0, error, Throwable, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Deferred_isComplete, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Async_Deferred_getFuture, 0, 0, MqttServer\\Async\\Future, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Async_Future___construct arginfo_class_MqttServer_Async_Deferred___construct

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Future_await, 0, 0, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "null")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Async_Future_isComplete arginfo_class_MqttServer_Async_Deferred_isComplete


ZEND_METHOD(MqttServer_Async_Deferred, __construct);
ZEND_METHOD(MqttServer_Async_Deferred, complete);
ZEND_METHOD(MqttServer_Async_Deferred, error);
ZEND_METHOD(MqttServer_Async_Deferred, isComplete);
ZEND_METHOD(MqttServer_Async_Deferred, getFuture);
ZEND_METHOD(MqttServer_Async_Future, __construct);
ZEND_METHOD(MqttServer_Async_Future, await);
ZEND_METHOD(MqttServer_Async_Future, isComplete);


static const zend_function_entry class_MqttServer_Async_Deferred_methods[] = {
	ZEND_ME(MqttServer_Async_Deferred, __construct, arginfo_class_MqttServer_Async_Deferred___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Deferred, complete, arginfo_class_MqttServer_Async_Deferred_complete, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Deferred, error, arginfo_class_MqttServer_Async_Deferred_error, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Deferred, isComplete, arginfo_class_MqttServer_Async_Deferred_isComplete, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Deferred, getFuture, arginfo_class_MqttServer_Async_Deferred_getFuture, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Async_Future_methods[] = {
	ZEND_ME(MqttServer_Async_Future, __construct, arginfo_class_MqttServer_Async_Future___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Async_Future, await, arginfo_class_MqttServer_Async_Future_await, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Future, isComplete, arginfo_class_MqttServer_Async_Future_isComplete, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Async_Deferred(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Async", "Deferred", class_MqttServer_Async_Deferred_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Async_Future(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Async", "Future", class_MqttServer_Async_Future_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
