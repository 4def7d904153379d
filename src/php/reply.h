/* SPDX-License-Identifier: MIT
 *
 * src/php/reply.h - what a response says, put into the broker's reply.
 */
#ifndef PHP_MQS_REPLY_H
#define PHP_MQS_REPLY_H

#include "server.h"

/*
 * Puts everything that a response says into the reply of an event.
 *
 * event     looked at behind the last PHP code that runs in here: a client may go away meanwhile
 * response  [borrowed] what the last handler returned
 * verdict   [in, out] becomes MQS_DENY when the response refuses, by deny() or by the packet in its body
 * odd_body  [out] set when the body does not hold whole MQTT packets
 *
 * What the reply points into is kept by the server until the next question. FAILURE: an exception is set.
 */
zend_result php_mqs_reply_apply(
    php_mqs_server *server, mqs_event **event, zval *response, mqs_verdict *verdict, bool *odd_body);

/* SUBSCRIBE: no filter gets a higher QoS than this. Harmless for other events and for values above 2. */
void php_mqs_reply_cap_qos(mqs_reply *reply, mqs_event_kind kind, uint8_t qos);

#endif
