/* SPDX-License-Identifier: MIT
 *
 * src/php/php_mqs_version.h - the version, in this one place.
 */
#ifndef PHP_MQS_VERSION_H
#define PHP_MQS_VERSION_H

#define PHP_MQTT_SERVER_VERSION "0.1.0"

#endif
