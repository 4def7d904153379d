/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 4664e755a63968f241fbd06b0d58b1ba29afa706 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Server___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, options, IS_ARRAY, 0, "[]")
	ZEND_ARG_OBJ_INFO_WITH_DEFAULT_VALUE(0, container, Psr\\Container\\ContainerInterface, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_addHandler, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_MASK(0, class, MAY_BE_OBJECT|MAY_BE_STRING, NULL)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_addHandlers, 0, 1, IS_STATIC, 0)
	ZEND_ARG_TYPE_MASK(0, handlers, MAY_BE_ARRAY|MAY_BE_STRING, NULL)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_on, 0, 2, IS_STATIC, 0)
	ZEND_ARG_TYPE_INFO(0, event, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, handler, IS_CALLABLE, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, priority, IS_LONG, 0, "0")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_setServerName, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_initCoreMiddleware, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, serverName, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_onReceive, 0, 4, IS_VOID, 0)
	ZEND_ARG_INFO(0, server)
	ZEND_ARG_TYPE_INFO(0, fd, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, reactorId, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, data, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_onConnect, 0, 2, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, server, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, fd, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reactorId, IS_LONG, 0, "0")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Server_onClose arginfo_class_MqttServer_Server_onConnect

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_onWorkerStart, 0, 2, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, server, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, workerId, IS_LONG, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Server_onWorkerStop arginfo_class_MqttServer_Server_onWorkerStart

#define arginfo_class_MqttServer_Server_onWorkerExit arginfo_class_MqttServer_Server_onWorkerStart

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_onPipeMessage, 0, 3, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, server, IS_OBJECT, 0)
	ZEND_ARG_TYPE_INFO(0, srcWorkerId, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, data, IS_MIXED, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_start, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_stop, 0, 0, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reasonCode, IS_LONG, 0, "0x8b")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_publish, 0, 2, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, payload, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, qos, IS_LONG, 0, "0")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, retain, _IS_BOOL, 0, "false")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, properties, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Server_request, 0, 2, MqttServer\\Packet, 0)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, payload, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 0, "5.0")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, qos, IS_LONG, 0, "1")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, properties, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Server_next, 0, 1, MqttServer\\Packet, 0)
	ZEND_ARG_TYPE_INFO(0, filter, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, timeout, IS_DOUBLE, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_disconnect, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, clientId, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, reasonCode, IS_LONG, 0, "0x98")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, discardSession, _IS_BOOL, 0, "false")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, properties, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_clients, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Server_client, 0, 1, MqttServer\\Client, 1)
	ZEND_ARG_TYPE_INFO(0, clientId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_subscriptions, 0, 0, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, clientId, IS_STRING, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_retained, 0, 1, IS_ARRAY, 1)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_every, 0, 2, IS_LONG, 0)
	ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
	ZEND_ARG_TYPE_INFO(0, callback, IS_CALLABLE, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Server_after arginfo_class_MqttServer_Server_every

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_cancelTimer, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, timer, IS_LONG, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Server_stats arginfo_class_MqttServer_Server_clients

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_port, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_name, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Server_isRunning, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Server, __construct);
ZEND_METHOD(MqttServer_Server, addHandler);
ZEND_METHOD(MqttServer_Server, addHandlers);
ZEND_METHOD(MqttServer_Server, on);
ZEND_METHOD(MqttServer_Server, setServerName);
ZEND_METHOD(MqttServer_Server, initCoreMiddleware);
ZEND_METHOD(MqttServer_Server, onReceive);
ZEND_METHOD(MqttServer_Server, onConnect);
ZEND_METHOD(MqttServer_Server, onClose);
ZEND_METHOD(MqttServer_Server, onWorkerStart);
ZEND_METHOD(MqttServer_Server, onWorkerStop);
ZEND_METHOD(MqttServer_Server, onWorkerExit);
ZEND_METHOD(MqttServer_Server, onPipeMessage);
ZEND_METHOD(MqttServer_Server, start);
ZEND_METHOD(MqttServer_Server, stop);
ZEND_METHOD(MqttServer_Server, publish);
ZEND_METHOD(MqttServer_Server, request);
ZEND_METHOD(MqttServer_Server, next);
ZEND_METHOD(MqttServer_Server, disconnect);
ZEND_METHOD(MqttServer_Server, clients);
ZEND_METHOD(MqttServer_Server, client);
ZEND_METHOD(MqttServer_Server, subscriptions);
ZEND_METHOD(MqttServer_Server, retained);
ZEND_METHOD(MqttServer_Server, every);
ZEND_METHOD(MqttServer_Server, after);
ZEND_METHOD(MqttServer_Server, cancelTimer);
ZEND_METHOD(MqttServer_Server, stats);
ZEND_METHOD(MqttServer_Server, port);
ZEND_METHOD(MqttServer_Server, name);
ZEND_METHOD(MqttServer_Server, isRunning);


static const zend_function_entry class_MqttServer_Server_methods[] = {
	ZEND_ME(MqttServer_Server, __construct, arginfo_class_MqttServer_Server___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, addHandler, arginfo_class_MqttServer_Server_addHandler, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, addHandlers, arginfo_class_MqttServer_Server_addHandlers, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, on, arginfo_class_MqttServer_Server_on, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, setServerName, arginfo_class_MqttServer_Server_setServerName, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, initCoreMiddleware, arginfo_class_MqttServer_Server_initCoreMiddleware, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onReceive, arginfo_class_MqttServer_Server_onReceive, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onConnect, arginfo_class_MqttServer_Server_onConnect, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onClose, arginfo_class_MqttServer_Server_onClose, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onWorkerStart, arginfo_class_MqttServer_Server_onWorkerStart, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onWorkerStop, arginfo_class_MqttServer_Server_onWorkerStop, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onWorkerExit, arginfo_class_MqttServer_Server_onWorkerExit, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, onPipeMessage, arginfo_class_MqttServer_Server_onPipeMessage, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, start, arginfo_class_MqttServer_Server_start, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, stop, arginfo_class_MqttServer_Server_stop, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, publish, arginfo_class_MqttServer_Server_publish, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, request, arginfo_class_MqttServer_Server_request, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, next, arginfo_class_MqttServer_Server_next, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, disconnect, arginfo_class_MqttServer_Server_disconnect, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, clients, arginfo_class_MqttServer_Server_clients, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, client, arginfo_class_MqttServer_Server_client, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, subscriptions, arginfo_class_MqttServer_Server_subscriptions, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, retained, arginfo_class_MqttServer_Server_retained, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, every, arginfo_class_MqttServer_Server_every, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, after, arginfo_class_MqttServer_Server_after, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, cancelTimer, arginfo_class_MqttServer_Server_cancelTimer, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, stats, arginfo_class_MqttServer_Server_stats, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, port, arginfo_class_MqttServer_Server_port, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, name, arginfo_class_MqttServer_Server_name, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Server, isRunning, arginfo_class_MqttServer_Server_isRunning, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Server(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer", "Server", class_MqttServer_Server_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
