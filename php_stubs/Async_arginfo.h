/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 54b23ed696f4341497e1bb313b0ba1c51ec1296a */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_MqttServer_Async_delay, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_MqttServer_Async_readable, 0, 1, IS_VOID, 0)
	ZEND_ARG_INFO(0, stream)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "null")
ZEND_END_ARG_INFO()

#define arginfo_MqttServer_Async_writable arginfo_MqttServer_Async_readable

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_MqttServer_Async_async, 0, 1, MqttServer\\Async\\Future, 0)
	ZEND_ARG_TYPE_INFO(0, task, IS_CALLABLE, 0)
	ZEND_ARG_VARIADIC_TYPE_INFO(0, arguments, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_MqttServer_Async_await, 0, 1, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, futures, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "null")
ZEND_END_ARG_INFO()


ZEND_FUNCTION(MqttServer_Async_delay);
ZEND_FUNCTION(MqttServer_Async_readable);
ZEND_FUNCTION(MqttServer_Async_writable);
ZEND_FUNCTION(MqttServer_Async_async);
ZEND_FUNCTION(MqttServer_Async_await);


static const zend_function_entry ext_functions[] = {
	ZEND_NS_FALIAS("MqttServer\\Async", delay, MqttServer_Async_delay, arginfo_MqttServer_Async_delay)
	ZEND_NS_FALIAS("MqttServer\\Async", readable, MqttServer_Async_readable, arginfo_MqttServer_Async_readable)
	ZEND_NS_FALIAS("MqttServer\\Async", writable, MqttServer_Async_writable, arginfo_MqttServer_Async_writable)
	ZEND_NS_FALIAS("MqttServer\\Async", async, MqttServer_Async_async, arginfo_MqttServer_Async_async)
	ZEND_NS_FALIAS("MqttServer\\Async", await, MqttServer_Async_await, arginfo_MqttServer_Async_await)
	ZEND_FE_END
};
