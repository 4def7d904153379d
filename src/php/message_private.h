/* SPDX-License-Identifier: MIT
 *
 * src/php/message_private.h - the structs behind the message objects, shared by the message_*.c files only.
 */
#ifndef PHP_MQS_MESSAGE_PRIVATE_H
#define PHP_MQS_MESSAGE_PRIVATE_H

#include "message.h"

/* First member of both messages. Every zval and string is owned by the object. */
typedef struct php_mqs_message {
	zend_string *protocol; /* NULL: "1.1" */
	zval headers;          /* array name => list; undefined: the default ones, not made yet */
	zval body;             /* StreamInterface; undefined: not made yet */
	zval attributes;       /* array; undefined: the default ones, not made yet */
} php_mqs_message;

typedef struct php_mqs_request {
	php_mqs_message message;
	zval packet, client;                        /* undefined: none */
	zend_string *server_name, *method, *target; /* NULL: none, "POST", made of the URI */
	zval uri, parsed;                           /* undefined: the default, not made yet */
	zval cookies, query, files, server_params;  /* arrays; undefined: empty */
	zend_long fd, reactor_id;
	uint8_t level;
	bool dispatched; /* made by php_mqs_request_create(), so that the defaults speak of a packet */
	zend_object std;
} php_mqs_request;

typedef struct php_mqs_response {
	php_mqs_message message;
	zval server; /* undefined: null */
	zend_long fd, status;
	zend_string *phrase;     /* NULL: the usual one of the status */
	bool dispatched;         /* made by php_mqs_response_create(), so that `fd` and `server` are attributes */
	php_mqs_response_t said; /* strings and tables owned; closed and stopped live in the attributes */
	zend_object std;
} php_mqs_response;

/* Properties of Hyperf's request that are made on demand. */
typedef enum php_mqs_request_slot {
	PHP_MQS_SLOT_ATTRIBUTES,
	PHP_MQS_SLOT_PARSED_BODY,
	PHP_MQS_SLOT_STREAM,
	PHP_MQS_SLOT_COUNT
} php_mqs_request_slot;

/* Classes of the running request, set by php_mqs_message_prepare(). */
typedef struct php_mqs_message_classes {
	bool ready;
	bool hyperf;         /* the response extends Hyperf's own class */
	bool hyperf_request; /* so does the request */
	zend_class_entry *request, *response, *stream, *uri;
	zend_class_entry *psr_response, *psr_stream, *psr_uri, *psr_file;
	uint32_t response_attributes, response_stream; /* offsets of the properties of Hyperf's response; 0: unknown */
	zend_object *request_template;               /* [owned] a request of Hyperf's without packet; NULL: not made yet */
	uint32_t request_slots[PHP_MQS_SLOT_COUNT];  /* offsets of its properties that are made on demand */
	zend_object *spare_request, *spare_response; /* [owned] emptied objects for the next packet; NULL: none */
} php_mqs_message_classes;

extern TSRM_TLS php_mqs_message_classes php_mqs_messages;

extern zend_object_handlers php_mqs_request_handlers;
extern zend_object_handlers php_mqs_response_handlers;
extern zend_class_entry *php_mqs_base_request_ce;
extern zend_class_entry *php_mqs_base_response_ce;
extern zend_class_entry *php_mqs_base_stream_ce;

#define PHP_MQS_REQUEST_OF(obj)  ((php_mqs_request *)((char *)(obj)-offsetof(php_mqs_request, std)))
#define PHP_MQS_RESPONSE_OF(obj) ((php_mqs_response *)((char *)(obj)-offsetof(php_mqs_response, std)))

/* The common part of either message object. */
static inline php_mqs_message *php_mqs_message_of(zend_object *object)
{
	return (php_mqs_message *)((char *)object - object->handlers->offset);
}

/* Gives up a string or a table that an object owns. */
static inline void php_mqs_text_free(zend_string **text)
{
	if (*text) {
		zend_string_release(*text);
		*text = NULL;
	}
}

static inline void php_mqs_table_free(HashTable **table)
{
	if (*table) {
		zend_array_release(*table);
		*table = NULL;
	}
}

/* message_common.c */
void php_mqs_message_clear(php_mqs_message *message);
void php_mqs_message_copy(php_mqs_message *to, const php_mqs_message *from);
void php_mqs_message_gc(zend_object *object, zend_get_gc_buffer *buffer);
/* A copy of $this as return value; what the with… methods change. */
zend_object *php_mqs_message_with(zval *self, zval *return_value);
/* Sets headers of an array name => string|list of strings. FAILURE: exception set. */
zend_result php_mqs_message_headers_init(zend_object *object, HashTable *headers);
/* Puts one header value in place of what is there under any case. */
void php_mqs_message_header_replace(zend_object *object, zend_string *name, zend_string *value);
/* [borrowed] the first header of this name, or NULL. */
zval *php_mqs_message_header_find(zend_object *object, zend_string *name, zend_string **key, zend_ulong *index);
void php_mqs_message_protocol_init(php_mqs_message *message, zend_string *protocol);
void php_mqs_invalid_argument(uint32_t arg_num, const char *what);

/* Is an attribute there and true? Makes nothing. */
bool php_mqs_attribute_true(zend_object *object, const char *name);

/* message_request.c, message_response.c: defaults made on demand */
void php_mqs_request_headers_make(zend_object *object);
void php_mqs_request_body_make(zend_object *object);
void php_mqs_request_attributes_make(zend_object *object);
bool php_mqs_request_attribute(zend_object *object, zend_string *name, zval *out);
void php_mqs_request_reset(zend_object *object);
void php_mqs_response_attributes_make(zend_object *object);
void php_mqs_response_reset(zend_object *object);
void php_mqs_request_minit(void);
void php_mqs_response_minit(void);
zend_object *php_mqs_response_object_create(zend_class_entry *ce);

/* [owned] the JSON of the packet; NULL with an exception. */
zend_string *php_mqs_request_json(zend_object *object);
/* The packet as array. */
void php_mqs_request_packet_array(zend_object *object, zval *out);
/* An object of any class that has a php_mqs_request in front, with these handlers; for create_object. */
zend_object *php_mqs_request_object_make(zend_class_entry *ce, const zend_object_handlers *handlers);

/* message_request_hyperf.c: a request that extends Hyperf's own class */
/* Offset of a property that this class or one of its parents declares; 0: there is none. */
uint32_t php_mqs_property_offset(const zend_class_entry *ce, const char *name);
extern zend_object_handlers php_mqs_request_hyperf_handlers;
void php_mqs_request_hyperf_minit(void);
/* Declares it where the parent class is there and of a known make; sets `request` and `hyperf_request` of
 * php_mqs_messages. SUCCESS also when it is not. */
zend_result php_mqs_request_hyperf_prepare(void);
/* A new one, whose C part is to be filled. */
zend_result php_mqs_request_hyperf_create(zval *out);

/* message_stream.c */
void php_mqs_stream_minit(void);
/* Makes a MqttServer\Message\Stream over bytes ([borrowed]). On failure `out` is undefined and an exception set. */
void php_mqs_stream_create(zval *out, zend_string *text);
/* [borrowed] the bytes when the object is a stream of ours over a string; else NULL. */
zend_string *php_mqs_stream_text(zend_object *object);

/* At the end of a request: drops spare objects and forgets the classes. */
void php_mqs_message_rshutdown(void);

#endif
