/* SPDX-License-Identifier: MIT
 *
 * src/broker/peer.c - other workers of the same server: what their clients subscribe to, and messages to and from them.
 * Owns: the peers. Does not own: the links to them, which are the bus's.
 */
#include "broker/broker_private.h"

struct mqs_peer {
	mqs_broker *broker;
	void *user;
};

mqs_result mqs_broker_set_bus(mqs_broker *broker, const mqs_bus *bus)
{
	static const mqs_bus none;
	broker->ports.bus = bus ? *bus : none;
	return MQS_OK;
}

mqs_result mqs_peer_open(mqs_broker *broker, void *user, mqs_peer **out)
{
	mqs_peer *peer = (mqs_peer *)mqs_acquire_zero(broker->alloc, sizeof(*peer));
	if (!peer) {
		return MQS_ERR_NOMEM;
	}
	peer->broker = broker;
	peer->user = user;
	*out = peer;
	return MQS_OK;
}

void mqs_peer_close(mqs_peer *peer, int64_t now_ms)
{
	(void)now_ms;
	mqs_release(peer->broker->alloc, peer);
}

void *mqs_peer_user(const mqs_peer *peer)
{
	return peer->user;
}

mqs_result mqs_peer_subscribe(mqs_peer *peer, mqs_bytes filter, uint32_t members)
{
	(void)members;
	return mqs_topic_filter_valid(filter, peer->broker->limits.max_topic_levels) ? MQS_OK : MQS_ERR_INVALID;
}

uint8_t mqs_peer_deliver(mqs_peer *peer, mqs_bytes group, const mqs_publish *publish, int64_t now_ms)
{
	(void)peer, (void)group, (void)publish, (void)now_ms;
	return MQTT_RC_NO_MATCHING_SUBSCRIBERS;
}

void mqs_peer_answer(mqs_peer *peer, uint64_t receipt, uint8_t reason, int64_t now_ms)
{
	(void)peer, (void)receipt, (void)reason, (void)now_ms;
}

void mqs_broker_claimed(mqs_broker *broker, mqs_bytes client_id, int64_t connected_ms, uint64_t origin, int64_t now_ms)
{
	(void)broker, (void)client_id, (void)connected_ms, (void)origin, (void)now_ms;
}

bool mqs_broker_next_filter(mqs_broker *broker, mqs_filter_walk *walk, mqs_bytes *filter, uint32_t *members)
{
	(void)broker, (void)walk, (void)filter, (void)members;
	return false;
}
