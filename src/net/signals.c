/* SPDX-License-Identifier: MIT
 *
 * src/net/signals.c - SIGTERM and SIGINT as stops, SIGPIPE as nothing, only while the loop runs. libuv leaves the
 * default action behind when it stops watching, so the process' own handling is kept here and put back.
 */
#include "net/net_private.h"

static const int numbers[] = {SIGTERM, SIGINT, SIGPIPE};

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	mqs_net_stop(handle->loop->data, MQTT_RC_SERVER_SHUTTING_DOWN);
}

int mqs_net_signals_init(mqs_net *net)
{
	for (int i = 0; i < 2; i++) {
		int code = uv_signal_init(&net->loop, &net->signals[i]);
		if (code) {
			return code;
		}
	}
	return 0;
}

int mqs_net_signals_catch(mqs_net *net)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	for (int i = 0; i < 3; i++) {
		if (sigaction(numbers[i], NULL, &net->saved_signals[i])) {
			return UV_EINVAL;
		}
	}
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, NULL);
	net->signals_caught = true;
	for (int i = 0; i < 2 && net->options.handle_signals; i++) {
		int code = uv_signal_start(&net->signals[i], on_signal, numbers[i]);
		if (code) {
			mqs_net_signals_release(net);
			return code;
		}
	}
	return 0;
}

void mqs_net_signals_release(mqs_net *net)
{
	if (!net->signals_caught) {
		return;
	}
	net->signals_caught = false;
	sigaction(SIGPIPE, &net->saved_signals[2], NULL);
	for (int i = 0; i < 2 && net->options.handle_signals; i++) {
		uv_signal_stop(&net->signals[i]);
		sigaction(numbers[i], &net->saved_signals[i], NULL);
	}
}

void mqs_net_signals_close(mqs_net *net)
{
	for (int i = 0; i < 2; i++) {
		if (net->signals[i].loop) {
			uv_close((uv_handle_t *)&net->signals[i], NULL);
		}
	}
}
