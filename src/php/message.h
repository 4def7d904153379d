/* SPDX-License-Identifier: MIT
 *
 * src/php/message.h - the request and response objects that handlers get, and how to read a response back.
 *
 * The objects are C structs behind thin PHP classes of the library; what a handler does not ask for is never made.
 */
#ifndef PHP_MQS_MESSAGE_H
#define PHP_MQS_MESSAGE_H

#include "php_mqs.h"

/*
 * Declares the message classes of this request, once: those of an installed psr/http-message and of Hyperf's
 * http-message when an autoloader knows them, else our own declarations of these names.
 * Called by the functions below; call it early to see errors at start.
 *
 * FAILURE: an exception is set.
 */
zend_result php_mqs_message_prepare(void);

/* What a request is made of. */
typedef struct php_mqs_request_init {
	zval *packet;             /* [borrowed] MqttServer\Packet; NULL for a close without a packet (type 0) */
	zval *client;             /* [borrowed] MqttServer\Client; NULL when there is none */
	zend_string *server_name; /* [borrowed] */
	zend_long fd, reactor_id;
	uint8_t level; /* mqtt_level of the connection; that of the packet counts when there is one */
} php_mqs_request_init;

/*
 * Makes the request for one packet. It holds the packet object: call php_mqs_packet_detach() on it after
 * php_mqs_message_release(), so that a request which a handler kept gets its own copy of the bytes.
 *
 * out  [out] MqttServer\Message\Request; undefined on FAILURE (an exception is set)
 */
zend_result php_mqs_request_create(zval *out, const php_mqs_request_init *init);

/*
 * Makes the response that the first handler gets: status 200, empty body, attributes `fd` and `server`.
 *
 * server  [borrowed] value of the attribute `server`; NULL for null
 * out     [out] MqttServer\Message\Response; undefined on FAILURE (an exception is set)
 */
zend_result php_mqs_response_create(zval *out, zend_long fd, zval *server);

/* Gives up a request or a response; an object that nobody else holds is kept for the next packet. */
void php_mqs_message_release(zval *message);

/* Everything a handler can say by a response. */
typedef struct php_mqs_response_t {
	zend_string *reason_string, *topic, *payload; /* NULL: not set */
	HashTable *user_properties;                   /* list of [name, value]; NULL: none */
	HashTable *properties;                        /* array key of the packet shapes => checked value; NULL: none */
	HashTable *granted_qos;                       /* list of int, QoS or failure code; NULL: not set */
	int16_t reason_code;                          /* -1: not set */
	int8_t qos;                                   /* -1: not set */
	int8_t retain;                                /* -1: not set, else 0 or 1 */
	bool denied;                                  /* deny() was called; reason_code is 0x80 or above */
	bool unrouted;                                /* withoutRouting() was called */
	bool closed, stopped;                         /* the attributes of these names */
} php_mqs_response_t;

/*
 * Reads a response back. Calls PHP only for objects that are not ours: there nothing but `closed` and `stopped` can be
 * set, by a method getAttribute().
 *
 * response  [borrowed] what a handler returned
 * out       [out] strings and tables are [borrowed] from the response
 *
 * FAILURE: not an object of Psr\Http\Message\ResponseInterface (no exception), or PHP code threw (exception set).
 */
zend_result php_mqs_response_read(zval *response, php_mqs_response_t *out);

/*
 * The body as bytes: (string) $response->getBody(), without calling PHP while the body is untouched or ours.
 *
 * Returns [owned] the bytes, or NULL when empty or when PHP code threw (exception set).
 */
zend_string *php_mqs_response_body(zval *response);

#endif
