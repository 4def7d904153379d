/* SPDX-License-Identifier: MIT
 *
 * src/php/server_publish.c - messages of the server's own: Server::publish(), and for whoever else publishes.
 */
#include "host.h"
#include "zend_exceptions.h"
#include <uv.h>

bool php_mqs_server_belongs_to_host(const php_mqs_server *server)
{
	return !server->net && (server->host || server->born_pid != uv_os_getpid());
}

void php_mqs_server_broker_called(php_mqs_server *server)
{
	if (server->net) {
		mqs_net_wake(server->net);
	}
	php_mqs_host_wake(server);
	php_mqs_pass_fatal(server);
}

/* False: an exception that names the argument is set. */
static bool check(php_mqs_server *server, const php_mqs_message *given, uint32_t first, uint32_t qos)
{
	mqs_bytes topic = mqs_bytes_make(ZSTR_VAL(given->topic), ZSTR_LEN(given->topic));
	if (!mqs_topic_name_valid(topic, (uint32_t)server->options.broker.max_topic_levels) || !mqs_utf8_valid(topic) ||
	    topic.len > 65535) {
		zend_argument_value_error(first,
		    "must be a topic name: UTF-8, not empty, without wildcards, at most 65535 bytes and " ZEND_LONG_FMT
		    " levels",
		    (zend_long)server->options.broker.max_topic_levels);
		return false;
	}
	if (ZSTR_LEN(given->payload) > MQTT_VARINT_MAX - 65535 - 64) {
		zend_argument_value_error(first + 1, "must fit into an MQTT packet");
		return false;
	}
	if (given->qos < 0 || given->qos > 2) {
		zend_argument_value_error(qos, "must be 0, 1 or 2");
		return false;
	}
	return true;
}

zend_result php_mqs_server_publish(
    php_mqs_server *server, const php_mqs_message *given, uint32_t first, uint32_t qos, uint32_t *receivers)
{
	mqs_buffer props;
	mqs_publish message = {
	    .topic = mqs_bytes_make(ZSTR_VAL(given->topic), ZSTR_LEN(given->topic)),
	    .payload = mqs_bytes_make(ZSTR_VAL(given->payload), ZSTR_LEN(given->payload)),
	    .retain = given->retain,
	    .qos = (uint8_t)given->qos,
	};
	if (!check(server, given, first, qos)) {
		return FAILURE;
	}
	mqs_buffer_init(&props, &php_mqs_alloc, MQTT_VARINT_MAX);
	if ((given->properties &&
	        php_mqs_props_from_array(given->properties, MQTT_PKT_PUBLISH, false, &props) == FAILURE) ||
	    (php_mqs_server_belongs_to_host(server) && php_mqs_host_publish_ready(server) == FAILURE)) {
		mqs_buffer_clear(&props);
		return FAILURE;
	}
	message.props.raw = mqs_buffer_view(&props);
	php_mqs_host_core_enter(server);
	mqs_result result = mqs_broker_publish(server->broker, &message, php_mqs_server_now_ms(server), receivers);
	php_mqs_host_core_leave(server);
	mqs_buffer_clear(&props);
	php_mqs_server_broker_called(server);
	if (result != MQS_OK) {
		zend_throw_exception_ex(
		    php_mqs_exception_ce, 0, "Cannot publish to \"%s\": %s", ZSTR_VAL(given->topic), mqs_result_name(result));
		return FAILURE;
	}
	return SUCCESS;
}

ZEND_METHOD(MqttServer_Server, publish)
{
	php_mqs_message message = {0};
	uint32_t receivers = 0;

	ZEND_PARSE_PARAMETERS_START(2, 5)
	Z_PARAM_STR(message.topic)
	Z_PARAM_STR(message.payload)
	Z_PARAM_OPTIONAL
	Z_PARAM_LONG(message.qos)
	Z_PARAM_BOOL(message.retain)
	Z_PARAM_ARRAY_HT(message.properties)
	ZEND_PARSE_PARAMETERS_END();

	php_mqs_server *server = php_mqs_server_this(ZEND_THIS);
	if (!server || php_mqs_server_publish(server, &message, 1, 3, &receivers) == FAILURE) {
		RETURN_THROWS();
	}
	RETURN_LONG(receivers);
}
