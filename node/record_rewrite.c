/* Copies of records in which what says something of a person is replaced. */
#include "node/record.h"

#include <string.h>

bool br_shape_discreet(const struct br_shape *shape)
{
	br_assert(shape->field_n > 0);
	for (unsigned i = 0; i < shape->field_n; i++) {
		const struct br_field *field = &shape->fields[i];

		if (field->discretion != BR_DISCRETION_NONE)
			return true;
		if (field->kind == BR_FIELD_LIST && br_shape_discreet(field->item))
			return true;
	}
	return false;
}

static bool record_has(const struct br_shape *shape, const void *record, bool secrets)
{
	for (unsigned i = 0; i < shape->field_n; i++) {
		const struct br_field *field = &shape->fields[i];
		const void *value = (const unsigned char *)record + field->offset;
		const struct br_list *list = value;

		if ((field->discretion == BR_DISCRETION_PERSONAL ||
			    (secrets && field->discretion == BR_DISCRETION_SECRET)) &&
			((const struct br_str *)value)->n > 0)
			return true;
		if (field->kind != BR_FIELD_LIST || !br_shape_discreet(field->item))
			continue;
		for (uint32_t at = 0; at < list->n; at++)
			if (record_has(field->item,
				    (const unsigned char *)list->items + at * field->item->size,
				    secrets))
				return true;
	}
	return false;
}

bool br_record_discreet(const struct br_shape *shape, const void *record)
{
	br_assert(record != NULL);
	return record_has(shape, record, true);
}

bool br_record_personal(const struct br_shape *shape, const void *record)
{
	br_assert(record != NULL);
	return record_has(shape, record, false);
}

/* What all levels of one copy share. */
struct rewriting {
	struct br_arena *arena;
	bool (*change)(void *context, const struct br_field *field, struct br_str *text);
	void *context;
};

static bool fields_rewrite(
	const struct rewriting *rewriting, const struct br_shape *shape, unsigned char *record);

/* The items are copied before they are changed: the record that was given stays as it is. */
static bool list_rewrite(
	const struct rewriting *rewriting, const struct br_field *field, struct br_list *list)
{
	size_t size = field->item->size;
	unsigned char *items;

	br_assert(field->kind == BR_FIELD_LIST && size > 0);
	if (list->n == 0 || !br_shape_discreet(field->item))
		return true;
	items = br_arena_take(rewriting->arena, list->n * size);
	if (items == NULL)
		return false;
	memcpy(items, list->items, list->n * size);
	list->items = items;
	for (uint32_t i = 0; i < list->n; i++)
		if (!fields_rewrite(rewriting, field->item, items + i * size))
			return false;
	return true;
}

static bool fields_rewrite(
	const struct rewriting *rewriting, const struct br_shape *shape, unsigned char *record)
{
	for (unsigned i = 0; i < shape->field_n; i++) {
		const struct br_field *field = &shape->fields[i];
		void *value = record + field->offset;

		br_assert(field->discretion == BR_DISCRETION_NONE || field->kind == BR_FIELD_TEXT);
		if (field->kind == BR_FIELD_LIST && !list_rewrite(rewriting, field, value))
			return false;
		if (field->discretion != BR_DISCRETION_NONE && ((struct br_str *)value)->n > 0 &&
			!rewriting->change(rewriting->context, field, value))
			return false;
	}
	return true;
}

void *br_record_rewrite(const struct br_shape *shape, const void *record, struct br_arena *arena,
	bool (*change)(void *context, const struct br_field *field, struct br_str *text),
	void *context)
{
	struct rewriting rewriting = {arena, change, context};
	unsigned char *copy = br_arena_take(arena, shape->size);

	br_assert(record != NULL && change != NULL);
	if (copy == NULL)
		return NULL;
	memcpy(copy, record, shape->size);
	return fields_rewrite(&rewriting, shape, copy) ? copy : NULL;
}
