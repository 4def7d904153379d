/* SPDX-License-Identifier: MIT
 *
 * src/broker/options.c - defaults and the table of the core's options.
 */
#include "broker/options.h"

void mqs_broker_options_init(mqs_broker_options *options)
{
#define MQS_OPTION_SET(name, standard, min, max, text) options->name = (standard);
	MQS_BROKER_OPTION_MAP(MQS_OPTION_SET)
#undef MQS_OPTION_SET
}

const mqs_option_info mqs_broker_option_table[] = {
#define MQS_OPTION_ROW(name, standard, min, max, text)                                                                 \
	{#name, (standard), (min), (max), offsetof(mqs_broker_options, name), text},
    MQS_BROKER_OPTION_MAP(MQS_OPTION_ROW)
#undef MQS_OPTION_ROW
        {NULL, 0, 0, 0, 0, NULL}};
