/*
 * Slices of JSON as it was sent: the bytes of one member or element, uninterpreted.
 *
 * A command travels to the core as its sender wrote it, so that every number keeps all its digits.
 * The text must have passed br_json_parse(); what a slice holds is judged by whoever parses it.
 */
#pragma once

#include "node/str.h"

/*
 * The first member `name` of the object `json`, whose name is written without escapes; false when
 * there is none or `json` is no object.
 */
BR_MUST_CHECK bool br_json_slice_member(
	struct br_str json, const char *name, struct br_str *ret_value);

/*
 * Takes the next element off a list: *rest begins as the list's text and is moved behind the
 * element. False at the end or when *rest is no list.
 */
BR_MUST_CHECK bool br_json_slice_element(struct br_str *rest, struct br_str *ret_value);
