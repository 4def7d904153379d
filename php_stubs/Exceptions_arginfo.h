/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: b7d6c8b73553dab13e617a759c24cdee37b01527 */




static const zend_function_entry class_MqttServer_Exception_MqttException_methods[] = {
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Exception_MalformedPacketException_methods[] = {
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Exception_HandlerException_methods[] = {
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Exception_ClosedException_methods[] = {
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Exception_ListenException_methods[] = {
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Exception_TimeoutException_methods[] = {
	ZEND_FE_END
};


static const zend_function_entry class_MqttServer_Exception_CancelledException_methods[] = {
	ZEND_FE_END
};

static zend_class_entry *register_class_MqttServer_Exception_MqttException(zend_class_entry *class_entry_RuntimeException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "MqttException", class_MqttServer_Exception_MqttException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_RuntimeException);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Exception_MalformedPacketException(zend_class_entry *class_entry_MqttServer_Exception_MqttException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "MalformedPacketException", class_MqttServer_Exception_MalformedPacketException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_MqttServer_Exception_MqttException);

	zval property_reasonCode_default_value;
	ZVAL_UNDEF(&property_reasonCode_default_value);
	zend_string *property_reasonCode_name = zend_string_init("reasonCode", sizeof("reasonCode") - 1, 1);
	zend_declare_typed_property(class_entry, property_reasonCode_name, &property_reasonCode_default_value, ZEND_ACC_PUBLIC|ZEND_ACC_READONLY, NULL, (zend_type) ZEND_TYPE_INIT_MASK(MAY_BE_LONG));
	zend_string_release(property_reasonCode_name);

	zval property_clause_default_value;
	ZVAL_UNDEF(&property_clause_default_value);
	zend_string *property_clause_name = zend_string_init("clause", sizeof("clause") - 1, 1);
	zend_declare_typed_property(class_entry, property_clause_name, &property_clause_default_value, ZEND_ACC_PUBLIC|ZEND_ACC_READONLY, NULL, (zend_type) ZEND_TYPE_INIT_MASK(MAY_BE_STRING));
	zend_string_release(property_clause_name);

	zval property_offset_default_value;
	ZVAL_UNDEF(&property_offset_default_value);
	zend_string *property_offset_name = zend_string_init("offset", sizeof("offset") - 1, 1);
	zend_declare_typed_property(class_entry, property_offset_name, &property_offset_default_value, ZEND_ACC_PUBLIC|ZEND_ACC_READONLY, NULL, (zend_type) ZEND_TYPE_INIT_MASK(MAY_BE_LONG));
	zend_string_release(property_offset_name);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Exception_HandlerException(zend_class_entry *class_entry_MqttServer_Exception_MqttException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "HandlerException", class_MqttServer_Exception_HandlerException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_MqttServer_Exception_MqttException);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Exception_ClosedException(zend_class_entry *class_entry_MqttServer_Exception_MqttException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "ClosedException", class_MqttServer_Exception_ClosedException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_MqttServer_Exception_MqttException);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Exception_ListenException(zend_class_entry *class_entry_MqttServer_Exception_MqttException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "ListenException", class_MqttServer_Exception_ListenException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_MqttServer_Exception_MqttException);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Exception_TimeoutException(zend_class_entry *class_entry_MqttServer_Exception_MqttException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "TimeoutException", class_MqttServer_Exception_TimeoutException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_MqttServer_Exception_MqttException);

	return class_entry;
}

static zend_class_entry *register_class_MqttServer_Exception_CancelledException(zend_class_entry *class_entry_MqttServer_Exception_MqttException)
{
	zend_class_entry ce, *class_entry;

	INIT_NS_CLASS_ENTRY(ce, "MqttServer\\Exception", "CancelledException", class_MqttServer_Exception_CancelledException_methods);
	class_entry = zend_register_internal_class_ex(&ce, class_entry_MqttServer_Exception_MqttException);

	return class_entry;
}
