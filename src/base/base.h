/* SPDX-License-Identifier: MIT
 *
 * src/base/base.h - what every room stands on: results, byte views, the allocator, assertions.
 * Knows no socket, clock, file, libuv or Zend; needs only <string.h>-level libc.
 */
#ifndef MQS_BASE_H
#define MQS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Results of every function that can fail. 0 is success; names are printable with mqs_result_name(). */
#define MQS_RESULT_MAP(X)                                                                                              \
	X(MQS_OK, "ok")                                                                                                    \
	X(MQS_NEED_MORE, "need more bytes")                                                                                \
	X(MQS_PENDING, "decision pending")                                                                                 \
	X(MQS_NOT_FOUND, "not found")                                                                                      \
	X(MQS_ERR_MALFORMED, "malformed packet")                                                                           \
	X(MQS_ERR_PROTOCOL, "protocol error")                                                                              \
	X(MQS_ERR_LIMIT, "limit exceeded")                                                                                 \
	X(MQS_ERR_NOMEM, "out of memory")                                                                                  \
	X(MQS_ERR_INVALID, "invalid argument")                                                                             \
	X(MQS_ERR_CLOSED, "closed")

typedef enum mqs_result {
#define MQS_RESULT_ENUM(name, text) name,
	MQS_RESULT_MAP(MQS_RESULT_ENUM)
#undef MQS_RESULT_ENUM
} mqs_result;

/* Static text for logs; never NULL. */
const char *mqs_result_name(mqs_result result);

/* MQS_ASSERT states our own invariants only, never anything about peer bytes or PHP arguments.
 * On with -DMQS_DEBUG (unit tests, fuzzing, ASan builds), off in release. */
#ifdef MQS_DEBUG
#define MQS_ASSERT(cond) ((cond) ? (void)0 : __builtin_trap())
#else
#define MQS_ASSERT(cond) ((void)0)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define MQS_LIKELY(x)   __builtin_expect(!!(x), 1)
#define MQS_PREFETCH(p) __builtin_prefetch(p) /* a hint; the address need not be valid */
#define MQS_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define MQS_NOINLINE    __attribute__((noinline)) /* so that the short way past it needs no registers of its own */
#else
#define MQS_LIKELY(x)   (x)
#define MQS_PREFETCH(p) ((void)0)
#define MQS_UNLIKELY(x) (x)
#define MQS_NOINLINE
#endif

/* The struct that holds `member` at `ptr`. */
#define MQS_CONTAINER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/*
 * The allocator a room was given when it was created. May fail: every function returns NULL then.
 *
 * resize(ctx, NULL, n) acquires; release(ctx, NULL) does nothing. Sizes are never 0.
 * Memory is aligned for any object.
 */
typedef struct mqs_alloc {
	void *ctx;
	void *(*acquire)(void *ctx, size_t size);
	void *(*resize)(void *ctx, void *ptr, size_t size);
	void (*release)(void *ctx, void *ptr);
} mqs_alloc;

static inline void *mqs_acquire(const mqs_alloc *alloc, size_t size)
{
	return alloc->acquire(alloc->ctx, size);
}

static inline void *mqs_acquire_zero(const mqs_alloc *alloc, size_t size)
{
	void *ptr = alloc->acquire(alloc->ctx, size);
	if (ptr) {
		memset(ptr, 0, size);
	}
	return ptr;
}

static inline void *mqs_resize(const mqs_alloc *alloc, void *ptr, size_t size)
{
	return alloc->resize(alloc->ctx, ptr, size);
}

static inline void mqs_release(const mqs_alloc *alloc, void *ptr)
{
	if (ptr) {
		alloc->release(alloc->ctx, ptr);
	}
}

/* A view of bytes that somebody else owns. ptr may be NULL only when len is 0. */
typedef struct mqs_bytes {
	const uint8_t *ptr;
	size_t len;
} mqs_bytes;

#define MQS_BYTES_LITERAL(text) ((mqs_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static inline mqs_bytes mqs_bytes_make(const void *ptr, size_t len)
{
	mqs_bytes bytes = {(const uint8_t *)ptr, len};
	return bytes;
}

static inline bool mqs_bytes_equal(mqs_bytes a, mqs_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/*
 * Seeded hash of bytes (SipHash-1-3), safe against a peer who picks the bytes.
 *
 * seed  16 random bytes, as two words
 */
uint64_t mqs_hash_bytes(const uint64_t seed[2], mqs_bytes bytes);

#endif
