/* SPDX-License-Identifier: MIT
 *
 * src/php/host_mesh.c - the other workers of a host.
 */
#include "host_private.h"

void php_mqs_host_mesh_join(php_mqs_host *host)
{
	host->mesh_tried = true;
}

void php_mqs_host_mesh_leave(php_mqs_host *host)
{
	(void)host;
}

void php_mqs_host_mesh_abandon(php_mqs_host *host)
{
	(void)host;
}

void php_mqs_host_mesh_io(php_mqs_host *host, int fd, bool readable, bool writable)
{
	(void)host, (void)fd, (void)readable, (void)writable;
}

void php_mqs_host_mesh_await(php_mqs_host *host)
{
	(void)host;
}

void php_mqs_host_mesh_flush(php_mqs_host *host)
{
	(void)host;
}

void php_mqs_host_mesh_tick(php_mqs_host *host, int64_t now_ms)
{
	(void)host, (void)now_ms;
}

int64_t php_mqs_host_mesh_deadline(const php_mqs_host *host, int64_t now_ms)
{
	(void)host, (void)now_ms;
	return INT64_MAX;
}

uint32_t php_mqs_host_disconnect(
    php_mqs_server *server, mqs_bytes client_id, uint8_t reason, mqs_bytes props, bool discard)
{
	(void)server, (void)client_id, (void)reason, (void)props, (void)discard;
	return 0;
}
