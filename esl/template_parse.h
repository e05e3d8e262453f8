/*
 * The reading of one box of a template: the schema as a table of members.
 *
 * Only template.c calls this. Sentences begin with "box N (kind): ".
 */
#pragma once

#include "esl/template.h"
#include "node/json.h"

/*
 * Reads the box numbered `number` (from 1) of the template, whose size and colours are set already.
 * The box borrows texts from the JSON tree. Returns 0, BR_E_INVALID or BR_E_TOO_LARGE.
 */
BR_MUST_CHECK int br_box_parse(const struct br_json *json, unsigned number,
	const struct br_template *template, struct br_box *ret_box, struct br_fault *fault);

/* Reads a whole number within limits; `name` is for the sentence. */
BR_MUST_CHECK int br_template_number(const struct br_json *value, const char *name, int64_t min,
	int64_t max, int64_t *ret_number, struct br_fault *fault);

/* Finds a text among `n` allowed words; `name` is for the sentence, which lists the words. */
BR_MUST_CHECK int br_template_word(const struct br_json *value, const char *name,
	const char *const *words, size_t n, unsigned *ret_index, struct br_fault *fault);
