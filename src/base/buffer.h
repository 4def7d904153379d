/* SPDX-License-Identifier: MIT
 *
 * src/base/buffer.h - a growable byte buffer that cannot be made without a maximum, and a reference-counted block.
 */
#ifndef MQS_BASE_BUFFER_H
#define MQS_BASE_BUFFER_H

#include "base/base.h"

/* Growable bytes. Owns `ptr`. Zero-initialised is not enough: use mqs_buffer_init(). */
typedef struct mqs_buffer {
	const mqs_alloc *alloc; /* [borrowed] outlives the buffer */
	uint8_t *ptr;
	size_t len;
	size_t capacity;
	size_t max; /* len never gets above this */
} mqs_buffer;

static inline void mqs_buffer_init(mqs_buffer *buffer, const mqs_alloc *alloc, size_t max)
{
	*buffer = (mqs_buffer){alloc, NULL, 0, 0, max};
}

/* Frees the memory; the buffer is empty and usable again. */
void mqs_buffer_clear(mqs_buffer *buffer);

/* The part of mqs_buffer_reserve() that needs memory: `more` is within the maximum and above the capacity. */
mqs_result mqs_buffer_grow(mqs_buffer *buffer, size_t more);

/* Makes room for `more` bytes behind len. MQS_ERR_LIMIT when len + more > max, MQS_ERR_NOMEM; unchanged then. */
static inline mqs_result mqs_buffer_reserve(mqs_buffer *buffer, size_t more)
{
	MQS_ASSERT(buffer->len <= buffer->capacity && buffer->len <= buffer->max);
	if (more > buffer->max - buffer->len) {
		return MQS_ERR_LIMIT;
	}
	return more <= buffer->capacity - buffer->len ? MQS_OK : mqs_buffer_grow(buffer, more);
}

/* Appends a copy; all or nothing. Same results as mqs_buffer_reserve(). `bytes` must not lie in the buffer. */
mqs_result mqs_buffer_append(mqs_buffer *buffer, mqs_bytes bytes);

/* Removes `count` bytes (<= len) from the front, keeping the capacity. */
void mqs_buffer_consume(mqs_buffer *buffer, size_t count);

static inline mqs_bytes mqs_buffer_view(const mqs_buffer *buffer)
{
	return mqs_bytes_make(buffer->ptr, buffer->len);
}

/* Immutable bytes shared by several owners, counted, not thread-safe. Freed with the last reference. */
typedef struct mqs_block {
	const mqs_alloc *alloc; /* [borrowed] */
	uint32_t refs;
	uint32_t len;
	uint8_t data[];
} mqs_block;

/* [owned] A block of `len` bytes with one reference, contents not set; NULL when out of memory. */
mqs_block *mqs_block_create(const mqs_alloc *alloc, size_t len);

static inline mqs_block *mqs_block_ref(mqs_block *block)
{
	block->refs++;
	return block;
}

/* NULL is allowed. */
void mqs_block_unref(mqs_block *block);

static inline mqs_bytes mqs_block_view(const mqs_block *block)
{
	return mqs_bytes_make(block->data, block->len);
}

#endif
