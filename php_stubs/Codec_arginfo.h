/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 513d23d16293748e20ea5c60814b8e5d2cd8ee70 */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Codec___construct, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_pack, 0, 1, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, packet, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, protocolLevel, IS_LONG, 0, "4")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_unpack, 0, 1, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, bytes, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, protocolLevel, IS_LONG, 0, "4")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Codec_decode, 0, 1, MqttServer\\Packet, 0)
	ZEND_ARG_TYPE_INFO(0, bytes, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, protocolLevel, IS_LONG, 0, "4")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Topic___construct arginfo_class_MqttServer_Codec___construct

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Topic_matches, 0, 2, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, filter, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Topic_isValidName, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, topic, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Topic_isValidFilter, 0, 1, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, filter, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Codec_Decoder___construct, 0, 0, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, protocolLevel, IS_LONG, 0, "4")
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, maxPacketSize, IS_LONG, 0, "268435460")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_Decoder_push, 0, 1, IS_ARRAY, 0)
	ZEND_ARG_TYPE_INFO(0, bytes, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_Decoder_feed, 0, 1, IS_VOID, 0)
	ZEND_ARG_TYPE_INFO(0, bytes, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_class_MqttServer_Codec_Decoder_next, 0, 0, MqttServer\\Packet, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_Decoder_hasFault, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_Decoder_getPendingBytes, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Codec_Decoder_getProtocolLevel arginfo_class_MqttServer_Codec_Decoder_getPendingBytes

#define arginfo_class_MqttServer_Codec_V3___construct arginfo_class_MqttServer_Codec___construct

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Codec_V3_pack, 0, 1, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO(0, packet, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Codec_V3_unpack arginfo_class_MqttServer_Codec_Decoder_push

#define arginfo_class_MqttServer_Codec_V5___construct arginfo_class_MqttServer_Codec___construct

#define arginfo_class_MqttServer_Codec_V5_pack arginfo_class_MqttServer_Codec_V3_pack

#define arginfo_class_MqttServer_Codec_V5_unpack arginfo_class_MqttServer_Codec_Decoder_push


ZEND_METHOD(MqttServer_Codec, __construct);
ZEND_METHOD(MqttServer_Codec, pack);
ZEND_METHOD(MqttServer_Codec, unpack);
ZEND_METHOD(MqttServer_Codec, decode);
ZEND_METHOD(MqttServer_Topic, __construct);
ZEND_METHOD(MqttServer_Topic, matches);
ZEND_METHOD(MqttServer_Topic, isValidName);
ZEND_METHOD(MqttServer_Topic, isValidFilter);
ZEND_METHOD(MqttServer_Codec_Decoder, __construct);
ZEND_METHOD(MqttServer_Codec_Decoder, push);
ZEND_METHOD(MqttServer_Codec_Decoder, feed);
ZEND_METHOD(MqttServer_Codec_Decoder, next);
ZEND_METHOD(MqttServer_Codec_Decoder, hasFault);
ZEND_METHOD(MqttServer_Codec_Decoder, getPendingBytes);
ZEND_METHOD(MqttServer_Codec_Decoder, getProtocolLevel);
ZEND_METHOD(MqttServer_Codec_V3, __construct);
ZEND_METHOD(MqttServer_Codec_V3, pack);
ZEND_METHOD(MqttServer_Codec_V3, unpack);
ZEND_METHOD(MqttServer_Codec_V5, __construct);
ZEND_METHOD(MqttServer_Codec_V5, pack);
ZEND_METHOD(MqttServer_Codec_V5, unpack);


static const zend_function_entry class_MqttServer_Codec_methods[] = {
	ZEND_ME(MqttServer_Codec, __construct, arginfo_class_MqttServer_Codec___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Codec, pack, arginfo_class_MqttServer_Codec_pack, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Codec, unpack, arginfo_class_MqttServer_Codec_unpack, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Codec, decode, arginfo_class_MqttServer_Codec_decode, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Topic_methods[] = {
	ZEND_ME(MqttServer_Topic, __construct, arginfo_class_MqttServer_Topic___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Topic, matches, arginfo_class_MqttServer_Topic_matches, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Topic, isValidName, arginfo_class_MqttServer_Topic_isValidName, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Topic, isValidFilter, arginfo_class_MqttServer_Topic_isValidFilter, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Codec_Decoder_methods[] = {
	ZEND_ME(MqttServer_Codec_Decoder, __construct, arginfo_class_MqttServer_Codec_Decoder___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Codec_Decoder, push, arginfo_class_MqttServer_Codec_Decoder_push, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Codec_Decoder, feed, arginfo_class_MqttServer_Codec_Decoder_feed, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Codec_Decoder, next, arginfo_class_MqttServer_Codec_Decoder_next, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Codec_Decoder, hasFault, arginfo_class_MqttServer_Codec_Decoder_hasFault, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Codec_Decoder, getPendingBytes, arginfo_class_MqttServer_Codec_Decoder_getPendingBytes, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Codec_Decoder, getProtocolLevel, arginfo_class_MqttServer_Codec_Decoder_getProtocolLevel, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Codec_V3_methods[] = {
	ZEND_ME(MqttServer_Codec_V3, __construct, arginfo_class_MqttServer_Codec_V3___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Codec_V3, pack, arginfo_class_MqttServer_Codec_V3_pack, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Codec_V3, unpack, arginfo_class_MqttServer_Codec_V3_unpack, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Codec_V5_methods[] = {
	ZEND_ME(MqttServer_Codec_V5, __construct, arginfo_class_MqttServer_Codec_V5___construct, ZEND_ACC_PRIVATE)
	ZEND_ME(MqttServer_Codec_V5, pack, arginfo_class_MqttServer_Codec_V5_pack, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_ME(MqttServer_Codec_V5, unpack, arginfo_class_MqttServer_Codec_V5_unpack, ZEND_ACC_PUBLIC|ZEND_ACC_STATIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Codec(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer", "Codec", class_MqttServer_Codec_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;


	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "pack", sizeof("pack") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "unpack", sizeof("unpack") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "decode", sizeof("decode") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Topic(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer", "Topic", class_MqttServer_Topic_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Codec_Decoder(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Codec", "Decoder", class_MqttServer_Codec_Decoder_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;


	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "push", sizeof("push") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "feed", sizeof("feed") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Codec_V3(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Codec", "V3", class_MqttServer_Codec_V3_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;


	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "pack", sizeof("pack") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "unpack", sizeof("unpack") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Codec_V5(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Codec", "V5", class_MqttServer_Codec_V5_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_FINAL|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;


	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "pack", sizeof("pack") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	zend_add_parameter_attribute(zend_hash_str_find_ptr(&class_entry->function_table, "unpack", sizeof("unpack") - 1), 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);

	return class_entry;
}
