#include "node/label_design.h"

#include <inttypes.h>

#include "node/limits.h"
#include "node/tables.h"

#define VERSION_MAX 1000000000

#define NAME(S) BR_MUST_TEXT(S, template, 1, BR_LABEL_DESIGN_NAME_BYTES_MAX)

static const struct br_field design_fields[] = {
	NAME(br_label_design),
	BR_MUST_U64(br_label_design, version, 1, VERSION_MAX),
	BR_MUST_TEXT(br_label_design, text, 2, BR_LABEL_DESIGN_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_label_design_shape, br_label_design, 1, design_fields);

static const struct br_field part_fields[] = {
	NAME(br_label_design_part),
	BR_MUST_U64(br_label_design_part, version, 1, VERSION_MAX),
	BR_U64(br_label_design_part, part, 0, BR_LABEL_DESIGN_PARTS_MAX - 1),
	BR_MUST_U64(br_label_design_part, parts, 1, BR_LABEL_DESIGN_PARTS_MAX),
	BR_MUST_TEXT(br_label_design_part, text, 1, BR_LABEL_DESIGN_PART_BYTES),
};
BR_DEFINE_SHAPE(br_label_design_part_shape, br_label_design_part, 1, part_fields);

static const struct br_field row_fields[] = {
	BR_MUST_U64(br_label_design_row, version, 1, VERSION_MAX),
	BR_MUST_U64(br_label_design_row, parts, 1, BR_LABEL_DESIGN_PARTS_MAX),
	BR_MUST_TEXT(br_label_design_row, text, 1, BR_LABEL_DESIGN_PART_BYTES),
};
BR_DEFINE_SHAPE(br_label_design_row_shape, br_label_design_row, 1, row_fields);

/* A part may end a character early. */
_Static_assert(
	BR_LABEL_DESIGN_BYTES_MAX <= BR_LABEL_DESIGN_PARTS_MAX * (BR_LABEL_DESIGN_PART_BYTES - 3),
	"the longest text fits into the parts");

static int (*text_check)(struct br_str template, struct br_str text, struct br_fault *fault);

void br_label_design_check_set(
	int (*check)(struct br_str template, struct br_str text, struct br_fault *fault))
{
	br_assert(check == NULL || text_check == NULL || check == text_check);
	text_check = check;
}

static struct br_key part_key(struct br_str template, uint32_t part)
{
	struct br_key key = br_key_of_str(template);

	br_assert(part <= BR_LABEL_DESIGN_PARTS_MAX);
	br_key_add_u32(&key, part);
	return key;
}

static int row_get(struct br_txn *txn, struct br_str template, uint32_t part,
	struct br_arena *arena, struct br_label_design_row *ret_row)
{
	struct br_key key = part_key(template, part);

	return br_row_get(txn, BR_TABLE_LABEL_DESIGN, br_key_str(&key), &br_label_design_row_shape,
		arena, ret_row);
}

int br_label_design_get(
	struct br_txn *txn, struct br_str template, struct br_arena *arena, struct br_text *text)
{
	struct br_label_design_row row;
	uint64_t version = 0, parts = 1;

	br_assert(template.n > 0);
	for (uint32_t part = 0; part < parts; part++) {
		int result = row_get(txn, template, part, arena, &row);

		if (result < 0)
			return result == BR_E_NOT_FOUND && part > 0 ? BR_E_CORRUPT : result;
		if (part > 0 && (row.version != version || row.parts != parts))
			return BR_E_CORRUPT;
		version = row.version;
		parts = row.parts;
		br_text_add_str(text, row.text);
	}
	return br_text_error(text);
}

bool br_label_design_next(
	struct br_txn *txn, struct br_str after, char ret_name[BR_LABEL_DESIGN_NAME_BYTES_MAX + 1])
{
	/* Behind the last part that there can be. */
	struct br_key from = part_key(after, BR_LABEL_DESIGN_PARTS_MAX);
	struct br_str none = {NULL, 0}, key, value, name = none;
	struct br_scan scan;
	bool found;

	br_scan_begin(&scan, txn, BR_TABLE_LABEL_DESIGN, none,
		after.n > 0 ? br_key_str(&from) : none, false);
	found = br_scan_next(&scan, &key, &value) && br_key_take_str(&key, &name) &&
		br_str_copy(name, ret_name, BR_LABEL_DESIGN_NAME_BYTES_MAX + 1);
	br_scan_end(&scan);
	br_assert(!found || name.n > 0);
	return found;
}

/* The version that there is, 0 for none; refuses a name too many. Negative: the store failed. */
static int place_refuse(struct br_decision *decision, const struct br_label_design *design)
{
	struct br_label_design_row row;
	int result = row_get(decision->txn, design->template, 0, decision->arena, &row);
	char name[BR_LABEL_DESIGN_NAME_BYTES_MAX + 1] = "";
	unsigned n = 0;

	br_assert(design->version > 0);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	if (result == 0 && row.version >= design->version)
		return br_decision_refuse(decision, BR_REFUSAL_VERSION,
			"template \"%.*s\": has version %" PRIu64 " already",
			BR_STR_ARG(design->template), row.version);
	while (result == BR_E_NOT_FOUND && n < BR_LABEL_DESIGNS_MAX &&
		br_label_design_next(decision->txn, br_str_from(name), name))
		n++;
	if (n == BR_LABEL_DESIGNS_MAX)
		return br_decision_refuse(decision, BR_REFUSAL_TOO_MUCH,
			"template \"%.*s\": allowed are %d templates", BR_STR_ARG(design->template),
			BR_LABEL_DESIGNS_MAX);
	return br_txn_error(decision->txn);
}

/* Cuts the text between characters; returns how many parts there are. */
static unsigned parts_cut(struct br_str text, struct br_str parts[BR_LABEL_DESIGN_PARTS_MAX])
{
	unsigned n = 0;

	while (text.n > 0) {
		size_t bytes = text.n > BR_LABEL_DESIGN_PART_BYTES
				       ? br_utf8_cut(text.s, BR_LABEL_DESIGN_PART_BYTES)
				       : text.n;

		br_assert(n < BR_LABEL_DESIGN_PARTS_MAX && bytes > 0);
		parts[n++] = (struct br_str){text.s, bytes};
		text.s += bytes;
		text.n -= bytes;
	}
	return n;
}

int br_label_design_decide(struct br_decision *decision, const void *body)
{
	const struct br_label_design *design = body;
	struct br_str parts[BR_LABEL_DESIGN_PARTS_MAX];
	struct br_fault fault = {""};
	unsigned n;
	int result;

	if (!br_str_is(decision->command->actor, BR_ACTOR_CENTRAL))
		return br_decision_refuse(decision, BR_REFUSAL_NOT_ALLOWED,
			"templates are set by the central system; one of this store's own is a "
			"file in the folder that [labels] templates names");
	result = place_refuse(decision, design);
	if (result != 0)
		return result;
	if (text_check != NULL && text_check(design->template, design->text, &fault) < 0)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED, "template \"%.*s\": %s",
			BR_STR_ARG(design->template), fault.text);
	n = parts_cut(design->text, parts);
	br_assert(n > 0 && n <= BR_LABEL_DESIGN_PARTS_MAX);
	for (unsigned i = 0; i < n; i++)
		br_decision_emit(decision, BR_EVENT_TEMPLATE_CHANGED,
			&(struct br_label_design_part){.template = design->template,
				.version = design->version,
				.part = i,
				.parts = n,
				.text = parts[i]});
	return 0;
}

void br_label_design_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	const struct br_label_design_part *part = event->body;
	struct br_key key = part_key(part->template, (uint32_t)part->part);

	br_assert(event->kind == BR_EVENT_TEMPLATE_CHANGED);
	/* It may come back from HQ, where anything may stand in it. */
	if (part->part >= part->parts)
		return;
	br_row_put(txn, BR_TABLE_LABEL_DESIGN, br_key_str(&key), &br_label_design_row_shape,
		&(struct br_label_design_row){part->version, part->parts, part->text});
	if (part->part + 1 < part->parts)
		return;
	/* The version before may have had more parts. */
	for (uint32_t i = (uint32_t)part->parts; i < BR_LABEL_DESIGN_PARTS_MAX; i++) {
		key = part_key(part->template, i);
		br_txn_delete(txn, BR_TABLE_LABEL_DESIGN, br_key_str(&key));
	}
}
