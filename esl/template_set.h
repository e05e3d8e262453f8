/*
 * The templates of a store: all files of a folder, what HQ has set beside them or in their place
 * (label_template.h), and which of them a label gets.
 */
#pragma once

#include "esl/template.h"

#define BR_TEMPLATES_MAX 256

struct br_template_set;

/*
 * Reads every *.json of the folder. A file that is no template is an error that names the file and
 * the box; so is a name that stands twice. The set is read-only afterwards: any thread may look.
 */
BR_MUST_CHECK int br_template_set_load(
	const char *folder, struct br_template_set **ret_set, struct br_fault *fault);
void br_template_set_destroy(struct br_template_set *set);
BR_DEFINE_CLEANUP(template_set, br_template_set_destroy)

/*
 * Puts a template in, and takes it over; the one that had its name is *ret_before (NULL: none), for
 * the caller to destroy when nobody draws it any more. BR_E_TOO_LARGE when the set is full; then
 * the template stays the caller's. Nobody else may look meanwhile.
 */
BR_MUST_CHECK int br_template_set_put(
	struct br_template_set *set, struct br_template *template, struct br_template **ret_before);

/*
 * The template of that name when it fits the display, else the first in name order that fits the
 * display and the state, else one that fits the display in the regular state. NULL when none does.
 */
const struct br_template *br_template_set_find(const struct br_template_set *set,
	struct br_str name, const struct br_display *display, enum br_template_state state);
