/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 04882c33c378116cac7cbab95ae102b430195652 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Async_Loop___construct, 0, 0, 1)
	ZEND_ARG_OBJ_INFO(0, pause, Throwable, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_now, 0, 0, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_timer, 0, 2, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, due, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_stream, 0, 3, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
	ZEND_ARG_INFO(0, stream)
	ZEND_ARG_TYPE_INFO(0, writable, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_signal, 0, 2, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, signal, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_stop, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_turn, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, wait, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_fired, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_wake, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_isServed, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Async_Loop_isDriven arginfo_class_MqttServer_Async_Loop_isServed

#define arginfo_class_MqttServer_Async_Loop_stopServer arginfo_class_MqttServer_Async_Loop_wake

#define arginfo_class_MqttServer_Async_Loop_isJob arginfo_class_MqttServer_Async_Loop_isServed

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_suspension, 0, 0, IS_OBJECT, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Async_Loop_keep, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, suspension, IS_OBJECT, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Async_Loop, __construct);
ZEND_METHOD(MqttServer_Async_Loop, now);
ZEND_METHOD(MqttServer_Async_Loop, timer);
ZEND_METHOD(MqttServer_Async_Loop, stream);
ZEND_METHOD(MqttServer_Async_Loop, signal);
ZEND_METHOD(MqttServer_Async_Loop, stop);
ZEND_METHOD(MqttServer_Async_Loop, turn);
ZEND_METHOD(MqttServer_Async_Loop, fired);
ZEND_METHOD(MqttServer_Async_Loop, wake);
ZEND_METHOD(MqttServer_Async_Loop, isServed);
ZEND_METHOD(MqttServer_Async_Loop, isDriven);
ZEND_METHOD(MqttServer_Async_Loop, stopServer);
ZEND_METHOD(MqttServer_Async_Loop, isJob);
ZEND_METHOD(MqttServer_Async_Loop, suspension);
ZEND_METHOD(MqttServer_Async_Loop, keep);


static const zend_function_entry class_MqttServer_Async_Loop_methods[] = {
	ZEND_ME(MqttServer_Async_Loop, __construct, arginfo_class_MqttServer_Async_Loop___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, now, arginfo_class_MqttServer_Async_Loop_now, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, timer, arginfo_class_MqttServer_Async_Loop_timer, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, stream, arginfo_class_MqttServer_Async_Loop_stream, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, signal, arginfo_class_MqttServer_Async_Loop_signal, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, stop, arginfo_class_MqttServer_Async_Loop_stop, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, turn, arginfo_class_MqttServer_Async_Loop_turn, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, fired, arginfo_class_MqttServer_Async_Loop_fired, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, wake, arginfo_class_MqttServer_Async_Loop_wake, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, isServed, arginfo_class_MqttServer_Async_Loop_isServed, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, isDriven, arginfo_class_MqttServer_Async_Loop_isDriven, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, stopServer, arginfo_class_MqttServer_Async_Loop_stopServer, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, isJob, arginfo_class_MqttServer_Async_Loop_isJob, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, suspension, arginfo_class_MqttServer_Async_Loop_suspension, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Async_Loop, keep, arginfo_class_MqttServer_Async_Loop_keep, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Async_Loop(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Async", "Loop", class_MqttServer_Async_Loop_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
