/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 5c89844095a0d8a5852b4d1b6f0ea740035e35a2 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Packet___construct, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_getType, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_getTypeName, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Packet_getProtocolLevel arginfo_class_MqttServer_Packet_getType

#define arginfo_class_MqttServer_Packet_getTopic arginfo_class_MqttServer_Packet_getTypeName

#define arginfo_class_MqttServer_Packet_getPayload arginfo_class_MqttServer_Packet_getTypeName

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_getPublisher, 0, 0, IS_STRING, 1)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Packet_getQos arginfo_class_MqttServer_Packet_getType

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_isRetain, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Packet_isDup arginfo_class_MqttServer_Packet_isRetain

#define arginfo_class_MqttServer_Packet_getPacketId arginfo_class_MqttServer_Packet_getType

#define arginfo_class_MqttServer_Packet_getReasonCode arginfo_class_MqttServer_Packet_getType

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_getReasonCodes, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Packet_getClientId arginfo_class_MqttServer_Packet_getTypeName

#define arginfo_class_MqttServer_Packet_getUsername arginfo_class_MqttServer_Packet_getPublisher

#define arginfo_class_MqttServer_Packet_getPassword arginfo_class_MqttServer_Packet_getPublisher

#define arginfo_class_MqttServer_Packet_isCleanStart arginfo_class_MqttServer_Packet_isRetain

#define arginfo_class_MqttServer_Packet_isSessionPresent arginfo_class_MqttServer_Packet_isRetain

#define arginfo_class_MqttServer_Packet_getKeepAlive arginfo_class_MqttServer_Packet_getType

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_getWill, 0, 0, IS_ARRAY, 1)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Packet_getTopicFilters arginfo_class_MqttServer_Packet_getReasonCodes

#define arginfo_class_MqttServer_Packet_getProperties arginfo_class_MqttServer_Packet_getReasonCodes

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Packet_getProperty, 0, 1, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Packet_getUserProperties arginfo_class_MqttServer_Packet_getReasonCodes

#define arginfo_class_MqttServer_Packet_toArray arginfo_class_MqttServer_Packet_getReasonCodes


ZEND_METHOD(MqttServer_Packet, __construct);
ZEND_METHOD(MqttServer_Packet, getType);
ZEND_METHOD(MqttServer_Packet, getTypeName);
ZEND_METHOD(MqttServer_Packet, getProtocolLevel);
ZEND_METHOD(MqttServer_Packet, getTopic);
ZEND_METHOD(MqttServer_Packet, getPayload);
ZEND_METHOD(MqttServer_Packet, getPublisher);
ZEND_METHOD(MqttServer_Packet, getQos);
ZEND_METHOD(MqttServer_Packet, isRetain);
ZEND_METHOD(MqttServer_Packet, isDup);
ZEND_METHOD(MqttServer_Packet, getPacketId);
ZEND_METHOD(MqttServer_Packet, getReasonCode);
ZEND_METHOD(MqttServer_Packet, getReasonCodes);
ZEND_METHOD(MqttServer_Packet, getClientId);
ZEND_METHOD(MqttServer_Packet, getUsername);
ZEND_METHOD(MqttServer_Packet, getPassword);
ZEND_METHOD(MqttServer_Packet, isCleanStart);
ZEND_METHOD(MqttServer_Packet, isSessionPresent);
ZEND_METHOD(MqttServer_Packet, getKeepAlive);
ZEND_METHOD(MqttServer_Packet, getWill);
ZEND_METHOD(MqttServer_Packet, getTopicFilters);
ZEND_METHOD(MqttServer_Packet, getProperties);
ZEND_METHOD(MqttServer_Packet, getProperty);
ZEND_METHOD(MqttServer_Packet, getUserProperties);
ZEND_METHOD(MqttServer_Packet, toArray);


static const zend_function_entry class_MqttServer_Packet_methods[] = {
	ZEND_ME(MqttServer_Packet, __construct, arginfo_class_MqttServer_Packet___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Packet, getType, arginfo_class_MqttServer_Packet_getType, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getTypeName, arginfo_class_MqttServer_Packet_getTypeName, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getProtocolLevel, arginfo_class_MqttServer_Packet_getProtocolLevel, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getTopic, arginfo_class_MqttServer_Packet_getTopic, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getPayload, arginfo_class_MqttServer_Packet_getPayload, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getPublisher, arginfo_class_MqttServer_Packet_getPublisher, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getQos, arginfo_class_MqttServer_Packet_getQos, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, isRetain, arginfo_class_MqttServer_Packet_isRetain, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, isDup, arginfo_class_MqttServer_Packet_isDup, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getPacketId, arginfo_class_MqttServer_Packet_getPacketId, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getReasonCode, arginfo_class_MqttServer_Packet_getReasonCode, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getReasonCodes, arginfo_class_MqttServer_Packet_getReasonCodes, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getClientId, arginfo_class_MqttServer_Packet_getClientId, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getUsername, arginfo_class_MqttServer_Packet_getUsername, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getPassword, arginfo_class_MqttServer_Packet_getPassword, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, isCleanStart, arginfo_class_MqttServer_Packet_isCleanStart, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, isSessionPresent, arginfo_class_MqttServer_Packet_isSessionPresent, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getKeepAlive, arginfo_class_MqttServer_Packet_getKeepAlive, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getWill, arginfo_class_MqttServer_Packet_getWill, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getTopicFilters, arginfo_class_MqttServer_Packet_getTopicFilters, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getProperties, arginfo_class_MqttServer_Packet_getProperties, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getProperty, arginfo_class_MqttServer_Packet_getProperty, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, getUserProperties, arginfo_class_MqttServer_Packet_getUserProperties, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Packet, toArray, arginfo_class_MqttServer_Packet_toArray, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Packet(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer", "Packet", class_MqttServer_Packet_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	zval const_CONNECT_value;
	ZVAL_LONG(&const_CONNECT_value, 1);
	zend_string *const_CONNECT_name = zend_string_init_interned("CONNECT", sizeof("CONNECT") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_CONNECT_name, &const_CONNECT_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_CONNECT_name);

	zval const_CONNACK_value;
	ZVAL_LONG(&const_CONNACK_value, 2);
	zend_string *const_CONNACK_name = zend_string_init_interned("CONNACK", sizeof("CONNACK") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_CONNACK_name, &const_CONNACK_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_CONNACK_name);

	zval const_PUBLISH_value;
	ZVAL_LONG(&const_PUBLISH_value, 3);
	zend_string *const_PUBLISH_name = zend_string_init_interned("PUBLISH", sizeof("PUBLISH") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PUBLISH_name, &const_PUBLISH_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PUBLISH_name);

	zval const_PUBACK_value;
	ZVAL_LONG(&const_PUBACK_value, 4);
	zend_string *const_PUBACK_name = zend_string_init_interned("PUBACK", sizeof("PUBACK") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PUBACK_name, &const_PUBACK_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PUBACK_name);

	zval const_PUBREC_value;
	ZVAL_LONG(&const_PUBREC_value, 5);
	zend_string *const_PUBREC_name = zend_string_init_interned("PUBREC", sizeof("PUBREC") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PUBREC_name, &const_PUBREC_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PUBREC_name);

	zval const_PUBREL_value;
	ZVAL_LONG(&const_PUBREL_value, 6);
	zend_string *const_PUBREL_name = zend_string_init_interned("PUBREL", sizeof("PUBREL") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PUBREL_name, &const_PUBREL_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PUBREL_name);

	zval const_PUBCOMP_value;
	ZVAL_LONG(&const_PUBCOMP_value, 7);
	zend_string *const_PUBCOMP_name = zend_string_init_interned("PUBCOMP", sizeof("PUBCOMP") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PUBCOMP_name, &const_PUBCOMP_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PUBCOMP_name);

	zval const_SUBSCRIBE_value;
	ZVAL_LONG(&const_SUBSCRIBE_value, 8);
	zend_string *const_SUBSCRIBE_name = zend_string_init_interned("SUBSCRIBE", sizeof("SUBSCRIBE") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_SUBSCRIBE_name, &const_SUBSCRIBE_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_SUBSCRIBE_name);

	zval const_SUBACK_value;
	ZVAL_LONG(&const_SUBACK_value, 9);
	zend_string *const_SUBACK_name = zend_string_init_interned("SUBACK", sizeof("SUBACK") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_SUBACK_name, &const_SUBACK_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_SUBACK_name);

	zval const_UNSUBSCRIBE_value;
	ZVAL_LONG(&const_UNSUBSCRIBE_value, 10);
	zend_string *const_UNSUBSCRIBE_name = zend_string_init_interned("UNSUBSCRIBE", sizeof("UNSUBSCRIBE") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_UNSUBSCRIBE_name, &const_UNSUBSCRIBE_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_UNSUBSCRIBE_name);

	zval const_UNSUBACK_value;
	ZVAL_LONG(&const_UNSUBACK_value, 11);
	zend_string *const_UNSUBACK_name = zend_string_init_interned("UNSUBACK", sizeof("UNSUBACK") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_UNSUBACK_name, &const_UNSUBACK_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_UNSUBACK_name);

	zval const_PINGREQ_value;
	ZVAL_LONG(&const_PINGREQ_value, 12);
	zend_string *const_PINGREQ_name = zend_string_init_interned("PINGREQ", sizeof("PINGREQ") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PINGREQ_name, &const_PINGREQ_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PINGREQ_name);

	zval const_PINGRESP_value;
	ZVAL_LONG(&const_PINGRESP_value, 13);
	zend_string *const_PINGRESP_name = zend_string_init_interned("PINGRESP", sizeof("PINGRESP") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_PINGRESP_name, &const_PINGRESP_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_PINGRESP_name);

	zval const_DISCONNECT_value;
	ZVAL_LONG(&const_DISCONNECT_value, 14);
	zend_string *const_DISCONNECT_name = zend_string_init_interned("DISCONNECT", sizeof("DISCONNECT") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_DISCONNECT_name, &const_DISCONNECT_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_DISCONNECT_name);

	zval const_AUTH_value;
	ZVAL_LONG(&const_AUTH_value, 15);
	zend_string *const_AUTH_name = zend_string_init_interned("AUTH", sizeof("AUTH") - 1, 1);
	zend_declare_class_constant_ex(class_entry, const_AUTH_name, &const_AUTH_value, ZEND_ACC_PUBLIC, NULL);
	zend_string_release(const_AUTH_name);

	return class_entry;
}
