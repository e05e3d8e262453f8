#include "esl/template.h"

#include <stdlib.h>
#include <string.h>

#include "esl/template_parse.h"
#include "node/json.h"

static const char *const state_texts[] = {"regular", "promotion", "sold_out", "not_for_sale"};

const char *br_template_state_text(enum br_template_state state)
{
	br_assert((size_t)state < BR_ARRAY_LEN(state_texts));
	return state_texts[state];
}

static int name_read(
	const struct br_json *value, struct br_template *template, struct br_fault *fault)
{
	struct br_str name;

	br_assert(template->name[0] == '\0');
	if (!br_json_string(value, &name) || name.n == 0)
		return br_fault_set(fault, BR_E_INVALID,
			"name is %s; a text that is not empty is needed",
			br_json_kind_text(br_json_kind(value)));
	if (!br_str_copy(name, template->name, sizeof(template->name)))
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"name has %zu bytes; at most %d are allowed", name.n,
			BR_TEMPLATE_NAME_BYTES_MAX);
	return 0;
}

/* Colours are a list of palette names; white and black are always there. */
static int colours_read(
	const struct br_json *value, struct br_template *template, struct br_fault *fault)
{
	if (br_json_kind(value) != BR_JSON_ARRAY)
		return br_fault_set(fault, BR_E_INVALID,
			"colours is %s; a list of \"white\", \"black\", \"red\" is needed",
			br_json_kind_text(br_json_kind(value)));
	BR_JSON_EACH (colour, value) {
		static const char *const names[BR_COLOUR_N] = {"white", "black", "red"};
		unsigned index = 0;
		int error = br_template_word(colour, "colours", names, BR_COLOUR_N, &index, fault);

		if (error < 0)
			return error;
		br_assert(index < BR_COLOUR_N);
		if (index == BR_COLOUR_RED)
			template->red = true;
	}
	return 0;
}

static int sides_read(
	const struct br_json *root, struct br_template *template, struct br_fault *fault)
{
	int64_t w = 0, h = 0;
	int error = br_template_number(br_json_member(root, "w"), "w", BR_DISPLAY_SIDE_MIN_PX,
		BR_DISPLAY_SIDE_MAX_PX, &w, fault);

	if (error == 0)
		error = br_template_number(br_json_member(root, "h"), "h", BR_DISPLAY_SIDE_MIN_PX,
			BR_DISPLAY_SIDE_MAX_PX, &h, fault);
	if (error < 0)
		return error;
	br_assert(w > 0 && h > 0);
	template->w = (uint16_t)w;
	template->h = (uint16_t)h;
	return 0;
}

static int members_check(const struct br_json *root, struct br_fault *fault)
{
	static const char *const known[] = {
		"name", "version", "w", "h", "colours", "state", "boxes", "note"};

	BR_JSON_EACH (member, root) {
		struct br_str name = br_json_name(member);
		bool found = false;

		for (size_t i = 0; i < BR_ARRAY_LEN(known); i++)
			found = found || br_str_is(name, known[i]);
		if (!found)
			return br_fault_set(fault, BR_E_INVALID,
				"unknown member \"%.*s\" of the template; name, version, w, h, "
				"colours, state, boxes and note are allowed",
				BR_STR_ARG(name));
	}
	return 0;
}

static int head_read(
	const struct br_json *root, struct br_template *template, struct br_fault *fault)
{
	unsigned state = 0;
	int64_t version = 0;
	int error = members_check(root, fault);

	if (error == 0)
		error = name_read(br_json_member(root, "name"), template, fault);
	if (error == 0)
		error = br_template_number(br_json_member(root, "version"), "version", 1,
			BR_TEMPLATE_VERSION_MAX, &version, fault);
	if (error == 0)
		error = sides_read(root, template, fault);
	if (error == 0)
		error = colours_read(br_json_member(root, "colours"), template, fault);
	if (error == 0)
		error = br_template_word(br_json_member(root, "state"), "state", state_texts,
			BR_ARRAY_LEN(state_texts), &state, fault);
	if (error < 0)
		return error;
	br_assert(version > 0 && state < BR_ARRAY_LEN(state_texts));
	template->version = (uint32_t)version;
	template->state = (enum br_template_state)state;
	return 0;
}

static int boxes_read(
	const struct br_json *boxes, struct br_template *template, struct br_fault *fault)
{
	BR_JSON_EACH (json, boxes) {
		int error = br_box_parse(json, template->box_n + 1, template,
			&template->boxes[template->box_n], fault);

		if (error < 0)
			return error;
		template->box_n++;
		br_assert(template->box_n <= BR_TEMPLATE_BOXES_MAX);
	}
	return 0;
}

static int template_read(
	struct br_json *root, struct br_template **ret_template, struct br_fault *fault)
{
	BR_CLEANUP(br_template_cleanup) struct br_template *template = NULL;
	const struct br_json *boxes = br_json_member(root, "boxes");
	size_t n = br_json_count(boxes);
	int error;

	if (br_json_kind(boxes) != BR_JSON_ARRAY || n == 0)
		return br_fault_set(fault, BR_E_INVALID,
			"boxes is %s; a list of at least one box is needed",
			n == 0 && br_json_kind(boxes) == BR_JSON_ARRAY
				? "empty"
				: br_json_kind_text(br_json_kind(boxes)));
	if (n > BR_TEMPLATE_BOXES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%zu boxes; at most %d are allowed", n,
			BR_TEMPLATE_BOXES_MAX);
	template = calloc(1, sizeof(*template) + n * sizeof(template->boxes[0]));
	if (template == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for a template");
	error = head_read(root, template, fault);
	if (error == 0)
		error = boxes_read(boxes, template, fault);
	if (error < 0)
		return error;
	br_assert(template->box_n == n && template->w > 0);
	*ret_template = BR_TAKE(template);
	return 0;
}

int br_template_parse(struct br_str json, struct br_template **ret_template, struct br_fault *fault)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	int error;

	if (json.n > BR_TEMPLATE_BYTES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE,
			"a template of %zu bytes; at most %d are allowed", json.n,
			BR_TEMPLATE_BYTES_MAX);
	error = br_json_parse(json, &root, fault);
	if (error < 0)
		return error;
	if (br_json_kind(root) != BR_JSON_OBJECT)
		return br_fault_set(fault, BR_E_INVALID, "the template is %s; an object is needed",
			br_json_kind_text(br_json_kind(root)));
	error = template_read(root, ret_template, fault);
	if (error < 0)
		return error;
	br_assert((*ret_template)->root == NULL);
	(*ret_template)->root = BR_TAKE(root);
	return 0;
}

void br_template_destroy(struct br_template *template)
{
	if (template == NULL)
		return;
	br_json_free(template->root);
	free(template);
}

int br_template_check(const struct br_template *template, const struct br_display *display,
	struct br_fault *fault)
{
	int error = br_display_check(display, fault);

	if (error < 0)
		return error;
	br_assert(template->box_n > 0);
	if (template->w != display->w || template->h != display->h)
		return br_fault_set(fault, BR_E_INVALID,
			"template %s is for %ux%u pixels, the display has %ux%u", template->name,
			template->w, template->h, display->w, display->h);
	return 0;
}
