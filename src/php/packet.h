/* SPDX-License-Identifier: MIT
 *
 * src/php/packet.h - making packet objects, beside what php_mqs.h offers to all.
 */
#ifndef PHP_MQS_PACKET_H
#define PHP_MQS_PACKET_H

#include "php_mqs.h"

/*
 * Decodes a packet into an object that keeps the bytes.
 *
 * out     [out] MqttServer\Packet; undefined unless MQS_OK is returned
 * holder  [borrowed] the string `bytes` lies in, which gets one more reference; NULL: the bytes are copied
 * bytes   one whole packet
 *
 * Results as mqs_packet_decode().
 */
mqs_result php_mqs_packet_create(
    zval *out, zend_string *holder, mqs_bytes bytes, uint8_t level, const mqs_codec_limits *limits, mqs_fault *fault);

/* Who published the message of a delivery. Once for an object. */
void php_mqs_packet_set_publisher(zval *packet, mqs_bytes client_id);

/* Gives the object its own copy of the bytes, whoever holds it: the views are about to die. */
void php_mqs_packet_own(zval *packet);

/* The same packet stands elsewhere now; one with bytes of its own keeps them. view [borrowed] as
 * php_mqs_packet_borrow(). */
void php_mqs_packet_move(zval *packet, const mqs_packet *view);

/* Empties a packet whose views are about to die although nobody can copy them any more: after a fatal error. */
void php_mqs_packet_forget(zval *packet);

#endif
