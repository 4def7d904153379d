/* SPDX-License-Identifier: MIT
 *
 * src/cluster/member.c - what members of a mesh say to each other: who they are, what their clients subscribe to,
 * messages and their answers, claims of client identifiers. Fills the broker's bus.
 *
 * The first frame of each side is HELLO. Then each tells all its filters, says SYNCED, and goes on with changes. Where
 * two members have connected to each other at the same time, the connection that the lower number made is kept.
 */
#include "cluster/cluster_private.h"

static void malformed(mesh_link *link, const char *what)
{
	char why[160];
	size_t len = strlen(what);
	static const char rest[] = ": given up";
	len = len < sizeof(why) - sizeof(rest) ? len : sizeof(why) - sizeof(rest);
	memcpy(why, what, len);
	memcpy(why + len, rest, sizeof(rest));
	link->mesh->stats.links_malformed++;
	link->abandoned = true;
	mqs_mesh_link_doom(link, MQS_LOG_ERROR, why, false);
}

/* ---- hello --------------------------------------------------------------------------------------------------- */

static void say_hello(mesh_link *link)
{
	mqs_mesh *mesh = link->mesh;
	uint64_t sessions = mqs_broker_get_stats(mesh->broker)->sessions;
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_HELLO};
	frame.hello = (mqs_cluster_hello){.origin = mesh->origin, .id = mesh->id};
	frame.hello.max_frame = (uint32_t)(mesh->max_link_bytes < UINT32_MAX ? mesh->max_link_bytes : UINT32_MAX);
	frame.hello.sessions = (uint32_t)(sessions < UINT32_MAX ? sessions : UINT32_MAX);
	link->sessions_told = frame.hello.sessions;
	mqs_mesh_link_say(link, &frame);
}

void mqs_mesh_member_greet(mesh_link *link)
{
	say_hello(link);
}

static void say_claim(mesh_link *link, mqs_bytes client_id, int64_t accepted_ms)
{
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_CLAIM};
	frame.claim = (mqs_cluster_claim){accepted_ms, link->mesh->origin, client_id};
	if (mqs_mesh_link_say(link, &frame)) {
		link->mesh->stats.claims_out++;
	}
}

/* A client may have come to both while they did not know each other. It is enough that one side, that with fewer
 * sessions, tells whose it has: the other answers where its own is the later one. */
static void say_claims(mesh_link *link)
{
	void *cursor = NULL;
	mqs_client_info client;
	while (!link->doomed && mqs_broker_next_client(link->mesh->broker, &cursor, &client)) {
		say_claim(link, client.client_id, client.accepted_ms);
	}
}

/* All that the other has to know before changes make sense. It does not count against max_link_bytes: the broker has it
 * in memory anyway. */
static void say_snapshot(mesh_link *link, bool claims)
{
	mqs_filter_walk walk = {0};
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_FILTER};
	while (!link->doomed &&
	       mqs_broker_next_filter(link->mesh->broker, &walk, &frame.filter.filter, &frame.filter.members)) {
		mqs_mesh_link_say(link, &frame);
		link->snapshot = link->out.len - link->sent;
	}
	if (claims) {
		say_claims(link);
	}
	frame.type = MQS_CLUSTER_SYNCED;
	mqs_mesh_link_say(link, &frame);
	link->snapshot = link->out.len - link->sent;
}

/* Is there another connection to the same member, and is it better than this one? */
static bool has_better(mesh_link *link, uint64_t origin)
{
	mqs_mesh *mesh = link->mesh;
	mesh_link *other = mqs_mesh_find(mesh, origin, link);
	if (!other) {
		return false;
	}
	bool ours_wins = mesh->origin < origin;
	if (other->initiator != link->initiator && other->initiator == ours_wins) {
		mqs_mesh_link_doom(link, MQS_LOG_DEBUG, NULL, false);
		return true;
	}
	/* The lower number made this one, or the other end has connected anew: to it the older one is gone. */
	mqs_mesh_link_doom(other, MQS_LOG_DEBUG, NULL, false);
	return false;
}

static void hear_hello(mesh_link *link, const mqs_cluster_hello *hello)
{
	mqs_mesh *mesh = link->mesh;
	if (link->state == MESH_MEMBER || hello->origin == mesh->origin ||
	    (link->initiator && link->origin != hello->origin)) {
		malformed(link, "HELLO of somebody else, or twice");
		return;
	}
	link->id = hello->id;
	if (has_better(link, hello->origin)) {
		return;
	}
	link->origin = hello->origin;
	link->max_frame = hello->max_frame;
	mqs_result result = mqs_peer_open(mesh->broker, link, &link->peer);
	if (result != MQS_OK) {
		link->peer = NULL;
		mqs_mesh_link_doom(link, MQS_LOG_ERROR,
		    result == MQS_ERR_LIMIT ? "too many members: refused" : "no memory for it: refused", false);
		return;
	}
	if (!link->initiator) {
		say_hello(link);
	}
	link->state = MESH_MEMBER;
	uint32_t own = link->sessions_told;
	say_snapshot(link, own < hello->sessions || (own == hello->sessions && mesh->origin < hello->origin));
	mqs_mesh_log(mesh, MQS_LOG_DEBUG, "member %lld: joined", (long long)link->id);
}

/* ---- hearing ------------------------------------------------------------------------------------------------- */

static void hear_message(mesh_link *link, const mqs_cluster_message *message)
{
	mqs_mesh *mesh = link->mesh;
	mqs_publish publish = {.retain = message->retain, .qos = message->qos};
	publish.topic = message->topic;
	publish.payload = message->payload;
	publish.props.raw = message->props;
	mesh->stats.messages_in++;
	uint8_t reason = mqs_peer_deliver(link->peer, message->group, &publish, mesh->now_ms);
	if (!message->wants_answer) {
		return;
	}
	if (link->received > link->answered && link->answer != reason) {
		mqs_mesh_member_answer(link);
	}
	link->received++;
	link->answer = reason;
}

void mqs_mesh_member_answer(mesh_link *link)
{
	if (link->received > link->answered) {
		mqs_cluster_frame frame = {.type = MQS_CLUSTER_ANSWER};
		frame.answer = (mqs_cluster_answer){link->received, link->answer};
		link->answered = link->received;
		mqs_mesh_link_say(link, &frame);
	}
}

static void hear_claim(mesh_link *link, const mqs_cluster_claim *claim)
{
	mqs_mesh *mesh = link->mesh;
	mqs_client_info own;
	mesh->stats.claims_in++;
	mqs_broker_claimed(mesh->broker, claim->client_id, claim->accepted_ms, claim->origin, mesh->now_ms);
	/* Ours is the later one: the other may not have heard of it, when it came before the two knew each other. */
	if (mqs_broker_client(mesh->broker, claim->client_id, &own) &&
	    (own.accepted_ms > claim->accepted_ms ||
	        (own.accepted_ms == claim->accepted_ms && mesh->origin > claim->origin))) {
		say_claim(link, own.client_id, own.accepted_ms);
	}
}

static void hear_member(mesh_link *link, const mqs_cluster_frame *frame)
{
	mqs_mesh *mesh = link->mesh;
	switch (frame->type) {
		case MQS_CLUSTER_FILTER: {
			mqs_result result = mqs_peer_subscribe(link->peer, frame->filter.filter, frame->filter.members);
			if (result == MQS_ERR_INVALID) {
				malformed(link, "a filter that is not valid here");
			} else if (result != MQS_OK) {
				link->abandoned = true;
				mqs_mesh_link_doom(link, MQS_LOG_ERROR, "no memory for its subscriptions: given up", true);
			}
			return;
		}
		case MQS_CLUSTER_SYNCED: link->synced = true; return;
		case MQS_CLUSTER_MESSAGE: hear_message(link, &frame->message); return;
		case MQS_CLUSTER_ANSWER:
			if (!mqs_mesh_link_answered(link, frame->answer.upto, frame->answer.reason)) {
				malformed(link, "an answer to a message that was never told");
			}
			return;
		case MQS_CLUSTER_CLAIM: hear_claim(link, &frame->claim); return;
		case MQS_CLUSTER_DISCONNECT: {
			const mqs_cluster_disconnect *d = &frame->disconnect;
			mqs_broker_disconnect(mesh->broker, d->client_id, d->reason, d->props, d->discard, mesh->now_ms);
			return;
		}
		case MQS_CLUSTER_BYE: mqs_mesh_link_doom(link, MQS_LOG_DEBUG, "left", false); return;
		default: return; /* PING: that something was heard is all */
	}
}

void mqs_mesh_member_hear(mesh_link *link, mqs_bytes bytes)
{
	mqs_cluster_frame frame;
	const char *what = "";
	if (mqs_cluster_frame_decode(bytes, &frame, &what) != MQS_OK) {
		malformed(link, what);
	} else if (frame.type == MQS_CLUSTER_HELLO) {
		hear_hello(link, &frame.hello);
	} else if (link->state == MESH_MEMBER) {
		hear_member(link, &frame);
	} else {
		malformed(link, "speaks before HELLO");
	}
}

/* ---- the bus ------------------------------------------------------------------------------------------------- */

static bool bus_deliver(void *ctx, void *peer_user, const mqs_bus_message *message)
{
	mqs_mesh *mesh = ctx;
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_MESSAGE};
	frame.message = (mqs_cluster_message){.wants_answer = message->receipt != 0, .retain = message->retain};
	frame.message.qos = message->qos;
	frame.message.topic = message->topic;
	frame.message.group = message->group;
	frame.message.props = message->props;
	frame.message.payload = message->payload;
	bool said = mqs_mesh_link_say_message(peer_user, &frame, message->receipt);
	*(said ? &mesh->stats.messages_out : &mesh->stats.messages_refused) += 1;
	return said;
}

/* The next link after `at` that has been told the filters; NULL as `at` starts. Saying something may doom the link, so
 * the one after it is found before. */
static mesh_link *next_member(mqs_mesh *mesh, const mqs_link *at)
{
	for (const mqs_link *next = at->next; next != &mesh->links; next = next->next) {
		mesh_link *link = MQS_CONTAINER(next, mesh_link, link);
		if (link->state == MESH_MEMBER) {
			return link;
		}
	}
	return NULL;
}

void mqs_mesh_member_say_all(mqs_mesh *mesh, const mqs_cluster_frame *frame)
{
	mesh_link *link = next_member(mesh, &mesh->links);
	while (link) {
		mesh_link *next = next_member(mesh, &link->link);
		mqs_mesh_link_say(link, frame);
		link = next;
	}
}

static void bus_filter_changed(void *ctx, mqs_bytes filter, uint32_t members)
{
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_FILTER};
	frame.filter = (mqs_cluster_filter){members, filter};
	mqs_mesh_member_say_all(ctx, &frame);
}

static void bus_claim(void *ctx, mqs_bytes client_id, int64_t accepted_ms)
{
	mqs_mesh *mesh = ctx;
	mqs_cluster_frame frame = {.type = MQS_CLUSTER_CLAIM};
	frame.claim = (mqs_cluster_claim){accepted_ms, mesh->origin, client_id};
	mqs_mesh_member_say_all(mesh, &frame);
	mesh->stats.claims_out++;
}

void mqs_mesh_member_bus(mqs_mesh *mesh, mqs_bus *out)
{
	*out = (mqs_bus){mesh, mesh->origin, bus_deliver, bus_filter_changed, bus_claim};
}
