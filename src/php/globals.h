/* SPDX-License-Identifier: MIT
 *
 * src/php/globals.h - what each thread of PHP has of its own.
 */
#ifndef PHP_MQS_GLOBALS_H
#define PHP_MQS_GLOBALS_H

#include "php.h"
#include "base/list.h"

ZEND_BEGIN_MODULE_GLOBALS(mqtt_server)
zend_object *running;           /* [borrowed] the server whose start() runs in this thread, or NULL */
struct php_mqs_server *servers; /* [borrowed] the latest one that was constructed in this thread; see publisher.c */
struct php_mqs_wait *due;       /* waits in coroutines of a host that have ended; see async_host.c */
struct php_mqs_wait *due_last;  /* undefined without a first one */
bool due_soon;                  /* somebody will look at them */
HashTable runs;                 /* number of a coroutine => php_mqs_run; see host_runs.c */
mqs_link runs_due;              /* those that are to be cancelled */
size_t blocks;                  /* live blocks of php_mqs_alloc */
ZEND_END_MODULE_GLOBALS(mqtt_server)

ZEND_EXTERN_MODULE_GLOBALS(mqtt_server)

#define MQS_G(name) ZEND_MODULE_GLOBALS_ACCESSOR(mqtt_server, name)

#if defined(ZTS) && defined(COMPILE_DL_MQTT_SERVER)
ZEND_TSRMLS_CACHE_EXTERN()
#endif

#endif
