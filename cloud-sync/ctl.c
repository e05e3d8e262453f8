#include "cloud-sync/ctl.h"

#include "node/hlc.h"
#include "node/limits.h"
#include "node/time.h"

const char *const br_down_words[BR_DOWN_N] = {"orders", "catalog"};

bool br_epoch_valid(struct br_str epoch)
{
	if (epoch.n != BR_EPOCH_TEXT_BYTES - 1)
		return false;
	for (size_t i = 0; i < epoch.n; i++) {
		char c = epoch.s[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

static int epoch_read(const struct br_json *root, const char *name,
	char ret_epoch[BR_EPOCH_TEXT_BYTES], struct br_fault *fault)
{
	struct br_str epoch;

	br_assert(name[0] != '\0');
	if (!br_json_string(br_json_member(root, name), &epoch) || !br_epoch_valid(epoch) ||
		!br_str_copy(epoch, ret_epoch, BR_EPOCH_TEXT_BYTES))
		return br_fault_set(fault, BR_E_INVALID,
			"%s: allowed is a text of 16 lower-case hexadecimal digits", name);
	return 0;
}

static int sequence_read(const struct br_json *value, const char *name, uint64_t *ret_sequence,
	struct br_fault *fault)
{
	int64_t number;

	br_assert(name[0] != '\0');
	if (!br_json_i64(value, &number) || number < 0)
		return br_fault_set(
			fault, BR_E_INVALID, "%s: allowed is a whole number from 0 to 2^53", name);
	*ret_sequence = (uint64_t)number;
	return 0;
}

/* A pair of numbers; the second is at least `apart` more than the first. */
static int pair_read(const struct br_json *pair, const char *name, uint64_t apart,
	uint64_t *ret_first, uint64_t *ret_second, struct br_fault *fault)
{
	const struct br_json *json = br_json_first(pair);
	uint64_t first = 0, second = 0;
	int result;

	br_assert(apart <= 1);
	if (br_json_kind(pair) != BR_JSON_ARRAY || br_json_count(pair) != 2)
		return br_fault_set(
			fault, BR_E_INVALID, "%s: allowed are pairs of two numbers", name);
	result = sequence_read(json, name, &first, fault);
	if (result == 0)
		result = sequence_read(br_json_next(json), name, &second, fault);
	if (result == 0 && second < first + apart)
		result = br_fault_set(
			fault, BR_E_INVALID, "%s: a pair ends before it has begun", name);
	if (result == 0) {
		*ret_first = first;
		*ret_second = second;
	}
	return result;
}

/* What HQ has of one lane: the members cum_seq and have. */
static int has_read(const struct br_json *json, struct br_ctl_has *ret_has, struct br_fault *fault)
{
	const struct br_json *have = br_json_member(json, "have");
	struct br_ctl_has has = {.beyond.n = 0};
	int result = sequence_read(br_json_member(json, "cum_seq"), "cum_seq", &has.cum_seq, fault);

	if (result == 0 && br_json_kind(have) != BR_JSON_ABSENT &&
		(br_json_kind(have) != BR_JSON_ARRAY || br_json_count(have) > BR_LANE_HELD_MAX))
		result = br_fault_set(fault, BR_E_INVALID,
			"have: allowed is a list of at most %d pairs [after, until]",
			BR_LANE_HELD_MAX);
	if (result < 0)
		return result;
	BR_JSON_EACH (pair, have) {
		uint64_t after = 0, until = 0;

		result = pair_read(pair, "have", 1, &after, &until, fault);
		if (result < 0)
			return result;
		br_assert(after < until && has.beyond.n < BR_LANE_HELD_MAX);
		/* Pieces that touch each other are one; there are never more than places. */
		(void)br_stretches_add(&has.beyond, after, until);
	}
	(void)br_stretches_remove(&has.beyond, 0, has.cum_seq);
	*ret_has = has;
	return 0;
}

static int nack_read(const struct br_json *root, struct br_ctl *ctl, struct br_fault *fault)
{
	const struct br_json *nack = br_json_member(root, "nack");

	if (br_json_kind(nack) == BR_JSON_ABSENT)
		return 0;
	if (br_json_kind(nack) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID, "nack: allowed is a list");
	BR_JSON_EACH (pair, nack) {
		int result;

		if (ctl->nack_n == BR_CTL_RANGES_MAX)
			return br_fault_set(fault, BR_E_TOO_LARGE,
				"nack: more than the %d ranges that are allowed",
				BR_CTL_RANGES_MAX);
		result = pair_read(pair, "nack", 0, &ctl->nack[ctl->nack_n].first,
			&ctl->nack[ctl->nack_n].last, fault);
		if (result < 0)
			return result;
		ctl->nack_n++;
	}
	br_assert(ctl->nack_n <= BR_CTL_RANGES_MAX);
	return 0;
}

static int ack_read(const struct br_json *root, struct br_ctl *ctl, struct br_fault *fault)
{
	const struct br_json *credit = br_json_member(root, "credit");
	struct br_str lane = {NULL, 0};
	int64_t number = BR_LINK_WINDOW_BATCHES;
	int result = epoch_read(root, "epoch", ctl->epoch, fault);

	ctl->kind = BR_CTL_ACK;
	if (result < 0)
		return result;
	if (!br_json_string(br_json_member(root, "lane"), &lane) ||
		br_lane_named(lane) == BR_LANE_NONE)
		return br_fault_set(fault, BR_E_INVALID,
			"lane: allowed is \"orders\", \"stock\" or \"telemetry\"");
	ctl->lane = br_lane_named(lane);
	br_assert(br_epoch_valid(br_str_from(ctl->epoch)));
	result = has_read(root, &ctl->has, fault);
	if (result < 0)
		return result;
	if (br_json_kind(credit) != BR_JSON_ABSENT &&
		(!br_json_i64(credit, &number) || number < 0 || number > 1000000))
		return br_fault_set(
			fault, BR_E_INVALID, "credit: allowed is a whole number from 0 to 1000000");
	ctl->credit = (unsigned)number;
	return nack_read(root, ctl, fault);
}

int br_ctl_hlc_read(
	const struct br_json *root, const char *name, uint64_t *ret_hlc, struct br_fault *fault)
{
	const struct br_json *member = br_json_member(root, name);
	struct br_str text;

	br_assert(name[0] != '\0');
	if (br_json_kind(member) == BR_JSON_ABSENT) {
		*ret_hlc = 0;
		return 0;
	}
	if (!br_json_string(member, &text) || !br_hlc_parse(text, ret_hlc))
		return br_fault_set(fault, BR_E_INVALID,
			"%s: allowed is a text of 16 lower-case hexadecimal digits", name);
	return 0;
}

/* HQ's clock and stamp: it need not say either. */
static int welcome_time_read(const struct br_json *root, struct br_ctl *ctl, struct br_fault *fault)
{
	const struct br_json *time = br_json_member(root, "time");
	struct br_str text;

	br_assert(ctl->kind == BR_CTL_WELCOME);
	if (br_json_kind(time) != BR_JSON_ABSENT &&
		(!br_json_string(time, &text) || !br_time_parse(text, &ctl->time_ms)))
		return br_fault_set(fault, BR_E_INVALID, "time: allowed is RFC 3339 text");
	return br_ctl_hlc_read(root, "hlc", &ctl->hlc, fault);
}

static int welcome_read(const struct br_json *root, struct br_ctl *ctl, struct br_fault *fault)
{
	const struct br_json *lanes = br_json_member(root, "lanes");
	int result = epoch_read(root, "hq_epoch", ctl->hq_epoch, fault);

	ctl->kind = BR_CTL_WELCOME;
	if (result == 0 && br_json_kind(br_json_member(root, "epoch")) != BR_JSON_ABSENT)
		result = epoch_read(root, "epoch", ctl->epoch, fault);
	if (result == 0 && br_json_kind(br_json_member(root, "id")) != BR_JSON_ABSENT)
		result = epoch_read(root, "id", ctl->hello, fault);
	if (result == 0)
		result = welcome_time_read(root, ctl, fault);
	if (result == 0 && br_json_kind(br_json_member(root, "epcis")) != BR_JSON_ABSENT &&
		!br_json_bool(br_json_member(root, "epcis"), &ctl->epcis))
		return br_fault_set(fault, BR_E_INVALID, "epcis: allowed is true or false");
	for (unsigned i = 0; i < BR_LANES_UP && result == 0; i++) {
		const char *name = br_lane_word(br_lane_at(i));
		const struct br_json *lane = br_json_member(lanes, name);

		/* Who does not name telemetry does not want it. */
		if (br_lane_at(i) == BR_LANE_TELEMETRY) {
			ctl->telemetry = br_json_kind(lane) != BR_JSON_ABSENT;
			if (!ctl->telemetry)
				continue;
		}
		result = has_read(lane, &ctl->lanes[i], fault);
		if (result < 0)
			br_fault_prefix(fault, name);
	}
	return result;
}

static int refused_read(const struct br_json *root, struct br_ctl *ctl, struct br_fault *fault)
{
	int result = epoch_read(root, "epoch", ctl->epoch, fault);
	struct br_str code = {NULL, 0};

	ctl->kind = BR_CTL_REFUSED;
	if (result < 0)
		return result;
	br_assert(br_epoch_valid(br_str_from(ctl->epoch)));
	(void)!br_json_string(br_json_member(root, "code"), &code);
	if (br_str_is(code, "epoch_left"))
		ctl->refusal = BR_CTL_EPOCH_LEFT;
	else if (br_str_is(code, "sequence_reused"))
		ctl->refusal = BR_CTL_SEQUENCE_REUSED;
	else
		result = br_fault_set(fault, BR_E_INVALID,
			"code: allowed is \"epoch_left\" or \"sequence_reused\"");
	return result;
}

int br_ctl_read(const struct br_json *root, struct br_ctl *ret_ctl, struct br_fault *fault)
{
	struct br_ctl ctl = {.kind = BR_CTL_ACK};
	struct br_str type = {NULL, 0};
	int result = 0;

	(void)!br_json_string(br_json_member(root, "type"), &type);
	if (br_str_is(type, "ack"))
		result = ack_read(root, &ctl, fault);
	else if (br_str_is(type, "welcome"))
		result = welcome_read(root, &ctl, fault);
	else if (br_str_is(type, "checked"))
		ctl.kind = BR_CTL_CHECKED;
	else if (br_str_is(type, "certificate") || br_str_is(type, "certificate_refused"))
		ctl.kind = BR_CTL_CERTIFICATE; /* read by who asked for it */
	else if (br_str_is(type, "refused"))
		result = refused_read(root, &ctl, fault);
	else
		result = br_fault_set(fault, BR_E_INVALID,
			"type: allowed is \"ack\", \"welcome\", \"refused\", \"checked\", "
			"\"verdict\", \"recovered\", \"ranges\", \"reconcile\", \"certificate\" or "
			"\"certificate_refused\"");
	br_assert(result <= 0);
	if (result == 0)
		*ret_ctl = ctl;
	return result;
}

void br_hello_write(const struct br_hello *hello, struct br_text *text)
{
	char stamp[BR_HLC_TEXT_BYTES];
	struct br_json_out out;

	br_assert(br_epoch_valid(br_str_from(hello->epoch)) && hello->version != NULL);
	br_assert(br_epoch_valid(br_str_from(hello->id)));
	br_assert(hello->hq_epoch[0] == '\0' || br_epoch_valid(br_str_from(hello->hq_epoch)));
	br_json_out_begin(&out, text);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "type", "hello");
	br_json_out_puts(&out, "id", hello->id);
	br_json_out_string(&out, "store", hello->store);
	br_json_out_puts(&out, "epoch", hello->epoch);
	br_json_out_u64(&out, "since", hello->since);
	br_json_out_puts(&out, "version", hello->version);
	br_json_out_puts(&out, "hq_epoch", hello->hq_epoch);
	br_json_out_object(&out, "lanes");
	for (unsigned i = 0; i < BR_LANES_UP; i++) {
		br_json_out_object(&out, br_lane_word(br_lane_at(i)));
		br_json_out_u64(&out, "head", hello->heads[i]);
		br_json_out_end(&out);
	}
	br_json_out_end(&out);
	br_json_out_object(&out, "down");
	for (unsigned i = 0; i < BR_DOWN_N; i++)
		br_json_out_u64(&out, br_down_words[i], hello->down[i]);
	br_json_out_end(&out);
	br_json_out_time(&out, "time", hello->now_ms);
	br_hlc_format(hello->hlc, stamp);
	br_json_out_puts(&out, "hlc", stamp);
	br_json_out_end(&out);
}
