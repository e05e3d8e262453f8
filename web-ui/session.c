#include "web-ui/session.h"

#include <stdlib.h>
#include <string.h>

#include "node/metrics.h"

#define PACE_MIN_MS 4
#define PACE_MAX_MS 50
#define FRAME_HEAD_BYTES 256

enum phase {
	PHASE_OFF,
	PHASE_TABLE, /* a snapshot is on its way: the walk goes through the noun's rows */
	PHASE_KEYS,  /* the rows in `pending` are on their way */
	PHASE_LIVE
};

/* What the client follows of one noun. */
struct subscription {
	enum phase phase;
	bool keyed; /* only the rows in `keys` */
	bool begun; /* the first piece has left */
	bool reset; /* the first piece says that it replaces what the client has */
	bool again; /* too much changed behind the walk: after it comes another one */
	char answer[BR_RPC_ID_BYTES_MAX + 1]; /* request that the first piece answers, or "" */
	uint64_t sequence;		      /* the snapshot is true up to here */
	struct br_web_walk walk;
	struct br_keymap keys, pending, dirty;
};

/* A command that waits for its answer. */
struct pending {
	uint64_t request; /* 0 = free */
	char id[BR_RPC_ID_BYTES_MAX + 1];
};

struct br_session {
	struct br_session_host host;
	uint64_t number, request_last;
	const char *actor;
	struct subscription subscriptions[BR_WEB_NOUN_N];
	unsigned noun_next; /* whose turn it is to be written */
	struct pending pendings[BR_WEB_PENDING_MAX];
	struct br_text replies[BR_WEB_REPLIES_MAX]; /* a ring */
	unsigned reply_first, reply_n;
	size_t reply_bytes;
	bool flooded; /* more replies than may wait */
	int64_t pushed_ms, pace_ms, blocked_ms;
};

/*
 * The maps take their memory when the first key comes, so a client that follows little costs
 * little.
 */
int br_session_create(const struct br_session_host *host, uint64_t number, const char *actor,
	struct br_session **ret_session)
{
	struct br_session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return BR_E_MEMORY;
	br_assert(number > 0);
	session->host = *host;
	session->number = number;
	session->actor = actor;
	session->pushed_ms = INT64_MIN / 2;
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		br_keymap_init(&session->subscriptions[i].keys, BR_WEB_KEYS_MAX);
		br_keymap_init(&session->subscriptions[i].pending, BR_WEB_DIRTY_MAX);
		br_keymap_init(&session->subscriptions[i].dirty, BR_WEB_DIRTY_MAX);
	}
	*ret_session = session;
	return 0;
}

void br_session_destroy(struct br_session *session)
{
	if (session == NULL)
		return;
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		br_keymap_finish(&session->subscriptions[i].keys);
		br_keymap_finish(&session->subscriptions[i].pending);
		br_keymap_finish(&session->subscriptions[i].dirty);
	}
	for (unsigned i = 0; i < BR_WEB_REPLIES_MAX; i++)
		br_text_finish(&session->replies[i]);
	free(session);
}

uint64_t br_session_number(const struct br_session *session)
{
	br_assert(session->number > 0);
	return session->number;
}

const char *br_session_actor(const struct br_session *session)
{
	br_assert(session->actor != NULL);
	return session->actor;
}

/*
 * A place for the reply to request `id`. NULL when none is wanted (an empty id: a notification gets
 * no reply), or too many wait, which lets the client go.
 */
static struct br_text *reply_begin(struct br_session *session, const char *id)
{
	unsigned at = (session->reply_first + session->reply_n) % BR_WEB_REPLIES_MAX;
	struct br_text *reply = &session->replies[at];

	br_assert(session->reply_n <= BR_WEB_REPLIES_MAX);
	if (id[0] == '\0')
		return NULL;
	if (session->reply_n == BR_WEB_REPLIES_MAX ||
		session->reply_bytes > BR_WEB_REPLY_BYTES_MAX) {
		session->flooded = true;
		return NULL;
	}
	br_text_finish(reply);
	br_text_init(reply, BR_WEB_ANSWER_BYTES_MAX);
	return reply;
}

/* Queues what was written; a reply that could not be written whole becomes an error. */
static void reply_end(struct br_session *session, struct br_text *reply, const char *id)
{
	int error = br_text_error(reply);

	br_assert(session->reply_n < BR_WEB_REPLIES_MAX);
	br_assert(id[0] != '\0');
	if (error < 0) {
		br_text_clear(reply);
		br_rpc_write_error(reply, id, BR_RPC_INTERNAL, "too_large", br_error_text(error));
	}
	session->reply_n++;
	session->reply_bytes += reply->n;
}

static void error_reply(struct br_session *session, const char *id, int code, const char *code_word,
	const char *message)
{
	struct br_text *reply = reply_begin(session, id);

	br_assert(code < 0 && message != NULL);
	if (code != BR_RPC_NOT_FOUND && code != BR_RPC_INTERNAL)
		br_metric_add(BR_METRIC_WEB_REFUSED, 1);
	if (reply == NULL)
		return;
	br_rpc_write_error(reply, id, code, code_word, message);
	reply_end(session, reply, id);
}

/* What was asked for has been done, and there is nothing to say about it. */
static void empty_reply(struct br_session *session, const char *id)
{
	struct br_text *reply = reply_begin(session, id);

	br_assert(session->number > 0);
	if (reply == NULL)
		return;
	br_rpc_write_result(reply, id, BR_STR("{}"));
	reply_end(session, reply, id);
}

/* The numbers of JSON-RPC are few: the stable word beside them says what it was. */
static void refusal_reply(
	struct br_session *session, const char *id, const struct br_web_refusal *refusal)
{
	int code = refusal->status == 404   ? BR_RPC_NOT_FOUND
		   : refusal->status == 400 ? BR_RPC_PARAMS
					    : BR_RPC_INTERNAL;

	br_assert(refusal->status >= 400);
	error_reply(session, id, code, refusal->code, refusal->fault.text);
}

static void hello_take(struct br_session *session, const struct br_rpc_request *request)
{
	struct br_text *reply = reply_begin(session, request->id);
	struct br_json_out out;

	br_assert(session->host.hello != NULL);
	if (reply == NULL)
		return;
	br_rpc_open_result(reply, request->id);
	br_json_out_begin(&out, reply);
	session->host.hello(session->host.context, &out);
	br_text_putc(reply, '}');
	reply_end(session, reply, request->id);
}

/* The answer is written straight into its place in the ring, after its head. */
static void query_take(struct br_session *session, const struct br_rpc_request *request,
	const struct br_web_query *query)
{
	struct br_web_refusal refusal = {.status = 500};
	struct br_web_args args;
	struct br_text *reply;
	int result = br_web_args_from_json(query, request->params, &args, &refusal);

	br_assert(query->run != NULL);
	if (result < 0) {
		refusal_reply(session, request->id, &refusal);
		return;
	}
	reply = reply_begin(session, request->id);
	if (reply == NULL)
		return;
	br_rpc_open_result(reply, request->id);
	result = session->host.query(session->host.context, query, &args, reply, &refusal);
	if (result < 0) {
		/* The place is still free: the refusal takes it. */
		refusal_reply(session, request->id, &refusal);
		return;
	}
	br_text_putc(reply, '}');
	reply_end(session, reply, request->id);
}

/* Request 0 is a free place. */
static struct pending *pending_find(struct br_session *session, uint64_t request)
{
	br_assert(session->number > 0);
	for (unsigned i = 0; i < BR_WEB_PENDING_MAX; i++)
		if (session->pendings[i].request == request)
			return &session->pendings[i];
	return NULL;
}

static void answer_reply(struct br_session *session, const char *id, const struct br_answer *answer,
	struct br_str command)
{
	struct br_text *reply = reply_begin(session, id);
	struct br_json_out out;

	br_assert(answer->outcome <= BR_OUTCOME_BUSY);
	if (reply == NULL)
		return;
	br_rpc_open_result(reply, id);
	br_json_out_begin(&out, reply);
	br_answer_to_json(answer, command, &out, NULL);
	br_text_putc(reply, '}');
	reply_end(session, reply, id);
}

/* Nothing was decided: the sender may send the same again. */
static void busy_reply(
	struct br_session *session, const struct br_rpc_request *request, struct br_str id)
{
	struct br_answer answer;

	br_assert(id.n <= BR_ID_BYTES_MAX);
	br_answer_refuse(&answer, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
		"too many commands are under way, nothing was decided: send it again");
	answer_reply(session, request->id, &answer, id);
}

/* The place is taken before the command leaves, because its answer may be there at once. */
static void command_take(struct br_session *session, const struct br_rpc_request *request)
{
	struct pending *pending = pending_find(session, 0);
	char command[BR_ID_BYTES_MAX + 1] = "";
	struct br_str id;

	br_assert(session->number > 0);
	if (request->params == NULL) {
		error_reply(session, request->id, BR_RPC_PARAMS, "malformed",
			"params: is missing, it is the command {id, type, data, happened?}");
		return;
	}
	/* The command leaves for good, its id is needed behind it. */
	if (br_json_string(br_json_member(request->params, "id"), &id) &&
		!br_str_copy(id, command, sizeof(command)))
		command[0] = '\0';
	if (pending == NULL) {
		busy_reply(session, request, br_str_from(command));
		return;
	}
	pending->request = ++session->request_last;
	memcpy(pending->id, request->id, sizeof(pending->id));
	if (session->host.command(session->host.context, session,
		    br_json_take(request->root, request->params), pending->request) == 0)
		return;
	pending->request = 0;
	busy_reply(session, request, br_str_from(command));
}

void br_session_answer(struct br_session *session, uint64_t request, const struct br_answer *answer,
	struct br_str command)
{
	struct pending *pending = pending_find(session, request);

	br_assert(request > 0);
	if (pending == NULL)
		return;
	pending->request = 0;
	answer_reply(session, pending->id, answer, command);
}

/* Begins to send a whole snapshot; of a keyed one, the rows of its keys. */
static void snapshot_begin(struct br_session *session, struct subscription *subscription)
{
	struct br_str key;
	uint32_t cursor = 0;
	uint64_t value;

	br_assert(session->host.sequence != NULL);
	subscription->begun = subscription->again = false;
	subscription->reset = true;
	subscription->sequence = session->host.sequence(session->host.context);
	subscription->walk = (struct br_web_walk){.n = 0};
	br_keymap_clear(&subscription->dirty);
	br_keymap_clear(&subscription->pending);
	subscription->phase = subscription->keyed ? PHASE_KEYS : PHASE_TABLE;
	if (!subscription->keyed)
		return;
	/* The keys are fewer than what may be pending; without memory the rows come as changes. */
	while (br_keymap_next(&subscription->keys, &cursor, &key, &value))
		if (br_keymap_put(&subscription->pending, key, 0) < 0)
			break;
}

/* Begins to send what changed after `after`; false when only a snapshot will do. */
static bool resume_begin(struct br_session *session, enum br_web_noun noun, uint64_t after)
{
	struct subscription *subscription = &session->subscriptions[noun];

	br_assert(noun < BR_WEB_NOUN_N);
	subscription->sequence = session->host.sequence(session->host.context);
	if (subscription->keyed || after > subscription->sequence)
		return false;
	br_keymap_clear(&subscription->dirty);
	br_keymap_clear(&subscription->pending);
	if (session->host.changes(session->host.context, noun, after, &subscription->pending) < 0)
		return false;
	subscription->begun = false;
	subscription->reset = false;
	subscription->phase = PHASE_KEYS;
	return true;
}

/* A subscription that ends before its answer has left is answered all the same. */
static void subscription_end(struct br_session *session, struct subscription *subscription)
{
	br_assert(subscription->phase <= PHASE_LIVE);
	if (subscription->phase != PHASE_OFF && subscription->answer[0] != '\0')
		error_reply(session, subscription->answer, BR_RPC_REQUEST, "replaced",
			"a later subscribe or unsubscribe of the noun took its place");
	subscription->answer[0] = '\0';
	subscription->phase = PHASE_OFF;
	subscription->keyed = false;
	br_keymap_clear(&subscription->keys);
	br_keymap_clear(&subscription->pending);
	br_keymap_clear(&subscription->dirty);
}

static bool noun_read(
	struct br_session *session, const struct br_rpc_request *request, enum br_web_noun *ret)
{
	struct br_str name;

	br_assert(request->method.n > 0);
	if (br_json_string(br_json_member(request->params, "noun"), &name) &&
		br_web_noun_named(name, ret))
		return true;
	error_reply(session, request->id, BR_RPC_PARAMS, "malformed",
		"noun: allowed is status, product, order, label, sensor, alarm or link");
	return false;
}

/* Reads `keys`; false with the reason when they are not a list of texts within the limits. */
static bool keys_read(const struct br_json *keys, struct br_keymap *ret_keys, const char **ret_why)
{
	struct br_str key;

	br_assert(ret_keys->count == 0);
	*ret_why = "keys: allowed is a list of at most 200 texts of 1 to 192 bytes";
	if (br_json_kind(keys) != BR_JSON_ARRAY)
		return false;
	BR_JSON_EACH (each, keys) {
		if (!br_json_string(each, &key) || key.n == 0 || key.n > BR_WEB_ROW_KEY_BYTES_MAX)
			return false;
		if (br_keymap_put(ret_keys, key, 0) < 0)
			return false;
	}
	return true;
}

/*
 * What was followed before is forgotten first, so that a wrong request never leaves half of both.
 */
static void subscribe_take(struct br_session *session, const struct br_rpc_request *request)
{
	const struct br_json *keys = br_json_member(request->params, "keys");
	const struct br_json *after_value = br_json_member(request->params, "after");
	struct subscription *subscription;
	enum br_web_noun noun;
	bool resumes = br_json_kind(after_value) >= BR_JSON_BOOL;
	int64_t after = 0;
	const char *why;

	br_assert(session->number > 0);
	if (!noun_read(session, request, &noun))
		return;
	if (resumes && (!br_json_i64(after_value, &after) || after < 0)) {
		error_reply(session, request->id, BR_RPC_PARAMS, "malformed",
			"after: allowed is the sequence of the last message of this noun");
		return;
	}
	subscription = &session->subscriptions[noun];
	subscription_end(session, subscription);
	if (br_json_kind(keys) >= BR_JSON_BOOL) {
		if (!keys_read(keys, &subscription->keys, &why)) {
			br_keymap_clear(&subscription->keys);
			error_reply(session, request->id, BR_RPC_PARAMS, "malformed", why);
			return;
		}
		subscription->keyed = true;
	}
	if (!resumes || !resume_begin(session, noun, (uint64_t)after))
		snapshot_begin(session, subscription);
	memcpy(subscription->answer, request->id, sizeof(subscription->answer));
}

/* Ending what was never begun is no error: a client that lost count may always say it. */
static void unsubscribe_take(struct br_session *session, const struct br_rpc_request *request)
{
	enum br_web_noun noun;

	br_assert(session->number > 0);
	if (!noun_read(session, request, &noun))
		return;
	subscription_end(session, &session->subscriptions[noun]);
	empty_reply(session, request->id);
}

/* The queries come first, since they are most of what is asked. */
static void request_take(struct br_session *session, const struct br_rpc_request *request)
{
	const struct br_web_query *query = br_web_query_named(request->method);

	br_assert(request->root != NULL);
	if (query != NULL)
		query_take(session, request, query);
	else if (br_str_is(request->method, "command"))
		command_take(session, request);
	else if (br_str_is(request->method, "subscribe"))
		subscribe_take(session, request);
	else if (br_str_is(request->method, "unsubscribe"))
		unsubscribe_take(session, request);
	else if (br_str_is(request->method, "hello"))
		hello_take(session, request);
	else
		error_reply(session, request->id, BR_RPC_METHOD, "unknown_method",
			"method: not known, see the API description");
}

/* Every message is answered, also one that cannot be understood: its sender is waiting. */
bool br_session_receive(struct br_session *session, struct br_str message)
{
	struct br_rpc_request request;
	struct br_fault fault;
	int result = br_rpc_parse(message, &request, &fault);

	if (result == 0 && !request.wants_answer)
		request.id[0] = '\0';
	if (result < 0)
		error_reply(session, request.id, result, "malformed", fault.text);
	else
		request_take(session, &request);
	br_rpc_request_finish(&request);
	return !session->flooded;
}

/* What the walk has not come to yet it will read as it is then. */
static bool walk_comes_to(
	const struct subscription *subscription, enum br_web_noun noun, struct br_str key)
{
	struct br_str at = {subscription->walk.key, subscription->walk.n};

	br_assert(noun < BR_WEB_NOUN_N);
	/* Products are not walked, and orders in two parts, whose order is not that of the keys. */
	return subscription->phase == PHASE_TABLE && noun != BR_WEB_ORDER &&
	       noun != BR_WEB_PRODUCT && br_str_compare(key, at) > 0;
}

void br_session_mark(struct br_session *session, enum br_web_noun noun, struct br_str key)
{
	struct subscription *subscription = &session->subscriptions[noun];

	br_assert(noun < BR_WEB_NOUN_N);
	if (subscription->phase == PHASE_OFF || walk_comes_to(subscription, noun, key))
		return;
	if (subscription->keyed && !br_keymap_has(&subscription->keys, key))
		return;
	if (br_keymap_put(&subscription->dirty, key, 0) == 0)
		return;
	/* A walk is never begun anew before its end, or it might not come to it in a storm. */
	if (subscription->phase == PHASE_TABLE)
		subscription->again = true;
	else
		snapshot_begin(session, subscription);
}

/* A key that is followed may have changed in a way that no event says by itself. */
void br_session_mark_keys(struct br_session *session, enum br_web_noun noun)
{
	struct subscription *subscription = &session->subscriptions[noun];
	struct br_str key;
	uint32_t cursor = 0;
	uint64_t value;

	br_assert(noun < BR_WEB_NOUN_N);
	if (subscription->phase == PHASE_OFF || !subscription->keyed)
		return;
	while (br_keymap_next(&subscription->keys, &cursor, &key, &value))
		br_session_mark(session, noun, key);
}

/* A walk that is under way goes to its end first, as with too many changes. */
void br_session_renew(struct br_session *session)
{
	br_assert(session->number > 0);
	for (unsigned noun = 0; noun < BR_WEB_NOUN_N; noun++) {
		struct subscription *subscription = &session->subscriptions[noun];

		if (subscription->phase == PHASE_TABLE)
			subscription->again = true;
		else if (subscription->phase != PHASE_OFF)
			snapshot_begin(session, subscription);
	}
}

/* A snapshot is due until its last piece has left, changes as soon as there is one. */
static bool subscription_due(const struct subscription *subscription)
{
	br_assert(subscription->phase <= PHASE_LIVE);
	return subscription->phase == PHASE_TABLE || subscription->phase == PHASE_KEYS ||
	       (subscription->phase == PHASE_LIVE && subscription->dirty.count > 0);
}

/* Changes keep the pace; what was asked for does not wait. */
static bool subscription_ready(
	const struct br_session *session, const struct subscription *subscription, int64_t now_ms)
{
	br_assert(now_ms > 0);
	if (!subscription_due(subscription))
		return false;
	return subscription->phase != PHASE_LIVE ||
	       now_ms - session->pushed_ms >= session->pace_ms || now_ms < session->pushed_ms;
}

bool br_session_due(const struct br_session *session, int64_t now_ms, int64_t *ret_wait_ms)
{
	bool waits = false;

	br_assert(now_ms > 0);
	br_assert(session->reply_n <= BR_WEB_REPLIES_MAX);
	if (session->reply_n > 0)
		return true;
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		if (subscription_ready(session, &session->subscriptions[i], now_ms))
			return true;
		waits = waits || subscription_due(&session->subscriptions[i]);
	}
	if (waits && session->pushed_ms + session->pace_ms - now_ms < *ret_wait_ms)
		*ret_wait_ms = session->pushed_ms + session->pace_ms - now_ms;
	return false;
}

bool br_session_answers(const struct br_session *session)
{
	br_assert(session->reply_n <= BR_WEB_REPLIES_MAX);
	return session->reply_n > 0;
}

/* The next key to send in this phase; false when there is none left. */
static bool key_next(struct br_session *session, enum br_web_noun noun, struct br_str *ret_key)
{
	struct subscription *subscription = &session->subscriptions[noun];
	struct br_keymap *keys =
		subscription->phase == PHASE_KEYS ? &subscription->pending : &subscription->dirty;
	uint32_t cursor = 0;
	uint64_t value;

	br_assert(subscription->phase != PHASE_OFF);
	if (subscription->phase == PHASE_TABLE)
		return session->host.walk(
			session->host.context, noun, &subscription->walk, ret_key);
	if (!br_keymap_next(keys, &cursor, ret_key, &value))
		return false;
	/* Removing marks the entry, its bytes stay until the next put. */
	br_keymap_remove(keys, *ret_key);
	return true;
}

/* Writes rows until the piece is full; true when there are no more. */
static bool rows_write(struct br_session *session, enum br_web_noun noun, struct br_json_out *out,
	unsigned *ret_rows)
{
	struct br_str key, row;
	size_t end = out->text->n + BR_WEB_PIECE_BYTES;

	br_assert(noun < BR_WEB_NOUN_N);
	*ret_rows = 0;
	while (out->text->n < end) {
		if (!key_next(session, noun, &key))
			return true;
		/* A row that cannot be read is left out; the host has said so in the log. */
		if (session->host.row(session->host.context, noun, key, &row) < 0)
			continue;
		br_json_out_raw(out, NULL, row);
		(*ret_rows)++;
	}
	return false;
}

/* What was begun has been sent to its end. */
static void subscription_complete(struct br_session *session, struct subscription *subscription)
{
	br_assert(subscription->phase != PHASE_OFF);
	if (subscription->phase == PHASE_TABLE && subscription->again) {
		snapshot_begin(session, subscription);
		return;
	}
	subscription->phase = PHASE_LIVE;
}

/* Writes one message: the answer to a subscribe when that is still owed, else a notification. */
static void piece_write(
	struct br_session *session, enum br_web_noun noun, int64_t now_ms, struct br_text *text)
{
	struct subscription *subscription = &session->subscriptions[noun];
	bool live = subscription->phase == PHASE_LIVE;
	bool answers = !live && subscription->answer[0] != '\0';
	struct br_json_out out;
	unsigned rows;
	bool complete;

	br_assert(subscription_due(subscription));
	if (live)
		subscription->sequence = session->host.sequence(session->host.context);
	if (answers)
		br_rpc_open_result(text, subscription->answer);
	else
		br_rpc_open_change(text);
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "noun", br_web_noun_names[noun]);
	br_json_out_u64(&out, "sequence", subscription->sequence);
	if (!live && !subscription->begun)
		br_json_out_bool(&out, "reset", subscription->reset);
	br_json_out_array(&out, "rows");
	complete = rows_write(session, noun, &out, &rows);
	br_json_out_end(&out);
	if (!complete)
		br_json_out_bool(&out, "more", true);
	br_json_out_end(&out);
	br_text_putc(text, '}');
	subscription->answer[0] = '\0';
	subscription->begun = true;
	if (complete)
		subscription_complete(session, subscription);
	session->pushed_ms = now_ms;
	/* The rest of what is said in pieces does not wait longer than it must. */
	session->pace_ms = complete ? (int64_t)rows / 2 : PACE_MIN_MS;
	if (session->pace_ms < PACE_MIN_MS)
		session->pace_ms = PACE_MIN_MS;
	if (session->pace_ms > PACE_MAX_MS)
		session->pace_ms = PACE_MAX_MS;
}

/* Replies leave in the order of their requests, and before any change. */
static void reply_write(struct br_session *session, struct br_text *text)
{
	struct br_text *reply = &session->replies[session->reply_first];

	br_assert(session->reply_n > 0 && session->reply_bytes >= reply->n);
	br_text_add_str(text, br_text_str(reply));
	session->reply_bytes -= reply->n;
	session->reply_first = (session->reply_first + 1) % BR_WEB_REPLIES_MAX;
	session->reply_n--;
	br_text_finish(reply);
}

/* One message a call: the socket says when it has room for the next. */
bool br_session_write(struct br_session *session, int64_t now_ms, struct br_text *text)
{
	br_assert(text->error == 0);
	session->blocked_ms = 0;
	if (session->reply_n > 0) {
		reply_write(session, text);
		return true;
	}
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		unsigned noun = (session->noun_next + i) % BR_WEB_NOUN_N;

		if (!subscription_ready(session, &session->subscriptions[noun], now_ms))
			continue;
		session->noun_next = (noun + 1) % BR_WEB_NOUN_N;
		piece_write(session, (enum br_web_noun)noun, now_ms, text);
		return true;
	}
	return false;
}

/* Only the first moment counts; asking again does not make the wait shorter. */
void br_session_blocked(struct br_session *session, int64_t now_ms)
{
	br_assert(now_ms > 0);
	if (session->blocked_ms == 0)
		session->blocked_ms = now_ms;
}

bool br_session_too_slow(const struct br_session *session, int64_t now_ms)
{
	br_assert(now_ms > 0);
	/* Whose answer was lost would wait for it in vain: after a new start it may ask again. */
	return session->flooded ||
	       (session->blocked_ms != 0 && now_ms - session->blocked_ms > BR_WEB_BLOCKED_MS_MAX);
}
