/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 7e5d9ca52a143413b4cb5366df403f2378bec91e */

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Message_BaseStream___construct, 0, 0, 0)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, content, "\"\"")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream___toString, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_close, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_detach, 0, 0, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_getSize, 0, 0, IS_LONG, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_tell, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_eof, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseStream_isSeekable arginfo_class_MqttServer_Message_BaseStream_eof

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_seek, 0, 1, IS_VOID, 0)
	ZEND_ARG_INFO(0, offset)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, whence, "SEEK_SET")
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseStream_rewind arginfo_class_MqttServer_Message_BaseStream_close

#define arginfo_class_MqttServer_Message_BaseStream_isWritable arginfo_class_MqttServer_Message_BaseStream_eof

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_write, 0, 1, IS_LONG, 0)
	ZEND_ARG_INFO(0, string)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseStream_isReadable arginfo_class_MqttServer_Message_BaseStream_eof

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_read, 0, 1, IS_STRING, 0)
	ZEND_ARG_INFO(0, length)
ZEND_END_ARG_INFO()

#define arginfo_class_MqttServer_Message_BaseStream_getContents arginfo_class_MqttServer_Message_BaseStream___toString

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_class_MqttServer_Message_BaseStream_getMetadata, 0, 0, IS_MIXED, 0)
	ZEND_ARG_INFO_WITH_DEFAULT_VALUE(0, key, "null")
ZEND_END_ARG_INFO()


ZEND_METHOD(MqttServer_Message_BaseStream, __construct);
ZEND_METHOD(MqttServer_Message_BaseStream, __toString);
ZEND_METHOD(MqttServer_Message_BaseStream, close);
ZEND_METHOD(MqttServer_Message_BaseStream, detach);
ZEND_METHOD(MqttServer_Message_BaseStream, getSize);
ZEND_METHOD(MqttServer_Message_BaseStream, tell);
ZEND_METHOD(MqttServer_Message_BaseStream, eof);
ZEND_METHOD(MqttServer_Message_BaseStream, isSeekable);
ZEND_METHOD(MqttServer_Message_BaseStream, seek);
ZEND_METHOD(MqttServer_Message_BaseStream, rewind);
ZEND_METHOD(MqttServer_Message_BaseStream, isWritable);
ZEND_METHOD(MqttServer_Message_BaseStream, write);
ZEND_METHOD(MqttServer_Message_BaseStream, isReadable);
ZEND_METHOD(MqttServer_Message_BaseStream, read);
ZEND_METHOD(MqttServer_Message_BaseStream, getContents);
ZEND_METHOD(MqttServer_Message_BaseStream, getMetadata);


static const zend_function_entry class_MqttServer_Message_BaseStream_methods[] = {
	ZEND_ME(MqttServer_Message_BaseStream, __construct, arginfo_class_MqttServer_Message_BaseStream___construct, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, __toString, arginfo_class_MqttServer_Message_BaseStream___toString, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, close, arginfo_class_MqttServer_Message_BaseStream_close, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, detach, arginfo_class_MqttServer_Message_BaseStream_detach, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, getSize, arginfo_class_MqttServer_Message_BaseStream_getSize, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, tell, arginfo_class_MqttServer_Message_BaseStream_tell, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, eof, arginfo_class_MqttServer_Message_BaseStream_eof, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, isSeekable, arginfo_class_MqttServer_Message_BaseStream_isSeekable, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, seek, arginfo_class_MqttServer_Message_BaseStream_seek, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, rewind, arginfo_class_MqttServer_Message_BaseStream_rewind, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, isWritable, arginfo_class_MqttServer_Message_BaseStream_isWritable, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, write, arginfo_class_MqttServer_Message_BaseStream_write, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, isReadable, arginfo_class_MqttServer_Message_BaseStream_isReadable, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, read, arginfo_class_MqttServer_Message_BaseStream_read, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, getContents, arginfo_class_MqttServer_Message_BaseStream_getContents, ZEND_ACC_PUBLIC)
	ZEND_ME(MqttServer_Message_BaseStream, getMetadata, arginfo_class_MqttServer_Message_BaseStream_getMetadata, ZEND_ACC_PUBLIC)
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Message_BaseStream(void)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Message", "BaseStream", class_MqttServer_Message_BaseStream_methods);
	class_entry = zend_register_internal_class_ex(&ce, NULL);
	class_entry->ce_flags |= ZEND_ACC_ABSTRACT|ZEND_ACC_NO_DYNAMIC_PROPERTIES|ZEND_ACC_NOT_SERIALIZABLE;

	return class_entry;
}
