/*
 * A member: one named value in a device's JSON, and the reading it becomes.
 *
 * Each vendor has a table of the members it understands, sorted by name; what is not in the table
 * is left alone, since vendors add members with every release. null means "not known now" and is
 * passed over; a member of the table with a value of another type is refused and counted.
 */
#pragma once

#include "node/json.h"
#include "sensors/adapter.h"

/* How the JSON value is written. */
enum br_member_form {
	BR_MEMBER_NUMBER, /* a number, or a text that is one */
	BR_MEMBER_FLAG,	  /* true/false, 1/0 */
	BR_MEMBER_UNFLAG, /* the same, meaning the opposite */
	BR_MEMBER_STATE,  /* "ON"/"OFF" in any case, true/false, 1/0; other words are left alone */
	BR_MEMBER_EVENT	  /* a word that says what happened; empty = nothing did */
};

struct br_member {
	const char *name;
	enum br_reading_kind kind;
	enum br_member_form form;
	double factor; /* the vendor's unit in ours; 0 = 1 */
};

/* Units that a device states beside its values. All zero = the units of the kinds. */
struct br_member_units {
	bool fahrenheit;
	double pressure_factor; /* hPa in one of the device's unit; 0 = 1 */
	double weight_factor;	/* kg in one of the device's unit; 0 = 1 */
};

/* Looks a name up in a table of `count` rows sorted by name; NULL when it is not there. */
const struct br_member *br_member_find(
	const struct br_member *table, size_t count, struct br_str name);

/* True when the table is sorted without doubles, which br_member_find() relies on. For tests. */
bool br_member_table_is_sorted(const struct br_member *table, size_t count);

/* Emits the reading that `value` is, or refuses it, or passes over it. `units` may be NULL. */
void br_member_take(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, const struct br_json *value, const struct br_member_units *units);

/* The same for a bare text that stands alone as a payload: `21.5`, `true`, `ON`, `single`. */
void br_member_take_text(struct br_adapter_call *call, const struct br_member *member,
	struct br_str channel, struct br_str text, const struct br_member_units *units);
