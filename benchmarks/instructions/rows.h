/* SPDX-License-Identifier: MIT
 *
 * benchmarks/instructions/rows.h - all rows, by file. Each function runs its rows one after the other.
 */
#ifndef MQS_BENCH_ROWS_H
#define MQS_BENCH_ROWS_H

#include "home.h"

void rows_codec(void);
void rows_publish(void);
void rows_routing(void);
void rows_session(void);

#endif
