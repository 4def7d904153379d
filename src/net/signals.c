/* SPDX-License-Identifier: MIT
 *
 * src/net/signals.c - SIGTERM and SIGINT as stops, SIGPIPE as nothing, only while the loop runs. libuv leaves the
 * default action behind when it stops watching, so the process' own handling is kept here and put back.
 */
#include "net/net_private.h"

#include <stdlib.h>

static const int numbers[] = {SIGTERM, SIGINT};

#define SIGNAL_COUNT 65 /* of Linux; more than others have */

/* Of the process, not of a thread. */
static uv_once_t once = UV_ONCE_INIT;
static uv_mutex_t lock;
static struct {
	unsigned holders;
	struct sigaction before;
} held[SIGNAL_COUNT];

static void make_lock(void)
{
	if (uv_mutex_init(&lock)) {
		abort();
	}
}

void mqs_net_signal_hold(int number)
{
	if (number <= 0 || number >= SIGNAL_COUNT) {
		return;
	}
	uv_once(&once, make_lock);
	uv_mutex_lock(&lock);
	if (held[number].holders++ == 0) {
		sigaction(number, NULL, &held[number].before);
	}
	uv_mutex_unlock(&lock);
}

void mqs_net_signal_let_go(int number)
{
	if (number <= 0 || number >= SIGNAL_COUNT) {
		return;
	}
	uv_mutex_lock(&lock);
	if (--held[number].holders == 0) {
		sigaction(number, &held[number].before, NULL);
	}
	uv_mutex_unlock(&lock);
}

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
	sigemptyset(&ignore.sa_mask);
	if (sigaction(SIGPIPE, &ignore, &net->saved_pipe)) {
		return UV_EINVAL;
	}
	net->signals_caught = true;
	for (int i = 0; i < 2 && net->options.handle_signals; i++) {
		mqs_net_signal_hold(numbers[i]);
		int code = uv_signal_start(&net->signals[i], on_signal, numbers[i]);
		if (code) {
			mqs_net_signal_let_go(numbers[i]);
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
	sigaction(SIGPIPE, &net->saved_pipe, NULL);
	for (int i = 0; i < 2; i++) {
		if (uv_is_active((uv_handle_t *)&net->signals[i])) {
			uv_signal_stop(&net->signals[i]);
			mqs_net_signal_let_go(numbers[i]);
		}
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
