/* SPDX-License-Identifier: MIT
 *
 * tests/unit/base/base_test.c - results, hash of bytes, buffer, block.
 */
#include "base/buffer.h"
#include "harness.h"

static void result_names(void)
{
	CHECK(strcmp(mqs_result_name(MQS_OK), "ok") == 0);
	CHECK(strcmp(mqs_result_name(MQS_ERR_CLOSED), "closed") == 0);
	CHECK(strcmp(mqs_result_name((mqs_result)(MQS_ERR_CLOSED + 1)), "unknown result") == 0);
	CHECK(strcmp(mqs_result_name((mqs_result)999), "unknown result") == 0);
}

/* A second SipHash-1-3, written the slow way from its description, to compare with. */
static uint64_t slow_hash(const uint64_t seed[2], const uint8_t *in, size_t len)
{
	uint64_t v[4] = {seed[0] ^ UINT64_C(0x736f6d6570736575), seed[1] ^ UINT64_C(0x646f72616e646f6d),
	    seed[0] ^ UINT64_C(0x6c7967656e657261), seed[1] ^ UINT64_C(0x7465646279746573)};
#define ROTATE(x, b) ((x) = (x) << (b) | (x) >> (64 - (b)))
#define ROUND()                                                                                                        \
	do {                                                                                                               \
		v[0] += v[1], ROTATE(v[1], 13), v[1] ^= v[0], ROTATE(v[0], 32);                                                \
		v[2] += v[3], ROTATE(v[3], 16), v[3] ^= v[2];                                                                  \
		v[0] += v[3], ROTATE(v[3], 21), v[3] ^= v[0];                                                                  \
		v[2] += v[1], ROTATE(v[1], 17), v[1] ^= v[2], ROTATE(v[2], 32);                                                \
	} while (0)
	for (size_t word = 0; word <= len / 8; word++) {
		uint64_t m = 0;
		for (size_t b = 0; b < 8 && word * 8 + b < len; b++) {
			m |= (uint64_t)in[word * 8 + b] << 8 * b;
		}
		m |= word == len / 8 ? (uint64_t)len << 56 : 0;
		v[3] ^= m;
		ROUND();
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	ROUND();
	ROUND();
	ROUND();
	return v[0] ^ v[1] ^ v[2] ^ v[3];
#undef ROUND
#undef ROTATE
}

static void hash_of_bytes(void)
{
	/* Key 00..0f and input 00..0e, as in the paper's example; 1-3 has this value. */
	const uint64_t seed[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t in[64];
	for (size_t i = 0; i < sizeof(in); i++) {
		in[i] = (uint8_t)i;
	}
	CHECK(mqs_hash_bytes(seed, mqs_bytes_make(NULL, 0)) == UINT64_C(0xabac0158050fc4dc));
	CHECK(mqs_hash_bytes(seed, mqs_bytes_make(in, 1)) == UINT64_C(0xc9f49bf37d57ca93));
	for (size_t len = 0; len <= sizeof(in); len++) {
		CHECK(mqs_hash_bytes(seed, mqs_bytes_make(in, len)) == slow_hash(seed, in, len));
	}
	const uint64_t other[2] = {seed[0], seed[1] + 1};
	CHECK(mqs_hash_bytes(seed, mqs_bytes_make(in, 9)) != mqs_hash_bytes(other, mqs_bytes_make(in, 9)));
}

static void buffer_grows_to_its_limit(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_buffer buffer;
	mqs_buffer_init(&buffer, &test.alloc, 1000);
	uint8_t byte = 0;
	for (int i = 0; i < 1000; i++, byte++) {
		CHECK_EQ(mqs_buffer_append(&buffer, mqs_bytes_make(&byte, 1)), MQS_OK);
	}
	CHECK(buffer.capacity <= 1000);
	CHECK_EQ(mqs_buffer_append(&buffer, mqs_bytes_make(&byte, 1)), MQS_ERR_LIMIT);
	CHECK_EQ(mqs_buffer_reserve(&buffer, SIZE_MAX), MQS_ERR_LIMIT);
	CHECK_EQ(mqs_buffer_append(&buffer, mqs_bytes_make(NULL, 0)), MQS_OK);
	CHECK_EQ(buffer.len, 1000);
	for (size_t i = 0; i < buffer.len; i++) {
		CHECK_EQ(buffer.ptr[i], i & 255);
	}
	mqs_buffer_consume(&buffer, 300);
	CHECK_EQ(buffer.len, 700);
	CHECK_EQ(buffer.ptr[0], 300 & 255);
	CHECK_EQ(mqs_buffer_reserve(&buffer, 300), MQS_OK);
	CHECK_EQ(mqs_buffer_reserve(&buffer, 301), MQS_ERR_LIMIT);
	CHECK(mqs_buffer_view(&buffer).ptr == buffer.ptr);
	mqs_buffer_consume(&buffer, 0);
	mqs_buffer_consume(&buffer, 700);
	CHECK_EQ(buffer.len, 0);
	mqs_buffer_clear(&buffer);
	CHECK_EQ(test.live, 0);
	CHECK_EQ(mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("again")), MQS_OK);
	CHECK(mqs_bytes_equal(mqs_buffer_view(&buffer), MQS_BYTES_LITERAL("again")));
	mqs_buffer_clear(&buffer);
	mqs_buffer_clear(&buffer);
	CHECK_EQ(test.live, 0);
}

static void buffer_of_small_and_no_limit(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_buffer buffer;
	mqs_buffer_init(&buffer, &test.alloc, 3);
	CHECK_EQ(mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("abcd")), MQS_ERR_LIMIT);
	CHECK_EQ(mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("abc")), MQS_OK);
	CHECK_EQ(buffer.capacity, 3);
	mqs_buffer_clear(&buffer);
	mqs_buffer_init(&buffer, &test.alloc, SIZE_MAX);
	CHECK_EQ(mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("abcd")), MQS_OK);
	CHECK_EQ(mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("efgh")), MQS_OK);
	CHECK(mqs_bytes_equal(mqs_buffer_view(&buffer), MQS_BYTES_LITERAL("abcdefgh")));
	mqs_buffer_clear(&buffer);
	mqs_buffer_init(&buffer, &test.alloc, 0);
	CHECK_EQ(mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("a")), MQS_ERR_LIMIT);
	CHECK_EQ(test.live, 0);
}

static void buffer_keeps_its_bytes_without_memory(void)
{
	for (long n = 1; n <= 6; n++) {
		test_alloc test;
		test_alloc_init(&test, n);
		mqs_buffer buffer;
		mqs_buffer_init(&buffer, &test.alloc, 100000);
		int refused = 0;
		size_t good = 0;
		for (int i = 0; i < 2000; i++) {
			mqs_result result = mqs_buffer_append(&buffer, MQS_BYTES_LITERAL("x"));
			CHECK(result == MQS_OK || result == MQS_ERR_NOMEM);
			refused += result == MQS_ERR_NOMEM;
			good += result == MQS_OK;
			CHECK_EQ(buffer.len, good);
		}
		CHECK_EQ(refused, 1);
		mqs_buffer_clear(&buffer);
		CHECK_EQ(test.live, 0);
	}
}

static void block_is_counted(void)
{
	test_alloc test;
	test_alloc_init(&test, 0);
	mqs_block *block = mqs_block_create(&test.alloc, 5);
	if (!CHECK(block != NULL)) {
		return;
	}
	memcpy(block->data, "hello", 5);
	CHECK(mqs_block_ref(block) == block);
	CHECK_EQ(block->refs, 2);
	mqs_block_unref(block);
	CHECK_EQ(test.live, 1);
	CHECK(mqs_bytes_equal(mqs_block_view(block), MQS_BYTES_LITERAL("hello")));
	mqs_block_unref(block);
	CHECK_EQ(test.live, 0);
	mqs_block_unref(NULL);
	block = mqs_block_create(&test.alloc, 0);
	CHECK(block && mqs_block_view(block).len == 0);
	mqs_block_unref(block);
	CHECK(mqs_block_create(&test.alloc, SIZE_MAX) == NULL);
	test_alloc_init(&test, 1);
	CHECK(mqs_block_create(&test.alloc, 5) == NULL);
	CHECK_EQ(test.live, 0);
}

TEST_MAIN(TEST_ENTRY(result_names), TEST_ENTRY(hash_of_bytes), TEST_ENTRY(buffer_grows_to_its_limit),
    TEST_ENTRY(buffer_of_small_and_no_limit), TEST_ENTRY(buffer_keeps_its_bytes_without_memory),
    TEST_ENTRY(block_is_counted))
