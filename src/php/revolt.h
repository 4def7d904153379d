/* SPDX-License-Identifier: MIT
 *
 * src/php/revolt.h - Revolt's event loop on the server's: begun and ended by server_run.c. Nothing happens, and nothing
 * is loaded, where Revolt is not installed.
 */
#ifndef PHP_MQS_REVOLT_H
#define PHP_MQS_REVOLT_H

#include "server.h"

/* The server's loop is there and does not run yet: puts RevoltDriver in place and on it, if Revolt is installed and has
 * no driver with something to do. FAILURE: an exception is set. */
zend_result php_mqs_revolt_begin(php_mqs_server *server);

/* The loop is over, and about to close: lets Revolt finish what it was at and live on without the server. Runs PHP
 * code, except after a fatal error. */
void php_mqs_revolt_end(php_mqs_server *server);

/* One turn of Revolt's: what has fired since the last one. */
void php_mqs_revolt_turn(php_mqs_server *server);

/* When there is a revolt_loop: in a fiber of the pool, whose job is over. The next one shall find nothing of it. May
 * leave an exit of the fiber. */
void php_mqs_revolt_job_over(php_mqs_server *server);

#endif
