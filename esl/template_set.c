#include "esl/template_set.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct br_template_set {
	struct br_template *templates[BR_TEMPLATES_MAX]; /* in name order */
	unsigned n;
};

static int is_json(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static int file_parse(const char *path, struct br_template **ret_template, struct br_fault *fault)
{
	char *bytes = malloc(BR_TEMPLATE_BYTES_MAX + 1);
	FILE *file = bytes != NULL ? fopen(path, "rb") : NULL;
	int result = 0;
	size_t n = 0;

	br_assert(path[0] != '\0');
	if (file == NULL) {
		free(bytes);
		return br_fault_set(fault, BR_E_IO, "%s: %s", path, strerror(errno));
	}
	n = fread(bytes, 1, BR_TEMPLATE_BYTES_MAX + 1, file);
	if (ferror(file) != 0)
		result = br_fault_set(fault, BR_E_IO, "cannot be read");
	else if (n > BR_TEMPLATE_BYTES_MAX)
		result = br_fault_set(fault, BR_E_TOO_LARGE, "is over 64 KiB");
	else
		result = br_template_parse((struct br_str){bytes, n}, ret_template, fault);
	(void)fclose(file);
	free(bytes);
	if (result < 0)
		br_fault_prefix(fault, path);
	return result;
}

/* Where the name stands, or would; *ret_found: it stands there. */
static unsigned place_find(const struct br_template_set *set, const char *name, bool *ret_found)
{
	unsigned place = 0;
	int order = 1;

	br_assert(set->n <= BR_TEMPLATES_MAX);
	while (place < set->n && (order = strcmp(set->templates[place]->name, name)) < 0)
		place++;
	*ret_found = place < set->n && order == 0;
	return place;
}

int br_template_set_put(
	struct br_template_set *set, struct br_template *template, struct br_template **ret_before)
{
	bool found;
	unsigned place = place_find(set, template->name, &found);

	if (!found && set->n == BR_TEMPLATES_MAX)
		return BR_E_TOO_LARGE;
	*ret_before = found ? set->templates[place] : NULL;
	if (!found) {
		memmove(set->templates + place + 1, set->templates + place,
			(set->n - place) * sizeof(set->templates[0]));
		set->n++;
	}
	set->templates[place] = template;
	br_assert(set->n <= BR_TEMPLATES_MAX && place < set->n);
	return 0;
}

static int template_add(struct br_template_set *set, const char *path, struct br_fault *fault)
{
	struct br_template *template, *before;
	bool found;
	int result;

	br_assert(set->n <= BR_TEMPLATES_MAX);
	if (set->n == BR_TEMPLATES_MAX)
		return br_fault_set(fault, BR_E_TOO_LARGE, "%s: more than %d templates", path,
			BR_TEMPLATES_MAX);
	result = file_parse(path, &template, fault);
	if (result < 0)
		return result;
	(void)place_find(set, template->name, &found);
	if (found) {
		result = br_fault_set(fault, BR_E_EXISTS,
			"%s: the name \"%s\" stands in another file already", path, template->name);
		br_template_destroy(template);
		return result;
	}
	result = br_template_set_put(set, template, &before);
	br_assert(result == 0 && before == NULL);
	return result;
}

/* Reads the entries and frees them; stops reading at the first that fails. */
static int entries_add(struct br_template_set *set, const char *folder, struct dirent **entries,
	int n, struct br_fault *fault)
{
	int result = 0;

	br_assert(n >= 0);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];
		int length = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);

		free(entries[i]);
		if (result == 0 && (length < 0 || (size_t)length >= sizeof(path)))
			result = br_fault_set(
				fault, BR_E_TOO_LARGE, "%s: the path is too long", path);
		if (result == 0)
			result = template_add(set, path, fault);
	}
	free(entries);
	return result;
}

int br_template_set_load(
	const char *folder, struct br_template_set **ret_set, struct br_fault *fault)
{
	BR_CLEANUP(br_template_set_cleanup) struct br_template_set *set = calloc(1, sizeof(*set));
	struct dirent **entries;
	int n, result;

	if (set == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	n = scandir(folder, &entries, is_json, alphasort);
	if (n < 0)
		return br_fault_set(fault, BR_E_NOT_FOUND, "%s: %s: set [labels] templates", folder,
			strerror(errno));
	result = entries_add(set, folder, entries, n, fault);
	if (result == 0)
		*ret_set = BR_TAKE(set);
	return result;
}

void br_template_set_destroy(struct br_template_set *set)
{
	if (set == NULL)
		return;
	for (unsigned i = 0; i < set->n; i++)
		br_template_destroy(set->templates[i]);
	free(set);
}

const struct br_template *br_template_set_find(const struct br_template_set *set,
	struct br_str name, const struct br_display *display, enum br_template_state state)
{
	const struct br_template *regular = NULL, *fitting = NULL;

	br_assert(set->n <= BR_TEMPLATES_MAX);
	br_assert(display->w > 0 && display->h > 0);
	for (unsigned i = 0; i < set->n; i++) {
		const struct br_template *template = set->templates[i];

		if (br_template_check(template, display, NULL) < 0)
			continue;
		if (name.n > 0 && br_str_is(name, template->name))
			return template;
		if (template->state == state && fitting == NULL)
			fitting = template;
		if (template->state == BR_TEMPLATE_REGULAR && regular == NULL)
			regular = template;
	}
	return fitting != NULL ? fitting : regular;
}
