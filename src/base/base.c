/* SPDX-License-Identifier: MIT
 *
 * src/base/base.c - names of results and the seeded hash. Owns nothing, keeps no state.
 */
#include "base/base.h"

const char *mqs_result_name(mqs_result result)
{
	static const char *const names[] = {
#define RESULT_TEXT(name, text) [name] = text,
	    MQS_RESULT_MAP(RESULT_TEXT)
#undef RESULT_TEXT
	};
	size_t index = (size_t)result;
	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "unknown result";
}

typedef struct sip_state {
	uint64_t v0, v1, v2, v3;
} sip_state;

static inline uint64_t rotate_left(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void sip_round(sip_state *s)
{
	s->v0 += s->v1;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v0 = rotate_left(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v2 = rotate_left(s->v2, 32);
}

/* One message word, one round: the "1" of SipHash-1-3. */
static inline void sip_absorb(sip_state *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

/* Little endian, whatever the machine; compilers make one load of it. */
static inline uint64_t read_word(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline uint64_t read_half(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

/* The last `count` bytes, fewer than eight, as the low bytes of a word: by loads that overlap, not byte by byte. */
static inline uint64_t read_rest(mqs_bytes bytes, size_t count)
{
	if (count == 0) {
		return 0; /* there may be no bytes at all, and no pointer */
	}
	const uint8_t *end = bytes.ptr + bytes.len;
	if (bytes.len >= 8) {
		return read_word(end - 8) >> (8 * (8 - count));
	}
	if (count >= 4) {
		return read_half(bytes.ptr) | read_half(end - 4) << (8 * (count - 4));
	}
	return (uint64_t)bytes.ptr[0] | (uint64_t)bytes.ptr[count / 2] << (8 * (count / 2)) |
	       (uint64_t)end[-1] << (8 * (count - 1));
}

uint64_t mqs_hash_bytes(const uint64_t seed[2], mqs_bytes bytes)
{
	sip_state s = {
	    seed[0] ^ UINT64_C(0x736f6d6570736575),
	    seed[1] ^ UINT64_C(0x646f72616e646f6d),
	    seed[0] ^ UINT64_C(0x6c7967656e657261),
	    seed[1] ^ UINT64_C(0x7465646279746573),
	};
	size_t whole = bytes.len & ~(size_t)7;
	for (size_t at = 0; at < whole; at += 8) {
		sip_absorb(&s, read_word(bytes.ptr + at));
	}
	uint64_t last = (uint64_t)bytes.len << 56 | read_rest(bytes, bytes.len - whole);
	sip_absorb(&s, last);
	s.v2 ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
