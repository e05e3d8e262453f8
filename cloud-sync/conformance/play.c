#include "cloud-sync/conformance/play.h"

#include <inttypes.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_BYTES_MAX 65536
#define BATCH_COMMANDS_MAX 256
#define ANSWERS_BYTES_MAX 60000
#define CREDIT_MAX 1000000
#define DRAIN_QUIET_MS 1500
#define NAMED_MS 500  /* for the hello's own welcome, behind one that was late */
#define HELLO_MS 2000 /* between two hellos to an HQ that is not back yet */
#define SHELL_MS 100

extern char **environ;

const char *const conform_lane_words[CONFORM_LANES] = {"orders", "stock", "telemetry"};
const char *const conform_down_words[CONFORM_DOWNS] = {"orders", "catalog"};

static const char *const kind_words[CONFORM_KINDS] = {[CONFORM_WELCOME] = "welcome",
	[CONFORM_ACK] = "ack",
	[CONFORM_REFUSED] = "refused",
	[CONFORM_CHECKED] = "checked",
	[CONFORM_RECOVERED] = "recovered",
	[CONFORM_RANGES] = "ranges",
	[CONFORM_RECONCILE] = "reconcile",
	[CONFORM_CERTIFICATE] = "certificate",
	[CONFORM_CERTIFICATE_REFUSED] = "certificate_refused",
	[CONFORM_VERDICT] = "verdict"};

bool conform_fail(struct conform_play *play, const char *format, ...)
{
	va_list more;

	br_assert(format[0] != '\0');
	va_start(more, format);
	(void)vsnprintf(play->said, sizeof(play->said), format, more);
	va_end(more);
	return false;
}

/* The first breach of a rule that holds for all messages stays. */
static void BR_PRINTF(2, 3) breach(char fault[CONFORM_SAID_BYTES], const char *format, ...)
{
	va_list more;

	if (fault[0] != '\0')
		return;
	va_start(more, format);
	(void)vsnprintf(fault, CONFORM_SAID_BYTES, format, more);
	va_end(more);
	br_assert(fault[0] != '\0');
}

const char *conform_sku(struct conform_play *play, unsigned sku)
{
	char *name = play->skus[play->sku_n++ % BR_ARRAY_LEN(play->skus)];

	br_assert(sku <= CONFORM_SKUS);
	if (sku == CONFORM_SKUS)
		(void)snprintf(name, sizeof(play->skus[0]), "C%s.", play->tag);
	else
		(void)snprintf(name, sizeof(play->skus[0]), "C%s-%03u", play->tag, sku);
	return name;
}

void conform_random_text(unsigned bytes, char *ret_text)
{
	unsigned char random[16];

	br_assert(bytes <= sizeof(random));
	if (getrandom(random, bytes, 0) != (ssize_t)bytes)
		abort();
	for (unsigned i = 0; i < bytes; i++)
		(void)snprintf(ret_text + 2 * (size_t)i, 3, "%02x", random[i]);
}

static uint32_t mark_bytes(uint32_t mark, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < n; i++)
		mark = (mark ^ at[i]) * UINT32_C(16777619);
	return mark;
}

/* The order of an object's members does not count. */
uint32_t conform_json_mark(const struct br_json *json)
{
	enum br_json_kind kind = br_json_kind(json);
	uint32_t mark = mark_bytes(UINT32_C(2166136261), &kind, sizeof(kind)), sum = 0;
	struct br_str text = {NULL, 0};
	double number = 0;
	bool flag = false;

	if (br_json_string(json, &text))
		mark = mark_bytes(mark, text.s, text.n);
	if (br_json_number(json, &number))
		mark = mark_bytes(mark, &number, sizeof(number));
	if (br_json_bool(json, &flag))
		mark = mark_bytes(mark, &flag, sizeof(flag));
	BR_JSON_EACH (child, json) {
		uint32_t inner = conform_json_mark(child);

		if (kind == BR_JSON_OBJECT) {
			struct br_str name = br_json_name(child);

			sum += mark_bytes(inner, name.s, name.n);
		} else {
			mark = mark_bytes(mark, &inner, sizeof(inner));
		}
	}
	return mark_bytes(mark, &sum, sizeof(sum));
}

bool conform_play_begin(struct conform_play *play, struct conform_post *post)
{
	char filter[CONFORM_ID_BYTES + 16];
	struct br_fault fault = {""};
	struct timespec now;

	br_assert(play->store[0] != '\0' && play->patience_ms > 0);
	play->post = post;
	conform_shard(br_str_from(play->store), play->shard);
	conform_random_text(3, play->tag);
	for (unsigned i = 0; i < BR_ARRAY_LEN(play->recalls); i++)
		(void)snprintf(play->recalls[i], sizeof(play->recalls[i]), "C%s-recall-%u",
			play->tag, i + 1);
	conform_random_text(8, play->epoch);
	memcpy(play->first_epoch, play->epoch, sizeof(play->epoch));
	(void)clock_gettime(CLOCK_REALTIME, &now);
	/* Numbers that no earlier run has used, and that stay below 2^53. */
	play->since = play->first_since = (uint64_t)now.tv_sec << 21;
	play->sequence = play->since - 1;
	for (unsigned i = 0; i < CONFORM_LANES; i++)
		play->sent[i] = play->sequence;
	for (unsigned i = 0; i < CONFORM_DOWNS; i++) {
		play->commands[i].items =
			calloc(CONFORM_COMMANDS_MAX, sizeof(*play->commands[i].items));
		if (play->commands[i].items == NULL)
			return conform_fail(play, "no memory");
	}
	(void)snprintf(filter, sizeof(filter), "dn/%s/+", play->store);
	if (conform_post_subscribe(post, filter, &fault) < 0)
		return conform_fail(play, "%s", fault.text);
	return true;
}

void conform_play_finish(struct conform_play *play)
{
	br_assert(play->past_n <= CONFORM_PAST_MAX);
	for (unsigned i = 0; i < CONFORM_KINDS; i++)
		br_json_free(play->last_heard[i]);
	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		free(play->commands[i].items);
	for (unsigned i = 0; i < play->past_n; i++)
		free(play->past[i].json);
}

void conform_play_check(const struct conform_play *play)
{
	/* Numbers are given out once, and none in front of an epoch's first one. */
	br_assert(play->since >= play->first_since && play->sequence + 1 >= play->since);
	br_assert((play->since == play->first_since) ==
		  (strcmp(play->epoch, play->first_epoch) == 0));
	br_assert(play->past_n <= CONFORM_PAST_MAX);
	for (unsigned i = 0; i < play->past_n; i++) {
		br_assert(play->past[i].json != NULL && play->past[i].sequence <= play->sequence);
		br_assert(i == 0 || play->past[i - 1].sequence < play->past[i].sequence);
	}
	for (unsigned i = 0; i < CONFORM_LANES; i++) {
		br_assert(
			play->sent[i] + 1 >= play->first_since && play->sent[i] <= play->sequence);
		br_assert(play->acked[i].has.piece_n <= CONFORM_PIECES_MAX);
	}
	/* What has an answer has come before. */
	for (unsigned i = 0; i < CONFORM_DOWNS; i++) {
		const struct conform_commands *commands = &play->commands[i];

		br_assert(commands->answered <= commands->n && commands->n <= CONFORM_COMMANDS_MAX);
		for (unsigned j = 0; j < commands->answered; j++)
			br_assert(commands->items[j].answered && commands->items[j].seen > 0);
	}
	br_assert(play->judged <= play->sequence);
	br_assert(!play->restored && play->pause_ms >= 0);
}

const struct br_json *conform_heard(const struct conform_play *play, enum conform_kind kind)
{
	br_assert(kind < CONFORM_KINDS);
	return play->last_heard[kind];
}

/* cum_seq and have of a lane; false for what cannot be read. */
static bool has_read(const struct br_json *json, struct conform_has *ret_has)
{
	const struct br_json *have = br_json_member(json, "have");
	struct conform_has has = {.piece_n = 0};
	int64_t cum_seq;

	if (!br_json_i64(br_json_member(json, "cum_seq"), &cum_seq) || cum_seq < 0)
		return false;
	if (br_json_kind(have) != BR_JSON_ABSENT && br_json_kind(have) != BR_JSON_ARRAY)
		return false;
	has.cum_seq = (uint64_t)cum_seq;
	BR_JSON_EACH (pair, have) {
		const struct br_json *first = br_json_first(pair);
		int64_t after, until;

		if (has.piece_n == CONFORM_PIECES_MAX || br_json_count(pair) != 2 ||
			!br_json_i64(first, &after) || !br_json_i64(br_json_next(first), &until) ||
			after < 0 || until <= after)
			return false;
		br_assert(has.piece_n < BR_ARRAY_LEN(has.until));
		has.after[has.piece_n] = (uint64_t)after;
		has.until[has.piece_n++] = (uint64_t)until;
	}
	*ret_has = has;
	return true;
}

/* HQ cannot have what nobody has sent. */
static void ahead_look(struct conform_play *play, unsigned lane, const struct conform_has *has)
{
	uint64_t highest = has->cum_seq;

	br_assert(lane < CONFORM_LANES && has->piece_n <= CONFORM_PIECES_MAX);
	for (unsigned i = 0; i < has->piece_n; i++)
		if (has->until[i] > highest)
			highest = has->until[i];
	if (highest > play->sent[lane])
		breach(play->ahead_fault,
			"HQ says it has %" PRIu64 " of the lane %s, where %" PRIu64
			" is the highest number that was ever sent",
			highest, conform_lane_words[lane], play->sent[lane]);
}

/* Of another HQ, or of this one after it was restored, the commands begin anew. */
static void hq_epoch_take(struct conform_play *play, struct br_str epoch)
{
	if (epoch.n != CONFORM_EPOCH_BYTES - 1 ||
		strspn(epoch.s, "0123456789abcdef") != CONFORM_EPOCH_BYTES - 1) {
		breach(play->line_fault, "welcome: hq_epoch is no 16 hexadecimal digits");
		return;
	}
	for (unsigned i = 0; i < CONFORM_DOWNS && play->restored; i++) {
		struct conform_commands *commands = &play->commands[i];

		if (br_str_is(epoch, play->hq_epoch))
			continue;
		memset(commands->items, 0, CONFORM_COMMANDS_MAX * sizeof(*commands->items));
		commands->n = commands->answered = 0;
	}
	play->restored = play->restored && br_str_is(epoch, play->hq_epoch);
	(void)!br_str_copy(epoch, play->hq_epoch, sizeof(play->hq_epoch));
	br_assert(play->hq_epoch[0] != '\0');
}

static void welcome_take(struct conform_play *play, const struct br_json *root)
{
	const struct br_json *lanes = br_json_member(root, "lanes");
	struct br_str epoch = {"", 0}, id = {"", 0};

	(void)!br_json_string(br_json_member(root, "hq_epoch"), &epoch);
	hq_epoch_take(play, epoch);
	(void)!br_json_string(br_json_member(root, "id"), &id);
	play->named += br_str_is(id, play->hello_id);
	play->telemetry = br_json_kind(br_json_member(
				  lanes, conform_lane_words[CONFORM_TELEMETRY])) != BR_JSON_ABSENT;
	for (unsigned i = 0; i < CONFORM_LANES; i++) {
		if (i == CONFORM_TELEMETRY && !play->telemetry)
			continue;
		if (has_read(br_json_member(lanes, conform_lane_words[i]), &play->has[i]))
			ahead_look(play, i, &play->has[i]);
		else
			breach(play->line_fault, "welcome: lanes.%s has no right cum_seq and have",
				conform_lane_words[i]);
	}
}

static void ack_take(struct conform_play *play, const struct br_json *root)
{
	const struct br_json *credit = br_json_member(root, "credit");
	struct br_str lane = {NULL, 0}, epoch = {NULL, 0};
	struct conform_acked acked = {.credit = -1};

	(void)!br_json_string(br_json_member(root, "lane"), &lane);
	for (unsigned i = 0; i < CONFORM_LANES; i++) {
		if (!br_str_is(lane, conform_lane_words[i]))
			continue;
		if (!br_json_string(br_json_member(root, "epoch"), &epoch) ||
			!br_str_copy(epoch, acked.epoch, sizeof(acked.epoch)) ||
			!has_read(root, &acked.has) ||
			(br_json_kind(credit) != BR_JSON_ABSENT &&
				(!br_json_i64(credit, &acked.credit) || acked.credit < 0 ||
					acked.credit > CREDIT_MAX))) {
			breach(play->line_fault,
				"ack: epoch, cum_seq, have or credit (0 to %d) is wrong",
				CREDIT_MAX);
			return;
		}
		ahead_look(play, i, &acked.has);
		acked.n = play->acked[i].n + 1;
		play->acked[i] = acked;
		return;
	}
	breach(play->line_fault, "ack: there is no lane \"%.*s\"", BR_STR_ARG(lane));
}

/* What HQ thinks of single events; the one that a rule looks at is noted. */
static void verdict_take(struct conform_play *play, const struct br_json *root)
{
	br_assert(play->judged <= play->sequence);
	BR_JSON_EACH (event, br_json_member(root, "events")) {
		struct br_str code = {"", 0};
		int64_t number = 0;
		bool accepted = false;

		if (!br_json_i64(br_json_member(event, "event"), &number) || number < 1 ||
			!br_json_bool(br_json_member(event, "accepted"), &accepted) ||
			(!accepted && !br_json_string(br_json_member(event, "code"), &code)))
			breach(play->line_fault,
				"verdict: event, accepted or the refusal's code is missing");
		if (play->judged == 0 || (uint64_t)number != play->judged)
			continue;
		play->verdict_n++;
		play->verdict_accepted = accepted;
		(void)!br_str_copy(code, play->verdict_code, sizeof(play->verdict_code));
	}
}

static void ctl_take(struct conform_play *play, struct br_json *root)
{
	struct br_str type = {NULL, 0};

	(void)!br_json_string(br_json_member(root, "type"), &type);
	for (unsigned kind = 0; kind < CONFORM_KINDS; kind++) {
		if (!br_str_is(type, kind_words[kind]))
			continue;
		if (kind == CONFORM_WELCOME)
			welcome_take(play, root);
		if (kind == CONFORM_ACK)
			ack_take(play, root);
		if (kind == CONFORM_VERDICT)
			verdict_take(play, root);
		br_json_free(play->last_heard[kind]);
		play->last_heard[kind] = root;
		play->heard[kind]++;
		return;
	}
	breach(play->line_fault, "ctl: there is no type \"%.*s\"", BR_STR_ARG(type));
	br_json_free(root);
}

static void text_take(const struct br_json *json, const char *name, char ret_text[CONFORM_ID_BYTES])
{
	struct br_str text;

	ret_text[0] = '\0';
	if (br_json_string(br_json_member(json, name), &text))
		(void)!br_str_copy(text, ret_text, CONFORM_ID_BYTES);
}

/* One command of a batch: new, or the same as when it came before. */
static void command_take(struct conform_play *play, enum conform_down lane, uint64_t hq_seq,
	const struct br_json *json)
{
	const struct br_json *body = br_json_member(json, "data");
	struct conform_commands *commands = &play->commands[lane];
	struct conform_command command = {.mark = conform_json_mark(body)}, *known;
	int64_t quantity = 0;

	br_assert(hq_seq > 0);
	text_take(json, "id", command.id);
	text_take(json, "type", command.type);
	text_take(body, "sku", command.sku);
	text_take(body, "recall", command.recall);
	(void)!br_json_milli(br_json_member(body, "quantity"), &quantity);
	command.quantity = quantity;
	if (command.id[0] == '\0' || command.type[0] == '\0' ||
		br_json_kind(body) != BR_JSON_OBJECT)
		breach(play->command_fault,
			"%s %" PRIu64 ": id (1 to 64 bytes), type or data is wrong",
			conform_down_words[lane], hq_seq);
	play->too_many = play->too_many || hq_seq > CONFORM_COMMANDS_MAX;
	if (hq_seq > CONFORM_COMMANDS_MAX)
		return;
	known = &commands->items[hq_seq - 1];
	if (known->seen > 0 && (known->mark != command.mark || strcmp(known->id, command.id) != 0 ||
				       strcmp(known->type, command.type) != 0))
		breach(play->changed_fault, "%s %" PRIu64 ": came as %s %s, and again as %s %s%s",
			conform_down_words[lane], hq_seq, known->type, known->id, command.type,
			command.id, known->mark != command.mark ? ", with other data" : "");
	command.seen = known->seen + 1;
	command.answered = known->answered;
	command.seen_ms = conform_now_ms();
	if (known->seen > 0 && command.seen_ms - known->seen_ms > play->pause_ms)
		play->pause_ms = command.seen_ms - known->seen_ms;
	*known = command;
	if (hq_seq > commands->n)
		commands->n = (unsigned)hq_seq;
}

static void commands_take(
	struct conform_play *play, enum conform_down lane, const struct br_json *root)
{
	const struct br_json *list = br_json_member(root, "commands");
	struct br_str epoch = {NULL, 0}, word = {NULL, 0};
	int64_t prev_seq = -1, hq_seq;

	br_assert(lane < CONFORM_DOWNS);
	(void)!br_json_string(br_json_member(root, "hq_epoch"), &epoch);
	(void)!br_json_string(br_json_member(root, "lane"), &word);
	(void)!br_json_i64(br_json_member(root, "prev_seq"), &prev_seq);
	/* Not before its welcome has told the epoch. */
	if (!br_str_is(epoch, play->hq_epoch) && play->restored)
		return;
	if (!br_str_is(epoch, play->hq_epoch) && play->hq_epoch[0] != '\0')
		breach(play->command_fault, "%s: hq_epoch is not the welcome's",
			conform_down_words[lane]);
	if (!br_str_is(word, conform_down_words[lane]) || prev_seq < 0 ||
		br_json_kind(list) != BR_JSON_ARRAY || br_json_count(list) > BATCH_COMMANDS_MAX) {
		breach(play->command_fault, "%s: lane, prev_seq or commands (at most 256) is wrong",
			conform_down_words[lane]);
		return;
	}
	BR_JSON_EACH (command, list) {
		if (!br_json_i64(br_json_member(command, "hq_seq"), &hq_seq) ||
			hq_seq != prev_seq + 1) {
			breach(play->command_fault,
				"%s: hq_seq %" PRId64 " is expected, one after the other from "
				"prev_seq",
				conform_down_words[lane], prev_seq + 1);
			return;
		}
		command_take(play, lane, (uint64_t)hq_seq, command);
		prev_seq = hq_seq;
	}
	play->commands[lane].batches++;
}

/* All that comes is taken in here, and here alone. */
static void letter_take(struct conform_play *play, const struct conform_letter *letter)
{
	struct br_str lane = letter->topic;
	struct br_json *root = NULL;
	struct br_fault fault = {""};

	if (play->trace)
		printf("  < %.*s %.*s\n", BR_STR_ARG(letter->topic),
			(int)(letter->payload.n < 300 ? letter->payload.n : 300),
			letter->payload.s);
	(void)br_str_split(&lane, '/');
	(void)br_str_split(&lane, '/');
	if (letter->retained)
		breach(play->line_fault, "%.*s: is retained", BR_STR_ARG(letter->topic));
	if (letter->payload.n > MESSAGE_BYTES_MAX)
		breach(play->line_fault, "%.*s: %zu bytes, %d are allowed",
			BR_STR_ARG(letter->topic), letter->payload.n, MESSAGE_BYTES_MAX);
	if (letter->qos != 1)
		breach(play->line_fault, "%.*s: sent with QoS %d", BR_STR_ARG(letter->topic),
			letter->qos);
	if (br_json_parse(letter->payload, &root, &fault) < 0) {
		breach(play->line_fault, "%.*s: is no JSON: %.200s", BR_STR_ARG(letter->topic),
			fault.text);
		return;
	}
	if (br_str_is(lane, "ctl")) {
		ctl_take(play, root);
		return;
	}
	if (br_str_is(lane, conform_down_words[CONFORM_DOWN_ORDERS]))
		commands_take(play, CONFORM_DOWN_ORDERS, root);
	else if (br_str_is(lane, conform_down_words[CONFORM_DOWN_CATALOG]))
		commands_take(play, CONFORM_DOWN_CATALOG, root);
	else
		breach(play->line_fault, "there is no topic %.*s", BR_STR_ARG(letter->topic));
	br_json_free(root);
}

bool conform_play_await(
	struct conform_play *play, const unsigned *counter, unsigned above, int64_t wait_ms)
{
	int64_t end_ms = conform_now_ms() + wait_ms;

	br_assert(wait_ms >= 0);
	while (*counter <= above && !play->offline) {
		int64_t left_ms = end_ms - conform_now_ms();
		struct conform_letter letter;
		int got;

		if (left_ms < 0)
			return false;
		got = conform_post_wait(play->post, left_ms < 100 ? left_ms : 100, &letter);
		play->offline = got < 0;
		if (got == 1)
			letter_take(play, &letter);
	}
	return *counter > above;
}

bool conform_play_again(
	struct conform_play *play, enum conform_down lane, unsigned hq_seq, const char *why)
{
	const unsigned *seen = &play->commands[lane].items[hq_seq - 1].seen;
	int64_t wait_ms = 5 * play->pause_ms / 2 + HELLO_MS;

	br_assert(hq_seq > 0 && hq_seq <= CONFORM_COMMANDS_MAX);
	if (wait_ms < play->patience_ms)
		wait_ms = play->patience_ms;
	return conform_play_await(play, seen, *seen, wait_ms) ||
	       conform_fail(play,
		       "%s %u %s, and does not come again within %" PRId64
		       " s (an HQ that makes longer pauses between its tries needs a longer "
		       "--patience)",
		       conform_down_words[lane], hq_seq, why, wait_ms / 1000);
}

void conform_play_rest(struct conform_play *play, int64_t wait_ms)
{
	static const unsigned never = 0;

	br_assert(wait_ms > 0);
	(void)!conform_play_await(play, &never, 0, wait_ms);
}

void conform_play_send(struct conform_play *play, const char *lane, struct br_str payload)
{
	char topic[CONFORM_ID_BYTES + 32];

	br_assert(play->shard[0] != '\0');
	(void)snprintf(topic, sizeof(topic), "up/%s/%s/%s", play->shard, play->store, lane);
	if (play->trace)
		printf("  > %s %.*s\n", topic, (int)(payload.n < 300 ? payload.n : 300), payload.s);
	if (conform_post_send(play->post, topic, payload) < 0)
		play->offline = true;
}

void conform_hello_send(struct conform_play *play, const struct conform_hello *hello)
{
	struct br_json_out out;
	struct br_text text;
	struct timespec now;

	br_assert(strlen(hello->epoch) == CONFORM_EPOCH_BYTES - 1 && hello->since > 0);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	br_text_init(&text, 2048);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	conform_random_text(8, play->hello_id);
	br_json_out_puts(&out, "type", "hello");
	br_json_out_puts(&out, "id", play->hello_id);
	br_json_out_puts(&out, "store", play->store);
	br_json_out_puts(&out, "epoch", hello->epoch);
	br_json_out_u64(&out, "since", hello->since);
	br_json_out_puts(&out, "version", "conformance");
	br_json_out_puts(&out, "hq_epoch", play->hq_epoch);
	br_json_out_object(&out, "lanes");
	for (unsigned i = 0; i < CONFORM_LANES; i++) {
		br_json_out_object(&out, conform_lane_words[i]);
		br_json_out_u64(&out, "head", play->last[i]);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_object(&out, "down");
	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		br_json_out_u64(&out, conform_down_words[i], hello->down[i]);
	br_json_out_end(&out);
	br_json_out_time(&out, "time", now.tv_sec * INT64_C(1000));
	/* A later version may say more: HQ passes over what it does not know. */
	br_json_out_puts(&out, "later", "unknown member");
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	conform_play_send(play, "ctl", br_text_str(&text));
	br_text_finish(&text);
}

/* A welcome that names another hello was late; the own one is then worth a moment. */
static bool greet(struct conform_play *play, int64_t wait_ms)
{
	struct conform_hello hello = {.epoch = play->epoch, .since = play->since};
	unsigned before = play->heard[CONFORM_WELCOME], named = play->named;

	for (unsigned i = 0; i < CONFORM_DOWNS; i++)
		hello.down[i] = play->commands[i].answered;
	br_assert(wait_ms > 0);
	conform_hello_send(play, &hello);
	if (!conform_play_await(play, &play->heard[CONFORM_WELCOME], before, wait_ms))
		return false;
	play->welcome_named = conform_play_await(play, &play->named, named, NAMED_MS);
	for (unsigned i = 0; i < CONFORM_LANES; i++)
		play->last[i] = play->has[i].cum_seq;
	return true;
}

bool conform_play_greet(struct conform_play *play)
{
	br_assert(play->epoch[0] != '\0');
	return greet(play, play->patience_ms) ||
	       conform_fail(play, "no welcome within %" PRId64 " s of the hello",
		       play->patience_ms / 1000);
}

bool conform_play_greet_back(struct conform_play *play)
{
	int64_t end_ms = conform_now_ms() + play->patience_ms;

	br_assert(play->heard[CONFORM_WELCOME] > 0);
	do
		if (greet(play, HELLO_MS))
			return true;
	while (conform_now_ms() < end_ms && !play->offline);
	return conform_fail(play, "HQ was started again, and answers no hello within %" PRId64 " s",
		play->patience_ms / 1000);
}

bool conform_play_shell(struct conform_play *play, const char *option, const char *command)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, strdup(command), NULL};
	int status = 0;
	pid_t pid = 0, ended = 0;

	if (argv[2] == NULL || posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ) != 0) {
		free(argv[2]);
		return conform_fail(play, "the command of %s cannot be run", option);
	}
	br_assert(pid > 0);
	free(argv[2]);
	/* The broker takes whoever is silent for long for dead. */
	while (ended == 0) {
		conform_play_rest(play, SHELL_MS);
		ended = waitpid(pid, &status, play->offline ? 0 : WNOHANG);
	}
	return (ended == pid && status == 0) ||
	       conform_fail(play, "the command of %s failed", option);
}

/* One message of answers, from *from on; moves it on. */
static void answers_write(struct conform_play *play, enum conform_down lane, unsigned *from,
	unsigned until, unsigned refuse, struct br_text *text)
{
	struct conform_commands *commands = &play->commands[lane];
	struct br_json_out out;
	struct br_text list;

	br_assert(until <= conform_commands_whole(commands));
	br_text_init(&list, MESSAGE_BYTES_MAX);
	br_json_out_begin(&out, &list);
	br_json_out_array(&out, NULL);
	while (*from < until && list.n < ANSWERS_BYTES_MAX) {
		struct conform_command *command = &commands->items[(*from)++];

		br_json_out_object(&out, NULL);
		br_json_out_u64(&out, "hq_seq", *from);
		br_json_out_puts(&out, "id", command->id);
		br_json_out_puts(&out, "outcome", *from == refuse ? "refused" : "accepted");
		if (*from == refuse) {
			br_json_out_puts(&out, "code", "malformed");
			br_json_out_puts(&out, "message", "refused by the conformance program");
		}
		br_json_out_end(&out);
		command->answered = true;
	}
	br_json_out_end(&out);
	br_text_clear(text);
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "ack");
	br_json_out_puts(&out, "epoch", play->epoch);
	br_json_out_puts(&out, "hq_epoch", play->hq_epoch);
	br_json_out_puts(&out, "lane", conform_down_words[lane]);
	br_json_out_u64(&out, "cum_seq", *from);
	br_json_out_raw(&out, "results", br_text_str(&list));
	br_json_out_end(&out);
	br_text_finish(&list);
}

void conform_foreign_answer_send(
	struct conform_play *play, enum conform_down lane, unsigned hq_seq, const char *epoch)
{
	struct br_json_out out;
	struct br_text text;

	br_assert(hq_seq > 0 && hq_seq <= play->commands[lane].n);
	br_text_init(&text, 2048);
	br_json_out_begin(&out, &text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "ack");
	br_json_out_puts(&out, "epoch", epoch);
	br_json_out_puts(&out, "hq_epoch", play->hq_epoch);
	br_json_out_puts(&out, "lane", conform_down_words[lane]);
	br_json_out_u64(&out, "cum_seq", hq_seq);
	br_json_out_array(&out, "results");
	br_json_out_object(&out, NULL);
	br_json_out_u64(&out, "hq_seq", hq_seq);
	br_json_out_puts(&out, "id", play->commands[lane].items[hq_seq - 1].id);
	br_json_out_puts(&out, "outcome", "accepted");
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_json_out_end(&out);
	br_assert(br_text_error(&text) == 0);
	conform_play_send(play, "ctl", br_text_str(&text));
	br_text_finish(&text);
}

void conform_answers_send(
	struct conform_play *play, enum conform_down lane, unsigned until, unsigned refuse)
{
	struct conform_commands *commands = &play->commands[lane];
	unsigned from = commands->answered;
	struct br_text text;

	br_text_init(&text, MESSAGE_BYTES_MAX);
	while (from < until) {
		answers_write(play, lane, &from, until, refuse, &text);
		br_assert(br_text_error(&text) == 0);
		conform_play_send(play, "ctl", br_text_str(&text));
	}
	if (until > commands->answered)
		commands->answered = until;
	br_text_finish(&text);
}

unsigned conform_commands_whole(const struct conform_commands *commands)
{
	unsigned n = 0;

	while (n < commands->n && commands->items[n].seen > 0)
		n++;
	br_assert(n <= commands->n && n <= CONFORM_COMMANDS_MAX);
	return n;
}

bool conform_play_drain(struct conform_play *play)
{
	int64_t end_ms = conform_now_ms() + 3 * play->patience_ms;
	bool quiet = false;

	br_assert(play->patience_ms > 0);
	while (!quiet && conform_now_ms() < end_ms && !play->offline && !play->too_many) {
		unsigned batches = play->commands[0].batches + play->commands[1].batches;

		for (unsigned lane = 0; lane < CONFORM_DOWNS; lane++)
			conform_answers_send(play, (enum conform_down)lane,
				conform_commands_whole(&play->commands[lane]), 0);
		conform_play_rest(play, DRAIN_QUIET_MS);
		quiet = batches == play->commands[0].batches + play->commands[1].batches;
	}
	if (play->too_many)
		return conform_fail(play,
			"HQ has more than %d commands for this store: give it fewer products",
			CONFORM_COMMANDS_MAX);
	return quiet || conform_fail(play, "HQ goes on sending commands that are answered");
}
