/* SPDX-License-Identifier: MIT
 *
 * src/php/server_hooks.c - the broker asks, the chains of PHP handlers answer.
 *
 * A handler that throws, exits or returns nonsense refuses what it was asked about. What a handler says by a response
 * is read after each handler for `stopped` and refusals, and put into the broker's reply once, behind the last one.
 */
#include "server.h"
#include "message.h"
#include "packet.h"
#include "reply.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

/* One question, and what the handlers need to answer it. Objects are made when the first handler needs them. */
typedef struct decision {
	php_mqs_server *server;
	mqs_event *event;
	php_mqs_chain *chain;           /* [owned] */
	const php_mqs_handler *handler; /* the one that runs */
	zval packet, client, request, response;
	mqs_packet closing; /* stands for the packet that CLOSE does not have */
	bool responded;     /* `response` is what a handler returned */
	mqs_verdict verdict;
} decision;

/* ---- objects for handlers ---- */

static uint64_t conn_id_of(const decision *d)
{
	return d->event->conn ? mqs_conn_id(d->event->conn) : 0;
}

static void need_packet(decision *d)
{
	if (Z_TYPE(d->packet) != IS_UNDEF) {
		return;
	}
	const mqs_packet *packet = d->event->packet;
	if (!packet) {
		d->closing.type = MQTT_PKT_DISCONNECT;
		d->closing.level = MQTT_LEVEL_5;
		d->closing.reasoned.reason = d->event->reply->reason;
		packet = &d->closing;
	}
	php_mqs_packet_borrow(&d->packet, packet);
}

static void need_client(decision *d)
{
	if (Z_TYPE(d->client) != IS_UNDEF) {
		return;
	}
	/* While it connects, and when it is gone, only the event knows the name. */
	bool named = !d->event->conn || d->event->kind == MQS_EVENT_CONNECT || d->event->kind == MQS_EVENT_CLOSE;
	php_mqs_client_create_named(
	    &d->client, &d->server->std, conn_id_of(d), named ? d->event->client_id : mqs_bytes_make(NULL, 0));
}

/* Behind the action the response starts with what came of it: the reason code, or for SUBSCRIBE the code of each
 * filter. UNSUBACK has codes that a response cannot set. */
static zend_result tell_outcome(decision *d)
{
	const mqs_reply *reply = d->event->reply;
	zval argument, told;
	bool codes = d->event->kind == MQS_EVENT_SUBSCRIBE;
	if (d->event->kind == MQS_EVENT_UNSUBSCRIBE) {
		return SUCCESS;
	}
	if (codes) {
		array_init_size(&argument, reply->code_count);
		for (uint32_t i = 0; i < reply->code_count; i++) {
			add_next_index_long(&argument, reply->codes[i]);
		}
	} else {
		ZVAL_LONG(&argument, reply->reason);
	}
	zend_call_method_with_1_params(
	    Z_OBJ(d->response), NULL, NULL, codes ? "withgrantedqos" : "withreasoncode", &told, &argument);
	zval_ptr_dtor(&argument);
	if (EG(exception) || Z_TYPE(told) != IS_OBJECT) {
		zval_ptr_dtor(&told);
		return FAILURE;
	}
	zval_ptr_dtor(&d->response);
	ZVAL_COPY_VALUE(&d->response, &told);
	return SUCCESS;
}

static zend_result need_messages(decision *d)
{
	if (Z_TYPE(d->request) == IS_UNDEF) {
		need_client(d);
		if (d->event->packet) {
			need_packet(d);
		}
		mqs_client_info info = {.level = d->event->packet ? d->event->packet->level : MQTT_LEVEL_5};
		if (d->event->conn && !d->event->packet) {
			mqs_conn_client_info(d->event->conn, &info);
		}
		php_mqs_request_init init = {
		    .packet = d->event->packet ? &d->packet : NULL,
		    .client = &d->client,
		    .server_name = d->server->options.name,
		    .fd = (zend_long)conn_id_of(d),
		    .level = info.level,
		};
		if (php_mqs_request_create(&d->request, &init) == FAILURE) {
			ZVAL_UNDEF(&d->request);
			return FAILURE;
		}
	}
	if (Z_TYPE(d->response) == IS_UNDEF) {
		zval server;
		ZVAL_OBJ(&server, &d->server->std);
		if (php_mqs_response_create(&d->response, (zend_long)conn_id_of(d), &server) == FAILURE) {
			ZVAL_UNDEF(&d->response);
			return FAILURE;
		}
		if (d->event->phase == MQS_PHASE_AFTER) {
			return tell_outcome(d);
		}
	}
	return SUCCESS;
}

/* ---- what a handler returned ---- */

static void refuse(decision *d, uint8_t reason)
{
	d->verdict = MQS_DENY;
	d->event->reply->reason = reason;
}

/* Takes over a response. FAILURE: it is none. */
static zend_result take_response(decision *d, zval *returned, bool *stop)
{
	php_mqs_response_t said;
	if (php_mqs_response_read(returned, &said) == FAILURE) {
		return FAILURE;
	}
	if (Z_TYPE(d->response) != IS_OBJECT || Z_OBJ(d->response) != Z_OBJ_P(returned)) {
		zval_ptr_dtor(&d->response);
		ZVAL_COPY(&d->response, returned);
	}
	d->responded = true;
	/* A response of behind the action starts with the reason code of a refusal: that one is no news. */
	bool news = d->event->phase == MQS_PHASE_BEFORE || said.reason_code != d->event->reply->reason;
	if (said.denied || (said.reason_code >= 0x80 && news)) {
		refuse(d, said.denied && said.reason_code < 0x80 ? MQTT_RC_NOT_AUTHORIZED : (uint8_t)said.reason_code);
		*stop = true;
	}
	*stop = *stop || said.stopped;
	return SUCCESS;
}

static void wrong_return(const zval *returned, const char *expected)
{
	if (!EG(exception)) {
		zend_type_error("Return value must be %s, %s returned", expected, zend_zval_type_name(returned));
	}
}

static zend_result take_code(decision *d, zend_long code, bool *stop)
{
	if (code < 0 || code > 255) {
		zend_value_error("Return value must be a reason code between 0 and 255, " ZEND_LONG_FMT " returned", code);
		return FAILURE;
	}
	if (code >= 0x80) {
		refuse(d, (uint8_t)code);
		*stop = true;
	} else {
		d->event->reply->reason = (uint8_t)code;
		php_mqs_reply_cap_qos(d->event->reply, d->event->kind, (uint8_t)code);
	}
	return SUCCESS;
}

static zend_result take_verdict(decision *d, zval *returned, bool *stop)
{
	switch (Z_TYPE_P(returned)) {
		case IS_NULL:
		case IS_TRUE: return SUCCESS;
		case IS_FALSE:
			refuse(d, MQTT_RC_NOT_AUTHORIZED);
			*stop = true;
			return SUCCESS;
		case IS_LONG: return take_code(d, Z_LVAL_P(returned), stop);
		case IS_OBJECT:
			if (take_response(d, returned, stop) == SUCCESS) {
				return SUCCESS;
			}
			break;
		default: break;
	}
	wrong_return(returned, "null, bool, int or a response");
	return FAILURE;
}

/* ---- the chain ---- */

/* FAILURE: the handler failed; it has been logged, or an exception is set. */
static zend_result run_handler(decision *d, bool *stop)
{
	zval args[2], returned;
	const php_mqs_handler *handler = d->handler;
	bool messages = handler->style == PHP_MQS_STYLE_MESSAGES;
	if (handler->ce && !handler->callee.object) {
		zend_throw_error(NULL, "Handler %s has no object", ZSTR_VAL(handler->callee.label));
		return FAILURE;
	}
	if (messages) {
		if (need_messages(d) == FAILURE) {
			return FAILURE;
		}
		ZVAL_COPY_VALUE(&args[0], &d->request);
		ZVAL_COPY(&args[1], &d->response); /* replaced by what is returned */
	} else {
		need_packet(d);
		need_client(d);
		ZVAL_COPY_VALUE(&args[0], &d->packet);
		ZVAL_COPY(&args[1], &d->client);
	}
	zend_result result = php_mqs_call(d->server, &handler->callee, d->event->client_id, 2, args, &returned);
	zval_ptr_dtor(&args[1]);
	if (result == FAILURE) {
		return FAILURE;
	}
	if (!messages) {
		result = take_verdict(d, &returned, stop);
	} else if (Z_TYPE(returned) != IS_OBJECT || take_response(d, &returned, stop) == FAILURE) {
		wrong_return(&returned, "a response (Psr\\Http\\Message\\ResponseInterface)");
		result = FAILURE;
	}
	zval_ptr_dtor(&returned);
	return result;
}

static void fail(decision *d)
{
	php_mqs_exception_log(d->server, "a response", d->event->client_id);
	refuse(d, MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
}

static void release(decision *d)
{
	/* An object that a handler kept needs its own copy of the bytes: the messages let go first. */
	if (Z_TYPE(d->request) != IS_UNDEF) {
		php_mqs_message_release(&d->request);
	}
	if (Z_TYPE(d->response) != IS_UNDEF) {
		php_mqs_message_release(&d->response);
	}
	if (Z_TYPE(d->packet) != IS_UNDEF) {
		php_mqs_packet_detach(&d->packet);
		zval_ptr_dtor(&d->packet);
		ZVAL_UNDEF(&d->packet);
	}
	zval_ptr_dtor(&d->client);
	ZVAL_UNDEF(&d->client);
	if (d->event->kind == MQS_EVENT_CLOSE) {
		zend_hash_index_del(&d->server->values, conn_id_of(d));
	}
}

static void run_chain(void *ctx)
{
	decision *d = ctx;
	bool stop = false;
	php_mqs_hooks_release(d->server);
	for (uint32_t i = 0; d->chain && i < d->chain->count && !stop; i++) {
		d->handler = d->chain->handlers[i];
		if (run_handler(d, &stop) == FAILURE) {
			fail(d);
			stop = true;
			d->responded = false; /* what others said before it does not count any more */
		}
	}
	if (d->responded && php_mqs_reply_apply(d->server, d->event, &d->response, &d->verdict) == FAILURE) {
		fail(d);
	}
	release(d);
}

mqs_verdict php_mqs_hooks_decide(void *ctx, mqs_event *event)
{
	php_mqs_server *server = ctx;
	decision d = {.server = server, .event = event, .verdict = MQS_ALLOW};
	ZVAL_UNDEF(&d.packet);
	ZVAL_UNDEF(&d.client);
	ZVAL_UNDEF(&d.request);
	ZVAL_UNDEF(&d.response);
	d.chain = server->chains.by_event[event->kind][event->phase];
	if (d.chain) {
		php_mqs_chain_ref(d.chain);
	}
	if (!php_mqs_guard(server, run_chain, &d, "a destructor", event->client_id)) {
		refuse(&d, MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
		if (Z_TYPE(d.packet) != IS_UNDEF) {
			/* Somebody may still hold it when PHP ends. */
			php_mqs_packet_forget(&d.packet);
		}
		return d.verdict;
	}
	php_mqs_chain_unref(d.chain);
	return d.verdict;
}

void php_mqs_hooks_release(php_mqs_server *server)
{
	for (int i = 0; i < PHP_MQS_HELD_COUNT; i++) {
		if (server->held[i]) {
			zend_string_release(server->held[i]);
			server->held[i] = NULL;
		}
	}
	server->held_reply_props.len = 0;
	server->held_message_props.len = 0;
}
