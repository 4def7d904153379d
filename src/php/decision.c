/* SPDX-License-Identifier: MIT
 *
 * src/php/decision.c - the chain of PHP handlers answers a question of the broker's.
 *
 * A handler that throws, exits or returns nonsense refuses what it was asked about. What a handler says by a response
 * is read after each handler for `stopped` and refusals, and put into the broker's reply once, behind the last one.
 */
#include "decision.h"
#include "host.h"
#include "hyperf.h"
#include "message.h"
#include "packet.h"
#include "reply.h"
#include "zend_exceptions.h"
#include "zend_interfaces.h"

/* ---- objects for handlers ---- */

/* Lives as long as the decision, also while a handler waits and the client goes away. */
static mqs_bytes name_of(const php_mqs_decision *d)
{
	return d->client_id ? mqs_bytes_make(ZSTR_VAL(d->client_id), ZSTR_LEN(d->client_id)) : d->event->client_id;
}

static void need_packet(php_mqs_decision *d)
{
	if (Z_TYPE(d->packet) != IS_UNDEF) {
		return;
	}
	const mqs_packet *packet = d->event->packet;
	if (!packet) {
		d->closing = (mqs_packet){.type = MQTT_PKT_DISCONNECT, .level = MQTT_LEVEL_5};
		d->closing.reasoned.reason = d->event->reply->reason;
		packet = &d->closing;
	}
	php_mqs_packet_borrow(&d->packet, packet);
	if (d->event->publisher.len) {
		php_mqs_packet_set_publisher(&d->packet, d->event->publisher);
	}
}

static void need_client(php_mqs_decision *d)
{
	if (Z_TYPE(d->client) != IS_UNDEF) {
		return;
	}
	/* While it connects, and when it is gone, only the event knows the name. */
	bool named = !d->event->conn || d->event->kind == MQS_EVENT_CONNECT || d->event->kind == MQS_EVENT_CLOSE;
	php_mqs_client_create_named(&d->client, &d->server->std, d->conn_id, named ? name_of(d) : mqs_bytes_make(NULL, 0));
}

/* Behind the action the response starts with what came of it: the reason code, or for SUBSCRIBE the code of each
 * filter. UNSUBACK has codes that a response cannot set. */
static zend_result tell_outcome(php_mqs_decision *d)
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

static zend_result need_request(php_mqs_decision *d, zend_long fd, zend_long reactor_id)
{
	need_client(d);
	if (d->event->packet) {
		need_packet(d);
	}
	uint8_t level = d->event->packet ? d->event->packet->level : php_mqs_client_level(&d->client);
	php_mqs_request_init init = {
	    .packet = d->event->packet ? &d->packet : NULL,
	    .client = &d->client,
	    .server_name = d->server->options.name,
	    .fd = fd,
	    .reactor_id = reactor_id,
	    .level = level ? level : MQTT_LEVEL_5,
	};
	if (php_mqs_request_create(&d->request, &init) == FAILURE) {
		ZVAL_UNDEF(&d->request);
		return FAILURE;
	}
	return SUCCESS;
}

static zend_result need_response(php_mqs_decision *d, zend_long fd, zval *server)
{
	if (php_mqs_response_create(&d->response, fd, server) == FAILURE) {
		ZVAL_UNDEF(&d->response);
		return FAILURE;
	}
	return d->event->phase == MQS_PHASE_AFTER ? tell_outcome(d) : SUCCESS;
}

static zend_result need_messages(php_mqs_decision *d)
{
	if (Z_TYPE(d->request) != IS_UNDEF && Z_TYPE(d->response) != IS_UNDEF) {
		return SUCCESS;
	}
	/* In a host it is the host's server and its number of the connection that handlers know. */
	zval server;
	zend_long fd = (zend_long)d->conn_id, reactor_id = 0;
	ZVAL_UNDEF(&server);
	if (d->server->host) {
		php_mqs_host_peer_of(d->server, d->conn_id, &fd, &reactor_id, &server);
	}
	if (Z_TYPE(server) == IS_UNDEF) {
		ZVAL_OBJ(&server, &d->server->std);
	}
	if (Z_TYPE(d->request) == IS_UNDEF && need_request(d, fd, reactor_id) == FAILURE) {
		return FAILURE;
	}
	if (Z_TYPE(d->response) == IS_UNDEF && need_response(d, fd, &server) == FAILURE) {
		return FAILURE;
	}
	return d->server->hyperf ? php_mqs_hyperf_enter(d->server, &d->request, &d->response) : SUCCESS;
}

/* ---- what a handler returned ---- */

static void refuse(php_mqs_decision *d, uint8_t reason)
{
	d->verdict = MQS_DENY;
	d->event->reply->reason = reason;
}

/* Takes over a response. FAILURE: it is none. */
static zend_result take_response(php_mqs_decision *d, zval *returned, bool *stop)
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

static zend_result take_code(php_mqs_decision *d, zend_long code, bool *stop)
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

static zend_result take_verdict(php_mqs_decision *d, zval *returned, bool *stop)
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

/* Whoever tried to switch Fibers where nothing can wait is told what that means here. */
static void explain_fiber_error(const php_mqs_decision *d)
{
	const zend_object *throwable = EG(exception);
	if (d->event->kind == MQS_EVENT_DELIVER && throwable &&
	    zend_string_equals_literal(throwable->ce->name, "FiberError")) {
		php_mqs_log_line(
		    d->server, MQS_LOG_ERROR, "a handler of deliveries has to answer at once: it cannot wait", name_of(d));
	}
}

/* The exception handlers of the application see what was thrown and may give a response; otherwise it is logged. */
static void thrown(php_mqs_decision *d)
{
	zend_object *throwable = EG(exception);
	bool ours = throwable && d->server->hyperf && !zend_is_unwind_exit(throwable) && !zend_is_graceful_exit(throwable);
	if (ours) {
		zval said;
		bool ignored = false;
		GC_ADDREF(throwable);
		zend_clear_exception();
		if (php_mqs_hyperf_has_exception_handlers(d->server) && need_messages(d) == SUCCESS &&
		    php_mqs_hyperf_failed(d->server, throwable, &said)) {
			d->server->handler_errors++;
			d->responded = take_response(d, &said, &ignored) == SUCCESS;
			zval_ptr_dtor(&said);
			OBJ_RELEASE(throwable);
		} else if (!EG(exception)) {
			zend_throw_exception_internal(throwable);
		} else {
			OBJ_RELEASE(throwable);
		}
	}
	/* For what is not the fault of a handler. */
	const char *what = php_mqs_hyperf_has_middlewares(d->server) ? "a middleware" : "a response";
	php_mqs_exception_log(d->server, what, name_of(d));
}

/* What others said before a failure does not count any more. */
static void fail(php_mqs_decision *d)
{
	d->responded = false;
	explain_fiber_error(d);
	thrown(d);
	if (d->verdict != MQS_DENY) {
		refuse(d, MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
	}
}

/* FAILURE: the handler failed, an exception is set. */
static zend_result run_handler(php_mqs_decision *d, bool *stop)
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
	zend_result result = php_mqs_call_through(d->server, &handler->callee, 2, args, &returned);
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

/* FAILURE: an exception is set. */
static zend_result run_handlers(php_mqs_decision *d)
{
	bool stop = false;
	for (uint32_t i = 0; d->chain && i < d->chain->count && !stop; i++) {
		d->handler = d->chain->handlers[i];
		if (run_handler(d, &stop) == FAILURE) {
			return FAILURE;
		}
	}
	return SUCCESS;
}

/* What the last of the middlewares hands the request on to, maybe another one than they got. */
static zend_result behind_middlewares(void *ctx, zval *request, zval *response, zval *returned)
{
	php_mqs_decision *d = ctx;
	if (Z_OBJ(d->request) != Z_OBJ_P(request)) {
		zval_ptr_dtor(&d->request);
		ZVAL_COPY(&d->request, request);
	}
	if (Z_OBJ(d->response) != Z_OBJ_P(response)) {
		zval_ptr_dtor(&d->response);
		ZVAL_COPY(&d->response, response);
	}
	if (run_handlers(d) == FAILURE) {
		return FAILURE;
	}
	ZVAL_COPY(returned, &d->response);
	return SUCCESS;
}

static zend_result run_within_middlewares(php_mqs_decision *d)
{
	zval returned;
	bool ignored = false, reached;
	if (need_messages(d) == FAILURE || php_mqs_hyperf_dispatch(d->server, &d->request, &d->response, behind_middlewares,
	                                       d, &returned, &reached) == FAILURE) {
		return FAILURE;
	}
	zend_result result = take_response(d, &returned, &ignored);
	if (result == FAILURE) {
		wrong_return(&returned, "a response (Psr\\Http\\Message\\ResponseInterface)");
	} else if (!reached && d->verdict != MQS_DENY) {
		refuse(d, MQTT_RC_NOT_AUTHORIZED);
	}
	zval_ptr_dtor(&returned);
	return result;
}

void php_mqs_decision_run(php_mqs_decision *d)
{
	/* The end of a connection is no packet that came, nor is a delivery: middlewares know nothing of them. */
	bool packet = d->event->kind != MQS_EVENT_CLOSE && d->event->kind != MQS_EVENT_DELIVER;
	bool wrapped =
	    d->server->hyperf && d->event->phase == MQS_PHASE_BEFORE && packet && php_mqs_hyperf_has_middlewares(d->server);
	bool failed = (wrapped ? run_within_middlewares(d) : run_handlers(d)) == FAILURE;
	if (failed) {
		fail(d);
	}
	if (d->fiber && php_mqs_fiber_come_home(d->fiber) == FAILURE) {
		failed = true;
		fail(d);
	}
	if (d->responded && php_mqs_reply_apply(d->server, &d->event, &d->response, &d->verdict, &d->odd_body) == FAILURE) {
		fail(d);
	}
	if (failed && d->event->reply->reason < 0x80) {
		/* An exception handler may choose the reason, not whether there is one. */
		refuse(d, MQTT_RC_IMPLEMENTATION_SPECIFIC_ERROR);
	}
}

/* ---- life ---- */

void php_mqs_decision_init(php_mqs_decision *d, php_mqs_server *server, mqs_event *event)
{
	memset(d, 0, offsetof(php_mqs_decision, closing));
	d->server = server;
	d->event = event;
	d->conn_id = event->conn ? mqs_conn_id(event->conn) : 0;
	d->responded = d->odd_body = d->in_room = d->begun = d->finished = false;
	d->verdict = MQS_ALLOW;
	d->client_id = NULL;
	d->fiber = NULL;
	d->run = NULL;
	d->ticket = 0;
	ZVAL_UNDEF(&d->packet);
	ZVAL_UNDEF(&d->client);
	ZVAL_UNDEF(&d->request);
	ZVAL_UNDEF(&d->response);
	d->chain = server->chains.by_event[event->kind][event->phase];
	if (d->chain) {
		php_mqs_chain_ref(d->chain);
	}
}

void php_mqs_decision_keep_name(php_mqs_decision *d)
{
	mqs_bytes name = d->event->client_id;
	d->client_id = zend_string_init(name.len ? (const char *)name.ptr : "", name.len, 0);
}

/* From now on it has an event of its own. */
static void stand_alone(php_mqs_decision *d, const mqs_packet *packet)
{
	const mqs_event *event = d->event;
	d->stand_in_reply = (mqs_reply){.reason = event->reply->reason, .session_present = event->reply->session_present};
	d->stand_in = (mqs_event){
	    .kind = event->kind,
	    .phase = event->phase,
	    .packet = packet,
	    .client_id = name_of(d),
	    .reply = &d->stand_in_reply,
	};
	d->event = &d->stand_in;
}

void php_mqs_decision_cut_off(php_mqs_decision *d)
{
	const mqs_event *event = d->event;
	if (event == &d->stand_in) {
		return;
	}
	if (UNEXPECTED(d->server->fatal)) {
		/* No handler goes on, and PHP has no memory to give. */
		if (Z_TYPE(d->packet) != IS_UNDEF) {
			php_mqs_packet_forget(&d->packet);
		}
		stand_alone(d, NULL);
		return;
	}
	if (event->packet) {
		need_packet(d);
		php_mqs_packet_own(&d->packet);
	}
	if (d->conn_id) {
		need_client(d);
		php_mqs_client_keep(&d->client);
	}
	stand_alone(d, event->packet ? php_mqs_packet_get(&d->packet) : NULL);
}

void php_mqs_decision_move(php_mqs_decision *d, mqs_event *event)
{
	d->event = event;
	if (event->packet && Z_TYPE(d->packet) != IS_UNDEF) {
		php_mqs_packet_move(&d->packet, event->packet);
	}
}

void php_mqs_decision_give_back(php_mqs_decision *d)
{
	if (Z_TYPE(d->packet) != IS_UNDEF) {
		/* A request that nobody kept goes with the decision, and its reference to the packet with it. */
		uint32_t ours = Z_TYPE(d->request) != IS_UNDEF && Z_REFCOUNT(d->request) == 1 ? 2 : 1;
		if (Z_REFCOUNT(d->packet) > ours) {
			php_mqs_packet_own(&d->packet);
		} else {
			php_mqs_packet_forget(&d->packet);
		}
	}
	d->stand_in = (mqs_event){
	    .kind = d->event->kind,
	    .phase = d->event->phase,
	    .client_id = name_of(d),
	    .reply = &d->stand_in_reply,
	};
	d->event = &d->stand_in;
}

void php_mqs_decision_release(php_mqs_decision *d)
{
	if (d->odd_body) {
		php_mqs_log_line(d->server, MQS_LOG_WARNING,
		    "the body of a response does not hold whole MQTT packets: it is sent as it is", name_of(d));
	}
	/* An object that a handler kept needs its own copy of the bytes: the messages let go first. */
	if (Z_TYPE(d->request) != IS_UNDEF) {
		php_mqs_message_release(&d->request);
		ZVAL_UNDEF(&d->request);
	}
	if (Z_TYPE(d->response) != IS_UNDEF) {
		php_mqs_message_release(&d->response);
		ZVAL_UNDEF(&d->response);
	}
	if (Z_TYPE(d->packet) != IS_UNDEF) {
		php_mqs_packet_detach(&d->packet);
		zval_ptr_dtor(&d->packet);
		ZVAL_UNDEF(&d->packet);
	}
	zval_ptr_dtor(&d->client);
	ZVAL_UNDEF(&d->client);
	if (d->event->kind == MQS_EVENT_CLOSE) {
		zend_hash_index_del(&d->server->values, d->conn_id);
	}
	php_mqs_chain_unref(d->chain);
	d->chain = NULL;
	if (d->client_id) {
		zend_string_release(d->client_id);
		d->client_id = NULL;
	}
}

void php_mqs_decision_gc(php_mqs_decision *d, zend_get_gc_buffer *buffer)
{
	zend_get_gc_buffer_add_zval(buffer, &d->packet);
	zend_get_gc_buffer_add_zval(buffer, &d->client);
	zend_get_gc_buffer_add_zval(buffer, &d->request);
	zend_get_gc_buffer_add_zval(buffer, &d->response);
}
