/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 7a5446b736f11a730f57ade422a8320577585e7e */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Async_Queue___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, capacity, IS_LONG, 0, "1024")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Queue_push, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, value, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Queue_pop, 0, 0, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Queue_close, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Queue_isClosed, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Queue_count, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Async_Queue, __construct);
ZEND_METHOD(MqttServer_Async_Queue, push);
ZEND_METHOD(MqttServer_Async_Queue, pop);
ZEND_METHOD(MqttServer_Async_Queue, close);
ZEND_METHOD(MqttServer_Async_Queue, isClosed);
ZEND_METHOD(MqttServer_Async_Queue, count);


static const zend_function_entry class_MqttServer_Async_Queue_methods[] = {
	ZEND_ME(MqttServer_Async_Queue, __construct, arginfo_class_MqttServer_Async_Queue___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Queue, push, arginfo_class_MqttServer_Async_Queue_push, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Queue, pop, arginfo_class_MqttServer_Async_Queue_pop, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Queue, close, arginfo_class_MqttServer_Async_Queue_close, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Queue, isClosed, arginfo_class_MqttServer_Async_Queue_isClosed, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Queue, count, arginfo_class_MqttServer_Async_Queue_count, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Async_Queue(zend_class_entry *class_entry_Countable)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Async", "Queue", class_MqttServer_Async_Queue_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;
	zend_class_implements(class_entry, 1, class_entry_Countable);

	return class_entry;
}
