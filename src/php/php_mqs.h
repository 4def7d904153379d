/* SPDX-License-Identifier: MIT
 *
 * src/php/php_mqs.h - what the files of the Zend room share: module hooks, class entries, the border functions.
 */
#ifndef PHP_MQS_H
#define PHP_MQS_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "php.h"
#include "codec/codec.h"

extern zend_module_entry mqtt_server_module_entry;

/* The allocator of everything that is not request memory: malloc underneath, counted for stats. */
extern const mqs_alloc php_mqs_alloc;

/* ---- classes (exception.c, codec_class.c, packet.c, client.c, server.c) -------------------------------------- */

extern zend_class_entry *php_mqs_exception_ce;         /* MqttServer\Exception\MqttException, a \RuntimeException */
extern zend_class_entry *php_mqs_malformed_ce;         /* MqttServer\Exception\MalformedPacketException */
extern zend_class_entry *php_mqs_handler_exception_ce; /* MqttServer\Exception\HandlerException */
extern zend_class_entry *php_mqs_listen_exception_ce;  /* MqttServer\Exception\ListenException */
extern zend_class_entry *php_mqs_timeout_ce;           /* MqttServer\Exception\TimeoutException */
extern zend_class_entry *php_mqs_cancelled_ce;         /* MqttServer\Exception\CancelledException */
extern zend_class_entry *php_mqs_closed_ce;            /* MqttServer\Exception\ClosedException */
extern zend_class_entry *php_mqs_packet_ce;            /* MqttServer\Packet */
extern zend_class_entry *php_mqs_client_ce;            /* MqttServer\Client */
extern zend_class_entry *php_mqs_server_ce;            /* MqttServer\Server */

/* Each file with classes has one, called from MINIT in this order. */
void php_mqs_exception_minit(void);
void php_mqs_codec_minit(void);
void php_mqs_packet_minit(void);
void php_mqs_client_minit(void);
void php_mqs_message_minit(void);
void php_mqs_server_minit(void);
void php_mqs_hyperf_minit(void);
void php_mqs_publisher_minit(void);
void php_mqs_revolt_minit(void);
void php_mqs_future_minit(void);
void php_mqs_queue_minit(void);
void php_mqs_library_minit(void);
void php_mqs_library_rinit(void);
void php_mqs_library_rshutdown(void);

/* ---- packets as arrays (codec_array.c) ----------------------------------------------------------------------- */

/* Fills `out` (an undefined zval) with the array of the documented shape for packet->level. */
void php_mqs_packet_to_array(const mqs_packet *packet, zval *out);

/*
 * Makes a packet of an array.
 *
 * level    mqtt_level it is for
 * storage  [owned by the caller] initialised buffers that the packet's lists point into; cleared by the caller after
 * use. Strings of the packet are borrowed from the array, which must stay unchanged meanwhile.
 *
 * FAILURE: an exception (\ValueError or \TypeError that names the key) is set.
 */
typedef struct php_mqs_packet_storage {
	mqs_buffer props, will_props, list; /* list: topic filters or codes */
	mqs_alloc alloc;                    /* of the buffers: the first one that grows lives in `scratch` while it fits */
	bool scratch_used;
	bool memory_used; /* of the request */
	uint8_t scratch[512];
} php_mqs_packet_storage;
void php_mqs_packet_storage_init(php_mqs_packet_storage *storage);
void php_mqs_packet_storage_clear(php_mqs_packet_storage *storage);
zend_result php_mqs_packet_from_array(HashTable *in, uint8_t level, mqs_packet *out, php_mqs_packet_storage *storage);

/* Properties alone: raw list <-> array (keys of the documented shape). `type` decides which are allowed. */
void php_mqs_props_to_array(mqs_bytes raw, zval *out);
zend_result php_mqs_props_from_array(HashTable *in, mqtt_packet_type type, bool will, mqs_buffer *out);

/* Property id by its array key ("content_type"), 0 when unknown; and back (NULL when unknown). */
uint32_t php_mqs_prop_by_name(const char *name, size_t len);
const char *php_mqs_prop_name(uint32_t id);

/* Throws MalformedPacketException for a fault. */
void php_mqs_throw_fault(const mqs_fault *fault);

/* ---- MqttServer\Packet (packet.c) ---------------------------------------------------------------------------- */

/*
 * A packet as an object with typed reads (getType(), getTopic(), …, toArray()); values are made on demand.
 * `php_mqs_packet_borrow` makes one over views that live only for the current call; `php_mqs_packet_detach` must be
 * called before they die: it copies when somebody else still holds the object.
 */
void php_mqs_packet_borrow(zval *out, const mqs_packet *packet);
void php_mqs_packet_detach(zval *packet);
/* [borrowed] the views, valid while attached or detached with a copy; NULL when the object is empty. */
const mqs_packet *php_mqs_packet_get(zval *packet);

/* ---- MqttServer\Client (client.c): a handle by connection id, harmless when the client is gone ----------------- */

struct php_mqs_server;
void php_mqs_client_create(zval *out, zend_object *server, uint64_t conn_id);

#endif
