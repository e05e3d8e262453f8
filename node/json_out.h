/*
 * Writes JSON (RFC 8259) into a br_text. Commas and quotes are its business, nesting is checked by
 * assertions: an object's member needs a name, an array's element has none (name NULL).
 *
 *	br_json_out_begin(&out, &text);
 *	br_json_out_object(&out, NULL);
 *	br_json_out_string(&out, "sku", sku);
 *	br_json_out_end(&out);
 *
 * Failures stay in the text: check br_text_error() once at the end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/text.h"

#define BR_JSON_OUT_DEPTH_MAX 16

/*
 * The first byte of a sealed text (person.h), which no plain one has: texts with control characters
 * are refused where they come in.
 */
#define BR_SEALED_MARK 0x01

/*
 * Opens sealed texts for whoever the JSON is for. `open` writes the plain text of a field into
 * `room`: 0, or negative when its key was destroyed or it is not what was sealed.
 */
struct br_opener {
	int (*open)(void *context, struct br_str sealed, const char *field, struct br_text *room);
	void *context;
};

struct br_json_out {
	struct br_text *text; /* borrowed */
	/* May see what persons said; NULL, as it begins: may not. Borrowed. */
	const struct br_opener *opener;
	unsigned depth;
	uint32_t objects; /* bit per level: that level is an object */
	uint32_t filled;  /* bit per level: that level has a member already */
};

void br_json_out_begin(struct br_json_out *out, struct br_text *text);

void br_json_out_object(struct br_json_out *out, const char *name);
void br_json_out_array(struct br_json_out *out, const char *name);
/* Closes the innermost object or array. */
void br_json_out_end(struct br_json_out *out);

/* The text must be UTF-8; control characters are escaped. */
void br_json_out_string(struct br_json_out *out, const char *name, struct br_str value);
void br_json_out_puts(struct br_json_out *out, const char *name, const char *value);
/*
 * A text that may be sealed, as the member `name`, which is the field's name, too: the plain text
 * for those who may see it, null when it was erased, and nothing when it is empty or the reader has
 * no opener. The node's own words in such a field are plain and are written for everybody.
 */
void br_json_out_personal(struct br_json_out *out, const char *name, struct br_str value);
void br_json_out_i64(struct br_json_out *out, const char *name, int64_t value);
void br_json_out_u64(struct br_json_out *out, const char *name, uint64_t value);
/* value / 1000 as a decimal number. */
void br_json_out_milli(struct br_json_out *out, const char *name, int64_t value);
/* Six significant digits; NaN and infinities become null. */
void br_json_out_double(struct br_json_out *out, const char *name, double value);
void br_json_out_bool(struct br_json_out *out, const char *name, bool value);
void br_json_out_null(struct br_json_out *out, const char *name);
/* Unix milliseconds as RFC 3339 UTC text with milliseconds, null for 0. */
void br_json_out_time(struct br_json_out *out, const char *name, int64_t unix_ms);
/* Lower-case hexadecimal text. */
void br_json_out_hex(struct br_json_out *out, const char *name, const void *bytes, size_t n);
/* JSON that is written already, put in as it stands. */
void br_json_out_raw(struct br_json_out *out, const char *name, struct br_str json);
