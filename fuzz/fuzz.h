/* SPDX-License-Identifier: MIT
 *
 * fuzz/fuzz.h - shared by the fuzz targets: an oracle that aborts, and plain memory.
 */
#ifndef MQS_FUZZ_H
#define MQS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "codec/codec.h"

#define FUZZ_CHECK(cond)                                                                                               \
	do {                                                                                                               \
		if (!(cond)) {                                                                                                 \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                                                 \
			abort();                                                                                                   \
		}                                                                                                              \
	} while (0)

static void *fuzz_resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	return realloc(ptr, size);
}

static void *fuzz_acquire(void *ctx, size_t size)
{
	return fuzz_resize(ctx, NULL, size);
}

static void fuzz_release(void *ctx, void *ptr)
{
	(void)ctx;
	free(ptr);
}

__attribute__((unused)) static const mqs_alloc fuzz_alloc = {NULL, fuzz_acquire, fuzz_resize, fuzz_release};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
