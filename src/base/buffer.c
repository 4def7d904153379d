/* SPDX-License-Identifier: MIT
 *
 * src/base/buffer.c - the bounded byte buffer and the counted block. Owns the memory behind both.
 */
#include "base/buffer.h"

#define FIRST_CAPACITY 64

void mqs_buffer_clear(mqs_buffer *buffer)
{
	mqs_release(buffer->alloc, buffer->ptr);
	buffer->ptr = NULL;
	buffer->len = 0;
	buffer->capacity = 0;
}

mqs_result mqs_buffer_grow(mqs_buffer *buffer, size_t more)
{
	size_t need = buffer->len + more;
	size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
	while (capacity < need && capacity <= SIZE_MAX / 2) {
		capacity *= 2;
	}
	if (capacity < need || capacity > buffer->max) {
		capacity = buffer->max;
	}
	uint8_t *ptr = mqs_resize(buffer->alloc, buffer->ptr, capacity);
	if (!ptr) {
		return MQS_ERR_NOMEM;
	}
	buffer->ptr = ptr;
	buffer->capacity = capacity;
	return MQS_OK;
}

mqs_result mqs_buffer_append(mqs_buffer *buffer, mqs_bytes bytes)
{
	mqs_result result = mqs_buffer_reserve(buffer, bytes.len);
	if (result == MQS_OK && bytes.len > 0) {
		memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
		buffer->len += bytes.len;
	}
	return result;
}

void mqs_buffer_consume(mqs_buffer *buffer, size_t count)
{
	MQS_ASSERT(count <= buffer->len);
	buffer->len -= count;
	if (count > 0 && buffer->len > 0) {
		memmove(buffer->ptr, buffer->ptr + count, buffer->len);
	}
}

mqs_block *mqs_block_create(const mqs_alloc *alloc, size_t len)
{
	if (len > UINT32_MAX || len > SIZE_MAX - sizeof(mqs_block)) {
		return NULL;
	}
	mqs_block *block = mqs_acquire(alloc, sizeof(mqs_block) + len);
	if (block) {
		block->alloc = alloc;
		block->refs = 1;
		block->len = (uint32_t)len;
	}
	return block;
}

void mqs_block_unref(mqs_block *block)
{
	if (!block) {
		return;
	}
	MQS_ASSERT(block->refs > 0);
	if (--block->refs == 0) {
		mqs_release(block->alloc, block);
	}
}
