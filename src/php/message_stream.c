/* SPDX-License-Identifier: MIT
 *
 * src/php/message_stream.c - MqttServer\Message\BaseStream: a PSR-7 stream over a string, or over a PHP stream
 * resource.
 *
 * Over a string it is memory that can be read, written and moved about in; a resource it is given belongs to it until
 * detach().
 */
#include "message_private.h"

#include "ext/spl/spl_exceptions.h"
#include "ext/standard/file.h"
#include "php_streams.h"
#include "zend_exceptions.h"
#include "php_stubs/BaseStream_arginfo.h"

typedef enum stream_kind { STREAM_CLOSED, STREAM_TEXT, STREAM_RESOURCE } stream_kind;

typedef struct base_stream {
	stream_kind kind;
	zend_string *text; /* STREAM_TEXT: owned */
	size_t position;
	bool at_end;   /* a read met the end */
	zval resource; /* STREAM_RESOURCE: owned */
	zend_object std;
} base_stream;

zend_class_entry *php_mqs_base_stream_ce;
static zend_object_handlers stream_handlers;

static base_stream *stream_of(zend_object *object)
{
	return (base_stream *)((char *)object - offsetof(base_stream, std));
}

static zend_object *stream_object_create(zend_class_entry *ce)
{
	base_stream *stream = zend_object_alloc(sizeof(base_stream), ce);
	memset(stream, 0, offsetof(base_stream, std));
	zend_object_std_init(&stream->std, ce);
	object_properties_init(&stream->std, ce);
	stream->std.handlers = &stream_handlers;
	stream->kind = STREAM_TEXT;
	stream->text = ZSTR_EMPTY_ALLOC();
	return &stream->std;
}

/* Lets go of what is behind the stream. */
static void stream_drop(base_stream *stream)
{
	if (stream->text) {
		zend_string_release(stream->text);
		stream->text = NULL;
	}
	zval old;
	ZVAL_COPY_VALUE(&old, &stream->resource);
	ZVAL_UNDEF(&stream->resource);
	zval_ptr_dtor(&old);
	stream->kind = STREAM_CLOSED;
	stream->position = 0;
}

static void stream_object_free(zend_object *object)
{
	stream_drop(stream_of(object));
	zend_object_std_dtor(object);
}

static HashTable *stream_gc(zend_object *object, zval **table, int *count)
{
	*table = &stream_of(object)->resource;
	*count = 1;
	return object->properties;
}

void php_mqs_stream_create(zval *out, zend_string *text)
{
	ZVAL_UNDEF(out);
	if (php_mqs_message_prepare() == FAILURE || object_init_ex(out, php_mqs_messages.stream) == FAILURE) {
		ZVAL_UNDEF(out);
		return;
	}
	stream_of(Z_OBJ_P(out))->text = zend_string_copy(text);
}

zend_string *php_mqs_stream_text(zend_object *object)
{
	if (object->handlers != &stream_handlers || object->ce != php_mqs_messages.stream) {
		return NULL;
	}
	return stream_of(object)->text;
}

static void stream_failed(const char *what)
{
	if (!EG(exception)) {
		zend_throw_exception(spl_ce_RuntimeException, what, 0);
	}
}

/* [borrowed] the PHP stream behind it; NULL (exception set) when it was closed by others. */
static php_stream *resource_of(base_stream *stream)
{
	php_stream *resource =
	    (php_stream *)zend_fetch_resource2(Z_RES(stream->resource), NULL, php_file_le_stream(), php_file_le_pstream());
	if (!resource) {
		stream_failed("The resource behind the stream is closed");
	}
	return resource;
}

static bool stream_readable(base_stream *stream)
{
	if (stream->kind != STREAM_RESOURCE) {
		return stream->kind == STREAM_TEXT;
	}
	php_stream *resource = resource_of(stream);
	return resource && strpbrk(resource->mode, "r+") != NULL;
}

static bool stream_writable(base_stream *stream)
{
	if (stream->kind != STREAM_RESOURCE) {
		return stream->kind == STREAM_TEXT;
	}
	php_stream *resource = resource_of(stream);
	return resource && strpbrk(resource->mode, "waxc+") != NULL;
}

static bool stream_seekable(base_stream *stream)
{
	if (stream->kind != STREAM_RESOURCE) {
		return stream->kind == STREAM_TEXT;
	}
	php_stream *resource = resource_of(stream);
	return resource && resource->ops->seek && !(resource->flags & PHP_STREAM_FLAG_NO_SEEK);
}

/* Moves to an absolute place or relative to one; false when that cannot be. */
static bool stream_seek(base_stream *stream, zend_long offset, int whence)
{
	if (!stream_seekable(stream)) {
		return false;
	}
	if (stream->kind == STREAM_RESOURCE) {
		php_stream *resource = resource_of(stream);
		return resource && php_stream_seek(resource, offset, whence) == 0;
	}
	zend_long base =
	    whence == SEEK_SET ? 0 : (zend_long)(whence == SEEK_CUR ? stream->position : ZSTR_LEN(stream->text));
	if (offset < -base || offset > (zend_long)ZSTR_LEN(stream->text) - base) {
		return false;
	}
	stream->position = (size_t)(base + offset);
	stream->at_end = false;
	return true;
}

/* [owned] at most `length` bytes, or all that is left with SIZE_MAX; NULL on failure. */
static zend_string *stream_read(base_stream *stream, size_t length)
{
	if (!stream_readable(stream)) {
		return NULL;
	}
	if (stream->kind == STREAM_RESOURCE) {
		php_stream *resource = resource_of(stream);
		if (!resource) {
			return NULL;
		}
		if (length != SIZE_MAX) {
			return php_stream_read_to_str(resource, length);
		}
		/* NULL says that nothing is left, too. */
		zend_string *rest = php_stream_copy_to_mem(resource, PHP_STREAM_COPY_ALL, 0);
		return rest ? rest : ZSTR_EMPTY_ALLOC();
	}
	size_t left = ZSTR_LEN(stream->text) - stream->position;
	stream->at_end = length > left;
	if (length > left) {
		length = left;
	}
	zend_string *bytes = length == ZSTR_LEN(stream->text)
	                         ? zend_string_copy(stream->text)
	                         : zend_string_init(ZSTR_VAL(stream->text) + stream->position, length, false);
	stream->position += length;
	return bytes;
}

ZEND_METHOD(MqttServer_Message_BaseStream, __construct)
{
	zval *content = NULL;
	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_ZVAL(content)
	ZEND_PARSE_PARAMETERS_END();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (!content) {
		return;
	}
	if (Z_TYPE_P(content) == IS_STRING) {
		stream_drop(stream);
		stream->kind = STREAM_TEXT;
		stream->text = zend_string_copy(Z_STR_P(content));
		return;
	}
	if (Z_TYPE_P(content) != IS_RESOURCE ||
	    !zend_fetch_resource2(Z_RES_P(content), NULL, php_file_le_stream(), php_file_le_pstream())) {
		php_mqs_invalid_argument(1, "a string or an open stream resource");
		RETURN_THROWS();
	}
	zval held;
	ZVAL_COPY(&held, content);
	stream_drop(stream);
	stream->kind = STREAM_RESOURCE;
	ZVAL_COPY_VALUE(&stream->resource, &held);
}

ZEND_METHOD(MqttServer_Message_BaseStream, __toString)
{
	ZEND_PARSE_PARAMETERS_NONE();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (stream->kind == STREAM_TEXT) {
		/* As if read from the start to the end. */
		stream->position = ZSTR_LEN(stream->text);
		RETURN_STR_COPY(stream->text);
	}
	if (stream->kind == STREAM_RESOURCE) {
		if (stream_seekable(stream)) {
			stream_seek(stream, 0, SEEK_SET);
		}
		zend_string *bytes = EG(exception) ? NULL : stream_read(stream, SIZE_MAX);
		if (bytes) {
			RETURN_STR(bytes);
		}
		if (EG(exception)) {
			RETURN_THROWS();
		}
	}
	RETURN_EMPTY_STRING();
}

ZEND_METHOD(MqttServer_Message_BaseStream, close)
{
	ZEND_PARSE_PARAMETERS_NONE();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (stream->kind == STREAM_RESOURCE) {
		php_stream *resource = (php_stream *)zend_fetch_resource2(
		    Z_RES(stream->resource), NULL, php_file_le_stream(), php_file_le_pstream());
		if (resource) {
			php_stream_free(
			    resource, PHP_STREAM_FREE_KEEP_RSRC |
			                  (resource->is_persistent ? PHP_STREAM_FREE_CLOSE_PERSISTENT : PHP_STREAM_FREE_CLOSE));
		}
	}
	stream_drop(stream);
}

ZEND_METHOD(MqttServer_Message_BaseStream, detach)
{
	ZEND_PARSE_PARAMETERS_NONE();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (stream->kind == STREAM_RESOURCE) {
		RETVAL_COPY(&stream->resource);
	}
	stream_drop(stream);
}

ZEND_METHOD(MqttServer_Message_BaseStream, getSize)
{
	ZEND_PARSE_PARAMETERS_NONE();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (stream->kind == STREAM_TEXT) {
		RETURN_LONG((zend_long)ZSTR_LEN(stream->text));
	}
	if (stream->kind == STREAM_RESOURCE) {
		php_stream *resource = resource_of(stream);
		php_stream_statbuf status;
		if (resource && php_stream_stat(resource, &status) == 0 && S_ISREG(status.sb.st_mode)) {
			RETURN_LONG((zend_long)status.sb.st_size);
		}
	}
}

ZEND_METHOD(MqttServer_Message_BaseStream, tell)
{
	ZEND_PARSE_PARAMETERS_NONE();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (stream->kind == STREAM_TEXT) {
		RETURN_LONG((zend_long)stream->position);
	}
	php_stream *resource = stream->kind == STREAM_RESOURCE ? resource_of(stream) : NULL;
	if (!resource) {
		stream_failed("The stream is closed");
		RETURN_THROWS();
	}
	RETURN_LONG((zend_long)php_stream_tell(resource));
}

ZEND_METHOD(MqttServer_Message_BaseStream, eof)
{
	ZEND_PARSE_PARAMETERS_NONE();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (stream->kind == STREAM_TEXT) {
		RETURN_BOOL(stream->at_end || stream->position == ZSTR_LEN(stream->text));
	}
	php_stream *resource = stream->kind == STREAM_RESOURCE ? resource_of(stream) : NULL;
	RETURN_BOOL(!resource || php_stream_eof(resource));
}

ZEND_METHOD(MqttServer_Message_BaseStream, isSeekable)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(stream_seekable(stream_of(Z_OBJ_P(ZEND_THIS))));
}

ZEND_METHOD(MqttServer_Message_BaseStream, seek)
{
	zend_long offset, whence = SEEK_SET;
	ZEND_PARSE_PARAMETERS_START(1, 2)
	Z_PARAM_LONG(offset)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(whence)
	ZEND_PARSE_PARAMETERS_END();
	if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) {
		php_mqs_invalid_argument(2, "SEEK_SET, SEEK_CUR or SEEK_END");
		RETURN_THROWS();
	}
	if (!stream_seek(stream_of(Z_OBJ_P(ZEND_THIS)), offset, (int)whence)) {
		stream_failed("The stream cannot be moved to this place");
	}
}

ZEND_METHOD(MqttServer_Message_BaseStream, rewind)
{
	ZEND_PARSE_PARAMETERS_NONE();
	if (!stream_seek(stream_of(Z_OBJ_P(ZEND_THIS)), 0, SEEK_SET)) {
		stream_failed("The stream cannot be moved to its start");
	}
}

ZEND_METHOD(MqttServer_Message_BaseStream, isWritable)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(stream_writable(stream_of(Z_OBJ_P(ZEND_THIS))));
}

/* Writes at the position, over what is there. */
static void text_write(base_stream *stream, zend_string *bytes)
{
	size_t end = stream->position + ZSTR_LEN(bytes);
	size_t size = ZSTR_LEN(stream->text) > end ? ZSTR_LEN(stream->text) : end;
	size_t old = ZSTR_LEN(stream->text);
	if (GC_REFCOUNT(stream->text) > 1 || ZSTR_IS_INTERNED(stream->text)) {
		zend_string *copy = zend_string_alloc(size, false);
		memcpy(ZSTR_VAL(copy), ZSTR_VAL(stream->text), old);
		zend_string_release(stream->text);
		stream->text = copy;
	} else if (size > old) {
		stream->text = zend_string_extend(stream->text, size, false);
	}
	memcpy(ZSTR_VAL(stream->text) + stream->position, ZSTR_VAL(bytes), ZSTR_LEN(bytes));
	ZSTR_VAL(stream->text)[size] = '\0';
	zend_string_forget_hash_val(stream->text);
	stream->position = end;
	stream->at_end = false;
}

ZEND_METHOD(MqttServer_Message_BaseStream, write)
{
	zend_string *bytes;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_STR(bytes)
	ZEND_PARSE_PARAMETERS_END();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	if (!stream_writable(stream)) {
		stream_failed("The stream cannot be written to");
		RETURN_THROWS();
	}
	if (stream->kind == STREAM_TEXT) {
		text_write(stream, bytes);
		RETURN_LONG((zend_long)ZSTR_LEN(bytes));
	}
	php_stream *resource = resource_of(stream);
	ssize_t written = resource ? php_stream_write(resource, ZSTR_VAL(bytes), ZSTR_LEN(bytes)) : -1;
	if (written < 0) {
		stream_failed("Writing to the stream failed");
		RETURN_THROWS();
	}
	RETURN_LONG((zend_long)written);
}

ZEND_METHOD(MqttServer_Message_BaseStream, isReadable)
{
	ZEND_PARSE_PARAMETERS_NONE();
	RETURN_BOOL(stream_readable(stream_of(Z_OBJ_P(ZEND_THIS))));
}

static void stream_read_method(zval *self, size_t length, zval *return_value)
{
	zend_string *bytes = stream_read(stream_of(Z_OBJ_P(self)), length);
	if (!bytes) {
		stream_failed("The stream cannot be read");
		return;
	}
	RETVAL_STR(bytes);
}

ZEND_METHOD(MqttServer_Message_BaseStream, read)
{
	zend_long length;
	ZEND_PARSE_PARAMETERS_START(1, 1)
	Z_PARAM_LONG(length)
	ZEND_PARSE_PARAMETERS_END();
	if (length < 0) {
		php_mqs_invalid_argument(1, "0 or more");
		RETURN_THROWS();
	}
	if (length == 0) {
		RETURN_EMPTY_STRING();
	}
	stream_read_method(ZEND_THIS, (size_t)length, return_value);
}

ZEND_METHOD(MqttServer_Message_BaseStream, getContents)
{
	ZEND_PARSE_PARAMETERS_NONE();
	stream_read_method(ZEND_THIS, SIZE_MAX, return_value);
}

/* What stream_get_meta_data() would tell of a stream in memory. */
static void text_metadata(zval *out)
{
	array_init(out);
	add_assoc_bool(out, "timed_out", false);
	add_assoc_bool(out, "blocked", true);
	add_assoc_bool(out, "eof", false);
	add_assoc_string(out, "stream_type", "MEMORY");
	add_assoc_string(out, "mode", "w+b");
	add_assoc_long(out, "unread_bytes", 0);
	add_assoc_bool(out, "seekable", true);
	add_assoc_string(out, "uri", "php://memory");
}

ZEND_METHOD(MqttServer_Message_BaseStream, getMetadata)
{
	zend_string *key = NULL;
	ZEND_PARSE_PARAMETERS_START(0, 1)
	Z_PARAM_OPTIONAL
	Z_PARAM_STR_OR_NULL(key)
	ZEND_PARSE_PARAMETERS_END();
	base_stream *stream = stream_of(Z_OBJ_P(ZEND_THIS));
	zval data;
	if (stream->kind == STREAM_TEXT) {
		text_metadata(&data);
	} else if (stream->kind == STREAM_RESOURCE) {
		zval function;
		ZVAL_STRING(&function, "stream_get_meta_data");
		call_user_function(NULL, NULL, &function, &data, 1, &stream->resource);
		zval_ptr_dtor(&function);
		if (EG(exception)) {
			RETURN_THROWS();
		}
	} else {
		array_init(&data);
	}
	if (!key) {
		RETURN_COPY_VALUE(&data);
	}
	zval *value = Z_TYPE(data) == IS_ARRAY ? zend_hash_find(Z_ARRVAL(data), key) : NULL;
	if (value) {
		RETVAL_COPY(value);
	}
	zval_ptr_dtor(&data);
}

void php_mqs_stream_minit(void)
{
	php_mqs_base_stream_ce = register_class_MqttServer_Message_BaseStream();
	php_mqs_base_stream_ce->create_object = stream_object_create;
	memcpy(&stream_handlers, zend_get_std_object_handlers(), sizeof(zend_object_handlers));
	stream_handlers.offset = offsetof(base_stream, std);
	stream_handlers.free_obj = stream_object_free;
	stream_handlers.get_gc = stream_gc;
	stream_handlers.clone_obj = NULL;
	stream_handlers.compare = zend_objects_not_comparable;
}
