/* _GNU_SOURCE for memmem(). */
#define _GNU_SOURCE
#include "tests/peers/liar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/json.h"
#include "node/text.h"
#include "tests/peers/digest.h"

#define SEEN_MAX 4096
#define TEXT_BYTES_MAX 70000

enum way { UP, DOWN };

enum deed {
	DROP,		/* keeps it back */
	DROP_REPEATS,	/* keeps back what came before, byte for byte */
	DROP_FIRST,	/* keeps back what did not */
	REPLACE,	/* `find` by `put`, everywhere */
	EPOCH_ANEW,	/* HQ's epoch is another with every message */
	JUMP,		/* an ack covers the gap in front of the first piece */
	AHEAD,		/* an ack covers what was never sent */
	MEND,		/* the checksum is made right */
	OWN_STORE,	/* the batch is said to be of the topic's store */
	OWN_EPOCH,	/* the batch is said to be of the epoch of the last hello */
	IDS_CHANGE,	/* what comes again has other ids */
	ANSWER_BY_HELLO /* what a hello says it took is answered */
};

struct lie {
	const char *name, *rule;
	enum way way;
	const char *lane; /* the topic's last level */
	const char *has;  /* only messages with that in them */
	enum deed deed;
	const char *find, *put;
};

static const struct lie lies[] = {
	{"deaf-to-checks", "check", UP, "ctl", "\"type\":\"check\"", DROP, NULL, NULL},
	{"no-json", "line", DOWN, "ctl", "\"type\":\"checked\"", REPLACE, "\"time\"", "time"},
	{"epoch-anew", "welcome-again", DOWN, "ctl", "\"type\":\"welcome\"", EPOCH_ANEW, NULL,
		NULL},
	{"welcome-unnamed", "named", DOWN, "ctl", "\"type\":\"welcome\"", REPLACE, "\"id\":\"",
		"\"no\":\""},
	{"repeats-ignored", "repeat", UP, "stock", "", DROP_REPEATS, NULL, NULL},
	{"gap-jumped", "gap", DOWN, "ctl", "\"type\":\"ack\"", JUMP, NULL, NULL},
	{"have-untold", "gap", DOWN, "ctl", "\"type\":\"ack\"", REPLACE, "\"have\":[[",
		"\"had\":[["},
	{"crc-mended", "crc", UP, "stock", "", MEND, NULL, NULL},
	{"other-store-taken", "garbage", UP, "stock", "\"store\":\"another\"", OWN_STORE, NULL,
		NULL},
	{"empty-dropped", "empty", UP, "stock", "\"n\":0,", DROP, NULL, NULL},
	{"unknown-dropped", "future", UP, "orders", "future.happened", DROP, NULL, NULL},
	{"full-dropped", "full", UP, "orders", "future.filled", DROP, NULL, NULL},
	{"telemetry-dropped", "telemetry", UP, "telemetry", "", DROP, NULL, NULL},
	{"strangers-taken", "stranger", UP, "stock", "", OWN_EPOCH, NULL, NULL},
	{"commands-left-out", "commands", DOWN, "catalog", "", REPLACE, "\"hq_seq\":2,",
		"\"hq_seq\":7,"},
	{"commands-once", "resend", DOWN, "catalog", "", DROP_REPEATS, NULL, NULL},
	{"commands-changed", "same", DOWN, "catalog", "", IDS_CHANGE, NULL, NULL},
	{"hello-for-answer", "results", UP, "ctl", "\"type\":\"hello\"", ANSWER_BY_HELLO, NULL,
		NULL},
	{"answers-lost", "moves-on", UP, "ctl", "\"type\":\"ack\"", DROP, NULL, NULL},
	{"behind-ignored", "behind", UP, "ctl", "\"type\":\"hello\"", REPLACE,
		"\"down\":{\"orders\":0,\"catalog\":0}",
		"\"down\":{\"orders\":999999,\"catalog\":999999}"},
	{"any-ledger-counts", "other-ledger", UP, "ctl", "\"type\":\"ack\"", OWN_EPOCH, NULL, NULL},
	{"verdicts-go-on", "verdict", UP, "orders", "event.quarantined", REPLACE,
		"event.quarantined", "event.quarrelled"},
	{"refused-uncovered", "verdict", UP, "stock", "future.refused", DROP, NULL, NULL},
	{"left-followed", "epoch-left", DOWN, "ctl", "epoch_left", DROP, NULL, NULL},
	{"reuse-followed", "sequence-reused", DOWN, "ctl", "sequence_reused", DROP, NULL, NULL},
	{"past-changed", "recover", DOWN, "ctl", "\"type\":\"recovered\"", REPLACE,
		"future.happened", "future.invented"},
	{"past-cut", "recover", DOWN, "ctl", "\"type\":\"recovered\"", REPLACE, "\"end\":false",
		"\"end\":true"},
	{"same-denied", "compare-same", DOWN, "ctl", "\"type\":\"ranges\"", REPLACE,
		"\"answers\":[true]", "\"answers\":[{\"items\":[]}]"},
	{"marks-wrong", "compare-items", DOWN, "ctl", "\"type\":\"ranges\"", REPLACE, "-001\",\"",
		"-001\",\"0"},
	{"sums-wrong", "compare-split", DOWN, "ctl", "\"type\":\"ranges\"", REPLACE, "\"split\":[",
		"\"split\":[[\"C~\",3,\"00000000000000000000000000000000\"],"},
	{"bounds-open", "compare-split", DOWN, "ctl", "\"type\":\"ranges\"", REPLACE, "\"split\":[",
		"\"split\":[[\"\",3,\"00000000000000000000000000000000\"],"},
	{"stated-forgotten", "compare-stated", UP, "stock", "stock.stated", REPLACE, "stock.stated",
		"stock.talked"},
	{"withdrawn-forgotten", "compare-withdrawn", UP, "orders", "event.withdrawn", REPLACE,
		"event.withdrawn", "event.withheld"},
	{"repairs-forgotten", "compare-repairs", DOWN, "ctl", "\"type\":\"ranges\"", REPLACE,
		"\"repairs\":1", "\"repairs\":0"},
	{"never-waits", "compare-wait", DOWN, "ctl", "\"type\":\"ranges\"", REPLACE,
		"\"wait\":true", "\"answers\":[true]"},
	{"recall-ignored", "recall", UP, "orders", "rights.recalled", REPLACE, "rights.recalled",
		"rights.recited"},
	{"revoked-too-much", "recall", DOWN, "orders", "rights.revoke", REPLACE, "\"quantity\":5",
		"\"quantity\":6"},
	{"keep-for-revoke", "recall-once", DOWN, "orders", "rights.keep", REPLACE,
		"\"rights.keep\"", "\"rights.revoke\""},
	{"certificate-of-another", "certificate", DOWN, "ctl", "\"type\":\"certificate\"", REPLACE,
		"\"id\":\"", "\"id\":\"x"},
	{"certificate-broken", "certificate", DOWN, "ctl", "\"type\":\"certificate\"", REPLACE,
		"BEGIN CERTIFICATE", "BEGIN CERTIFICAT"},
	/* Half of the commands of 24 products are answered then. */
	{"refusal-stops", "moves-on", DOWN, "catalog", "\"prev_seq\":24,", DROP, NULL, NULL},
	{"thinned-awaited", "thinned", UP, "telemetry", "\"thinned\":", DROP, NULL, NULL},
	{"credit-unkept", "credit", UP, "orders", "future.crowded", DROP_FIRST, NULL, NULL},
	{"credit-for-ever-0", "credit", DOWN, "ctl", "\"type\":\"ack\"", REPLACE, "\"credit\":32",
		"\"credit\":0"},
	{"acks-ahead", "only-sent", DOWN, "ctl", "\"lane\":\"telemetry\"", AHEAD, NULL, NULL},
	{"rights-kept", "recall", DOWN, "orders", "rights.revoke", REPLACE, "\"rights.revoke\"",
		"\"rights.keep\""},
	{"any-code-counts", "code", DOWN, "answer", "certificate_refused", REPLACE,
		"certificate_refused", "certificate"},
	{"code-answered-once", "code", UP, "request", "", DROP_REPEATS, NULL, NULL},
};

const char *peer_lie_name(size_t lie)
{
	return lie < BR_ARRAY_LEN(lies) ? lies[lie].name : NULL;
}

const char *peer_lie_rule(size_t lie)
{
	br_assert(lie < BR_ARRAY_LEN(lies));
	return lies[lie].rule;
}

struct peer_liar {
	struct peer_mqtt *store, *hq;
	const struct lie *lie; /* NULL = none */
	char shop[65], epoch[17];
	uint32_t seen[SEEN_MAX]; /* checksums of what came */
	size_t seen_n;
	uint64_t count, lies;
	struct br_text text;
};

static bool has(struct br_str text, const char *part)
{
	return part[0] == '\0' || memmem(text.s, text.n, part, strlen(part)) != NULL;
}

/* True when the same commands came before; from now on they did. */
static bool came_before(struct peer_liar *liar, struct br_str payload)
{
	static const char commands[] = "\"commands\":";
	const char *from = memmem(payload.s, payload.n, commands, sizeof(commands) - 1);
	uint32_t sum;

	br_assert(liar->seen_n <= SEEN_MAX);
	/* Its head has a stamp that is another one each time. */
	if (from == NULL)
		from = payload.s;
	sum = peer_crc32c(from, (size_t)(payload.s + payload.n - from));
	for (size_t i = 0; i < liar->seen_n; i++)
		if (liar->seen[i] == sum)
			return true;
	if (liar->seen_n < SEEN_MAX)
		liar->seen[liar->seen_n++] = sum;
	return false;
}

/* Writes the payload with every `find` by `put`. */
static void replaced(struct br_text *text, struct br_str from, const char *find, const char *put)
{
	size_t n = strlen(find);

	br_assert(n > 0);
	while (from.n > 0) {
		const char *at = memmem(from.s, from.n, find, n);
		size_t before = at != NULL ? (size_t)(at - from.s) : from.n;

		br_text_add(text, from.s, before);
		if (at != NULL)
			br_text_puts(text, put);
		before += at != NULL ? n : 0;
		from.s += before;
		from.n -= before;
	}
}

/* The text of a member, with its quotes, put in the place of the one that stands there. */
static void member_put(
	struct br_text *text, struct br_str from, const char *name, const char *value)
{
	char head[64];
	const char *at, *end;

	(void)snprintf(head, sizeof(head), "\"%s\":\"", name);
	at = memmem(from.s, from.n, head, strlen(head));
	if (at == NULL) {
		br_text_add_str(text, from);
		return;
	}
	at += strlen(head);
	end = memchr(at, '"', from.n - (size_t)(at - from.s));
	br_assert(end != NULL);
	br_text_add(text, from.s, (size_t)(at - from.s));
	br_text_puts(text, value);
	br_text_add(text, end, from.n - (size_t)(end - from.s));
}

/* Makes the checksum of a batch right for what it has now. */
static void crc_mend(struct br_text *text)
{
	struct br_str from = br_text_str(text);
	const char *events = memmem(from.s, from.n, "\"events\":", 9);
	char crc[9], *copy;

	if (events == NULL)
		return;
	events += 9;
	(void)snprintf(crc, sizeof(crc), "%08" PRIx32,
		peer_crc32c(events, from.n - (size_t)(events - from.s) - 1));
	copy = strndup(from.s, from.n);
	br_assert(copy != NULL);
	br_text_clear(text);
	member_put(text, (struct br_str){copy, strlen(copy)}, "crc32c", crc);
	free(copy);
}

/* An ack with another cum_seq: `cum` is where it stands in it, NULL when it does not. */
static void cum_put(
	struct br_text *text, struct br_str from, const char *cum, unsigned long long number)
{
	if (cum == NULL) {
		br_text_add_str(text, from);
		return;
	}
	br_assert(cum >= from.s && cum + 10 <= from.s + from.n);
	br_text_add(text, from.s, (size_t)(cum - from.s));
	br_text_printf(text, "\"cum_seq\":%llu,\"cum_was\":", number);
	cum += 10;
	br_text_add(text, cum, from.n - (size_t)(cum - from.s));
}

/* An ack covers all up to the end of its first piece: {"cum_seq":5,"have":[[8,9]]} → 9. */
static void jump(struct br_text *text, struct br_str from)
{
	const char *have = memmem(from.s, from.n, "\"have\":[[", 9);
	const char *cum = memmem(from.s, from.n, "\"cum_seq\":", 10);
	unsigned long long after, until = 0;

	if (have == NULL || sscanf(have + 9, "%llu,%llu", &after, &until) != 2)
		cum = NULL;
	cum_put(text, from, cum, until);
}

/* An ack covers a thousand numbers more. */
static void ahead(struct br_text *text, struct br_str from)
{
	const char *cum = memmem(from.s, from.n, "\"cum_seq\":", 10);
	unsigned long long number = 0;

	if (cum != NULL && sscanf(cum + 10, "%llu", &number) != 1)
		cum = NULL;
	cum_put(text, from, cum, number + 1000);
}

/* What the hello says it took of the catalogue gets its answers, as if they had come. */
static void answer_by_hello(struct peer_liar *liar, struct br_str from, const char *topic)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *hello = NULL;
	struct br_str hq_epoch;
	struct br_text text;
	int64_t taken = 0;

	if (br_json_parse(from, &hello, NULL) < 0 ||
		!br_json_string(br_json_member(hello, "hq_epoch"), &hq_epoch) ||
		!br_json_i64(br_json_member(br_json_member(hello, "down"), "catalog"), &taken) ||
		taken == 0)
		return;
	br_assert(liar->lie != NULL);
	br_text_init(&text, TEXT_BYTES_MAX);
	br_text_printf(&text,
		"{\"type\":\"ack\",\"hq_epoch\":\"%.*s\",\"lane\":\"catalog\","
		"\"cum_seq\":%" PRId64 ",\"results\":[",
		BR_STR_ARG(hq_epoch), taken);
	for (int64_t i = 1; i <= taken && i < 1000; i++)
		br_text_printf(&text, "%s{\"hq_seq\":%" PRId64 ",\"outcome\":\"accepted\"}",
			i > 1 ? "," : "", i);
	br_text_puts(&text, "]}");
	(void)!peer_mqtt_publish(liar->hq, topic, br_text_str(&text), 1, false, NULL);
	br_text_finish(&text);
	liar->lies++;
}

/* Writes what goes on instead of the payload; false when nothing does. */
static bool lie_tell(struct peer_liar *liar, struct br_str payload, const char *topic)
{
	const struct lie *lie = liar->lie;
	char text[32];

	br_assert(lie != NULL);
	switch (lie->deed) {
	case DROP:
		return false;
	case DROP_REPEATS:
		br_text_add_str(&liar->text, payload);
		return !came_before(liar, payload);
	case DROP_FIRST:
		br_text_add_str(&liar->text, payload);
		return came_before(liar, payload);
	case REPLACE:
		replaced(&liar->text, payload, lie->find, lie->put);
		break;
	case EPOCH_ANEW:
		(void)snprintf(text, sizeof(text), "%016" PRIx64, liar->count);
		member_put(&liar->text, payload, "hq_epoch", text);
		return true;
	case JUMP:
		jump(&liar->text, payload);
		return true;
	case AHEAD:
		ahead(&liar->text, payload);
		return true;
	case OWN_STORE:
		member_put(&liar->text, payload, "store", liar->shop);
		return true;
	case OWN_EPOCH:
		member_put(&liar->text, payload, "epoch", liar->epoch);
		return true;
	case IDS_CHANGE:
		if (came_before(liar, payload))
			replaced(&liar->text, payload, "\"id\":\"hq", "\"id\":\"qh");
		else
			br_text_add_str(&liar->text, payload);
		return true;
	case ANSWER_BY_HELLO:
		answer_by_hello(liar, payload, topic);
		br_text_add_str(&liar->text, payload);
		return true;
	case MEND:
		br_text_add_str(&liar->text, payload);
		break;
	}
	if (lie->way == UP)
		crc_mend(&liar->text);
	return true;
}

static void hello_look(struct peer_liar *liar, struct br_str payload)
{
	const char *at = memmem(payload.s, payload.n, "\"epoch\":\"", 9);

	if (has(payload, "\"type\":\"hello\"") && at != NULL)
		(void)snprintf(liar->epoch, sizeof(liar->epoch), "%.16s", at + 9);
}

static void carry(struct peer_liar *liar, enum way way, const struct peer_message *message)
{
	struct peer_mqtt *to = way == UP ? liar->hq : liar->store;
	const char *lane = strrchr(message->topic, '/');
	bool goes = true;

	br_assert(lane != NULL);
	liar->count++;
	br_text_clear(&liar->text);
	if (liar->lie != NULL && liar->lie->way == way && strcmp(lane + 1, liar->lie->lane) == 0 &&
		has(message->payload, liar->lie->has)) {
		goes = lie_tell(liar, message->payload, message->topic);
		liar->lies += !goes || !br_str_equal(br_text_str(&liar->text), message->payload);
	} else {
		br_text_add_str(&liar->text, message->payload);
	}
	if (way == UP)
		hello_look(liar, message->payload);
	if (goes && br_text_error(&liar->text) == 0)
		(void)!peer_mqtt_publish(
			to, message->topic, br_text_str(&liar->text), 1, false, NULL);
}

static void on_store(void *context, const struct peer_message *message)
{
	carry(context, UP, message);
}

static void on_hq(void *context, const struct peer_message *message)
{
	carry(context, DOWN, message);
}

static const struct lie *lie_find(const char *name)
{
	for (size_t i = 0; i < BR_ARRAY_LEN(lies); i++)
		if (strcmp(lies[i].name, name) == 0)
			return &lies[i];
	return NULL;
}

int peer_liar_create(struct peer_loop *loop, const struct peer_liar_settings *settings,
	struct peer_liar **ret_liar)
{
	struct peer_liar *liar;
	struct peer_mqtt_events events = {.message = on_store};
	char filter[128];
	int result;

	br_assert(settings->shop != NULL);
	if (settings->lie != NULL && lie_find(settings->lie) == NULL)
		return BR_E_NOT_FOUND;
	liar = calloc(1, sizeof(*liar));
	if (liar == NULL)
		return BR_E_MEMORY;
	br_text_init(&liar->text, TEXT_BYTES_MAX);
	liar->lie = settings->lie != NULL ? lie_find(settings->lie) : NULL;
	(void)snprintf(liar->shop, sizeof(liar->shop), "%s", settings->shop);
	events.context = liar;
	result = peer_mqtt_create(loop, &settings->store, &events, &liar->store);
	events.message = on_hq;
	if (result == 0)
		result = peer_mqtt_create(loop, &settings->hq, &events, &liar->hq);
	if (result < 0) {
		peer_liar_destroy(liar);
		return result;
	}
	(void)snprintf(filter, sizeof(filter), "up/+/%s/+", settings->shop);
	peer_mqtt_subscribe(liar->store, filter, 1);
	(void)snprintf(filter, sizeof(filter), "enrol/%s/request", settings->shop);
	peer_mqtt_subscribe(liar->store, filter, 1);
	(void)snprintf(filter, sizeof(filter), "dn/%s/+", settings->shop);
	peer_mqtt_subscribe(liar->hq, filter, 1);
	(void)snprintf(filter, sizeof(filter), "enrol/%s/answer", settings->shop);
	peer_mqtt_subscribe(liar->hq, filter, 1);
	*ret_liar = liar;
	return 0;
}

void peer_liar_destroy(struct peer_liar *liar)
{
	if (liar == NULL)
		return;
	peer_mqtt_destroy(liar->store);
	peer_mqtt_destroy(liar->hq);
	br_text_finish(&liar->text);
	free(liar);
}

uint64_t peer_liar_lies(const struct peer_liar *liar)
{
	return liar->lies;
}
