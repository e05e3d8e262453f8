/*
 * Shapes: one table of fields describes a record, and everything follows from the table.
 *
 * A shape tells for a C struct what its fields are called, of what kind and in which range. From it
 * come the stored bytes (br_record_encode/decode), the JSON of commands and events
 * (br_record_from_json/to_json) with refusals that name the field and what is allowed, and the
 * schemas in the API files. Commands, events and stored rows are all described this way, so there
 * is one decoder to fuzz and one place for every limit.
 *
 * Stored form: version byte | fields in the table's order | CRC-32C (4 bytes, little-endian) over
 * all before it. Numbers are LEB128 varints (signed ones zigzag), texts a varint length and bytes,
 * fixed bytes as they are, lists a varint count and the items' fields.
 *
 * A field added later carries `since`, the shape's version that first had it: older records decode
 * with the field zero, or `absent`. A record of a newer version is BR_E_VERSION.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/arena.h"
#include "node/error.h"
#include "node/json.h"
#include "node/json_out.h"
#include "node/str.h"
#include "node/text.h"

enum br_field_kind {
	BR_FIELD_U64,	/* uint64_t; JSON: whole number up to 2^53 */
	BR_FIELD_MILLI, /* int64_t in 1/1000; JSON: decimal with at most three places */
	BR_FIELD_TIME,	/* int64_t unix ms, 0 = none; JSON: RFC 3339 text */
	BR_FIELD_BOOL,	/* bool */
	/* uint8_t index into `words`; JSON: the word. A first word "" stands for "not given". */
	BR_FIELD_WORD,
	BR_FIELD_TEXT,	/* struct br_str; JSON: text */
	BR_FIELD_BYTES, /* unsigned char[max]; JSON: 2 * max hexadecimal digits */
	BR_FIELD_LIST /* struct br_list of `item`; JSON: list of objects, or of the item's one field
		       */
};

/* What must not be read by everybody who can read a file: texts only. */
enum br_discretion {
	BR_DISCRETION_NONE,
	/* Says something of a shopper: the core seals it before anything is kept, see person.h. */
	BR_DISCRETION_PERSONAL,
	/* Of a command, never kept in itself: no hash of it may be tried out without a key. */
	BR_DISCRETION_SECRET
};

/* A sealed text is so much longer than the plain one: see person.h. */
#define BR_SEALED_BYTES_MORE 37

/* What a text must look like beyond its length; `allowed` ends the sentence "…: allowed is". */
struct br_text_rule {
	bool (*check)(struct br_str text);
	const char *allowed;
};

struct br_list {
	void *items; /* `n` structs of the list's item shape, in the arena they were read into */
	uint32_t n;
};

struct br_field {
	const char *name;
	enum br_field_kind kind;
	uint16_t offset;
	uint8_t since;	       /* shape version that first had it; 0 and 1 are the same */
	bool required;	       /* JSON must have it */
	uint8_t discretion;    /* TEXT: enum br_discretion */
	const char *sealed_as; /* PERSONAL: the field that it goes on in, NULL = of the same name */
	bool day;	       /* TIME: a day of the calendar, kept as its first instant in UTC */
	int64_t min, max; /* numbers: range; texts: bytes; bytes: max is the size; lists: items */
	int64_t absent;	  /* MILLI, U64: the value that stands for "not given" */
	/* MILLI in JSON: written, zero too, when the word field `when` is `when_word`, and only
	 * then. NULL = as usual. */
	const struct br_field *when;
	uint8_t when_word;
	const char *const *words;	 /* WORD: names, NULL at the end */
	const struct br_shape *item;	 /* LIST */
	const struct br_text_rule *rule; /* TEXT, may be NULL */
};

struct br_shape {
	const char *name;
	uint8_t version; /* from 1 */
	size_t size;	 /* of the struct */
	const struct br_field *fields;
	unsigned field_n;
};

/* Field initializers: S is the struct's tag, F the member, whose name is the JSON name. */
#define BR_FIELD_AT(S, F, KIND) .name = #F, .kind = (KIND), .offset = offsetof(struct S, F)
#define BR_U64(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_U64), .min = (MIN), .max = (MAX) \
	}
#define BR_MILLI(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_MILLI), .min = (MIN), .max = (MAX) \
	}
#define BR_MILLI_OR(S, F, MIN, MAX, ABSENT) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_MILLI), .min = (MIN), .max = (MAX), .absent = (ABSENT) \
	}
#define BR_MILLI_WHEN(S, F, MIN, MAX, FIELD, WORD) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_MILLI), .min = (MIN), .max = (MAX), .when = (FIELD), \
						   .when_word = (WORD) \
	}
#define BR_TIME(S, F) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TIME) \
	}
#define BR_DAY(S, F) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TIME), .day = true \
	}
#define BR_BOOL(S, F) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_BOOL) \
	}
#define BR_WORD(S, F, WORDS) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_WORD), .words = (WORDS) \
	}
#define BR_TEXT(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX) \
	}
#define BR_TEXT_RULED(S, F, MIN, MAX, RULE) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), .rule = (RULE) \
	}
#define BR_PERSONAL(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), \
						  .discretion = BR_DISCRETION_PERSONAL \
	}
#define BR_PERSONAL_RULED(S, F, MIN, MAX, RULE) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), .rule = (RULE), \
						  .discretion = BR_DISCRETION_PERSONAL \
	}
#define BR_SECRET(S, F, MIN, MAX, RULE) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), .rule = (RULE), \
						  .discretion = BR_DISCRETION_SECRET \
	}
#define BR_BYTES(S, F) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_BYTES), .max = sizeof(((struct S *)0)->F) \
	}
#define BR_LIST(S, F, MIN, MAX, ITEM) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_LIST), .min = (MIN), .max = (MAX), .item = (ITEM) \
	}
/* The same with `required` set. */
#define BR_MUST_MILLI(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_MILLI), .min = (MIN), .max = (MAX), .required = true \
	}
#define BR_MUST_U64(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_U64), .min = (MIN), .max = (MAX), .required = true \
	}
#define BR_MUST_WORD(S, F, WORDS) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_WORD), .words = (WORDS), .required = true \
	}
#define BR_MUST_TEXT(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), .required = true \
	}
#define BR_MUST_TEXT_RULED(S, F, MIN, MAX, RULE) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), .rule = (RULE), \
						  .required = true \
	}
#define BR_MUST_PERSONAL(S, F, MIN, MAX) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_TEXT), .min = (MIN), .max = (MAX), .required = true, \
						  .discretion = BR_DISCRETION_PERSONAL \
	}
#define BR_MUST_LIST(S, F, MIN, MAX, ITEM) \
	{ \
		BR_FIELD_AT(S, F, BR_FIELD_LIST), .min = (MIN), .max = (MAX), .item = (ITEM), \
						  .required = true \
	}

/* Defines `const struct br_shape NAME` for struct TAG from the array FIELDS. */
#define BR_DEFINE_SHAPE(NAME, TAG, VERSION, FIELDS) \
	const struct br_shape NAME = {.name = #TAG, \
		.version = (VERSION), \
		.size = sizeof(struct TAG), \
		.fields = (FIELDS), \
		.field_n = BR_ARRAY_LEN(FIELDS)}

/*
 * Appends the stored form of `record`. The record's own values are the program's: a value outside
 * its range is a broken invariant. Failures stay in the text.
 */
void br_record_encode(const struct br_shape *shape, const void *record, struct br_text *text);

/* The stored bytes that a text field may have at most: sealed ones are longer. */
size_t br_field_text_bytes_max(const struct br_field *field);

/* True when a field of the shape, or of its lists' items, is personal or secret. */
bool br_shape_discreet(const struct br_shape *shape);

/* True when such a field of the record is not empty; the second asks for personal ones only. */
bool br_record_discreet(const struct br_shape *shape, const void *record);
bool br_record_personal(const struct br_shape *shape, const void *record);

/*
 * A copy of the record in the arena in which each personal and secret text that is not empty went
 * through `change`; what `change` leaves alone stays the same text. NULL when the arena is out or
 * `change` returned false.
 */
BR_MUST_CHECK void *br_record_rewrite(const struct br_shape *shape, const void *record,
	struct br_arena *arena,
	bool (*change)(void *context, const struct br_field *field, struct br_str *text),
	void *context);

/*
 * Reads a stored form. Texts in *ret_record point into `bytes`, lists into the arena. Total: any
 * bytes give 0, BR_E_CORRUPT, BR_E_VERSION or BR_E_MEMORY.
 */
BR_MUST_CHECK int br_record_decode(const struct br_shape *shape, struct br_str bytes,
	struct br_arena *arena, void *ret_record);

/*
 * Reads a record out of a JSON object, checking every range. Members the shape does not know are
 * refused, because a misspelt optional field would otherwise be lost in silence. Texts point into
 * the JSON tree, lists into the arena. Returns 0, BR_E_INVALID with the fault naming the field and
 * what is allowed, or BR_E_TOO_LARGE when the arena is out.
 */
BR_MUST_CHECK int br_record_from_json(const struct br_shape *shape, const struct br_json *json,
	struct br_arena *arena, void *ret_record, struct br_fault *fault);

/* A member that may stand among a record's in JSON, and is none of its shape's. */
struct br_record_beside {
	const char *name;
	const char *schema; /* JSON */
};

/* The same, passing over that member. */
BR_MUST_CHECK int br_record_from_json_beside(const struct br_shape *shape,
	const struct br_json *json, const struct br_record_beside *beside, struct br_arena *arena,
	void *ret_record, struct br_fault *fault);

/*
 * Writes the record's members into the object that is open. Empty and zero optional ones are left
 * out. Personal texts are opened as far as the writer may see them: br_json_out_personal().
 */
void br_record_to_json(const struct br_shape *shape, const void *record, struct br_json_out *out);

/*
 * Writes the JSON Schema (2020-12) of the shape as an object with the member name `name`, with the
 * sentence `description` and with a member beside the shape's unless those are NULL.
 */
void br_record_schema(const struct br_shape *shape, const char *name, const char *description,
	const struct br_record_beside *beside, struct br_json_out *out);

/* Copies a list's item out: `index` < n. */
#define BR_LIST_AT(LIST, TAG, INDEX) (&((struct TAG *)(LIST).items)[INDEX])
