#include "node/record.h"

#include <string.h>

#include "node/varint.h"

/* What is left to read of a stored form. */
struct reader {
	struct br_str rest;
	uint8_t version;
	struct br_arena *arena;
};

static const void *member(const void *record, const struct br_field *field)
{
	return (const unsigned char *)record + field->offset;
}

static unsigned words_count(const char *const *words)
{
	unsigned n = 0;

	while (words[n] != NULL)
		n++;
	/* A word is stored as one byte. */
	br_assert(n > 0 && n <= UINT8_MAX);
	return n;
}

static void varint_encode(struct br_text *text, uint64_t value)
{
	unsigned char bytes[BR_VARINT_BYTES_MAX];

	/* Most numbers are small, and most fields of most records are 0. */
	if (value < 0x80)
		br_text_putc(text, (char)value);
	else
		br_text_add(text, bytes, br_varint_put(bytes, value));
}

static void varint_encode_signed(struct br_text *text, int64_t value)
{
	unsigned char bytes[BR_VARINT_BYTES_MAX];

	if (value == 0)
		br_text_putc(text, 0);
	else
		br_text_add(text, bytes, br_varint_put_signed(bytes, value));
}

size_t br_field_text_bytes_max(const struct br_field *field)
{
	br_assert(field->kind == BR_FIELD_TEXT && field->max >= 0);
	return (size_t)field->max +
	       (field->discretion == BR_DISCRETION_PERSONAL ? BR_SEALED_BYTES_MORE : 0);
}

static void fields_encode(const struct br_shape *shape, const void *record, struct br_text *text);

static void field_encode(const struct br_field *field, const void *value, struct br_text *text)
{
	switch (field->kind) {
	case BR_FIELD_U64:
		varint_encode(text, *(const uint64_t *)value);
		return;
	case BR_FIELD_MILLI:
	case BR_FIELD_TIME:
		varint_encode_signed(text, *(const int64_t *)value);
		return;
	case BR_FIELD_BOOL:
		br_text_putc(text, *(const bool *)value ? 1 : 0);
		return;
	case BR_FIELD_WORD:
		br_assert(*(const uint8_t *)value < words_count(field->words));
		br_text_putc(text, (char)*(const uint8_t *)value);
		return;
	case BR_FIELD_TEXT: {
		const struct br_str *str = value;

		br_assert(str->n <= br_field_text_bytes_max(field));
		br_assert(str->s != NULL || str->n == 0);
		varint_encode(text, str->n);
		br_text_add_str(text, *str);
		return;
	}
	case BR_FIELD_BYTES:
		br_text_add(text, value, (size_t)field->max);
		return;
	case BR_FIELD_LIST: {
		const struct br_list *list = value;

		br_assert(list->n <= (uint64_t)field->max);
		br_assert(list->items != NULL || list->n == 0);
		varint_encode(text, list->n);
		for (uint32_t i = 0; i < list->n; i++)
			fields_encode(field->item,
				(const unsigned char *)list->items + i * field->item->size, text);
		return;
	}
	}
}

static void fields_encode(const struct br_shape *shape, const void *record, struct br_text *text)
{
	br_assert(shape->field_n > 0);
	for (unsigned i = 0; i < shape->field_n; i++)
		field_encode(&shape->fields[i], member(record, &shape->fields[i]), text);
}

void br_record_encode(const struct br_shape *shape, const void *record, struct br_text *text)
{
	static const unsigned char room[BR_CHECKSUM_BYTES];
	size_t from = text->n, n;

	br_assert(shape->version >= 1);
	br_text_putc(text, (char)shape->version);
	fields_encode(shape, record, text);
	n = text->n - from;
	br_text_add(text, room, sizeof(room));
	if (text->error != 0)
		return;
	n = br_checksum_put((unsigned char *)text->bytes + from, n);
	br_assert(text->n == from + n);
}

static int bytes_decode(struct reader *reader, uint64_t n, const char **ret_bytes)
{
	br_assert(reader->rest.s != NULL);
	if (n > reader->rest.n)
		return BR_E_CORRUPT;
	*ret_bytes = reader->rest.s;
	reader->rest.s += n;
	reader->rest.n -= n;
	return 0;
}

static int fields_decode(struct reader *reader, const struct br_shape *shape, void *record);

static int list_decode(
	struct reader *reader, const struct br_field *field, struct br_list *ret_list)
{
	uint64_t n;
	int result = 0;

	br_assert(field->kind == BR_FIELD_LIST && field->item != NULL);
	/* Every item takes at least one byte, which bounds what a forged count can ask for. */
	if (!br_varint_take(&reader->rest, &n) || n > (uint64_t)field->max || n > reader->rest.n)
		return BR_E_CORRUPT;
	ret_list->n = (uint32_t)n;
	ret_list->items = NULL;
	if (n == 0)
		return 0;
	br_assert(reader->arena != NULL);
	ret_list->items = br_arena_take(reader->arena, n * field->item->size);
	if (ret_list->items == NULL)
		return BR_E_MEMORY;
	for (uint32_t i = 0; i < ret_list->n && result == 0; i++)
		result = fields_decode(reader, field->item,
			(unsigned char *)ret_list->items + i * field->item->size);
	return result;
}

/* Words and truths: a varint that is one of a few. */
static int choice_decode(struct reader *reader, const struct br_field *field, void *value)
{
	uint64_t number;

	br_assert(field->kind == BR_FIELD_BOOL || field->kind == BR_FIELD_WORD);
	if (!br_varint_take(&reader->rest, &number) ||
		number >= (field->kind == BR_FIELD_BOOL ? 2 : words_count(field->words)))
		return BR_E_CORRUPT;
	if (field->kind == BR_FIELD_BOOL)
		*(bool *)value = number == 1;
	else
		*(uint8_t *)value = (uint8_t)number;
	return 0;
}

static int field_decode(struct reader *reader, const struct br_field *field, void *value)
{
	const char *bytes;
	uint64_t n;
	int result;

	switch (field->kind) {
	case BR_FIELD_U64:
		return br_varint_take(&reader->rest, value) ? 0 : BR_E_CORRUPT;
	case BR_FIELD_MILLI:
	case BR_FIELD_TIME:
		return br_varint_take_signed(&reader->rest, value) ? 0 : BR_E_CORRUPT;
	case BR_FIELD_TEXT:
		if (!br_varint_take(&reader->rest, &n) || n > br_field_text_bytes_max(field))
			return BR_E_CORRUPT;
		result = bytes_decode(reader, n, &bytes);
		if (result == 0)
			*(struct br_str *)value = (struct br_str){bytes, n};
		return result;
	case BR_FIELD_BYTES:
		result = bytes_decode(reader, (uint64_t)field->max, &bytes);
		if (result == 0)
			memcpy(value, bytes, (size_t)field->max);
		return result;
	case BR_FIELD_LIST:
		return list_decode(reader, field, value);
	default:
		return choice_decode(reader, field, value);
	}
}

static int fields_decode(struct reader *reader, const struct br_shape *shape, void *record)
{
	int result = 0;

	br_assert(reader->version >= 1 && shape->size > 0);
	memset(record, 0, shape->size);
	for (unsigned i = 0; i < shape->field_n && result == 0; i++) {
		const struct br_field *field = &shape->fields[i];
		void *value = (unsigned char *)record + field->offset;

		if (field->since <= reader->version)
			result = field_decode(reader, field, value);
		else if (field->kind == BR_FIELD_MILLI || field->kind == BR_FIELD_U64)
			*(int64_t *)value = field->absent;
	}
	return result;
}

int br_record_decode(
	const struct br_shape *shape, struct br_str bytes, struct br_arena *arena, void *ret_record)
{
	struct reader reader = {.rest = bytes, .arena = arena};
	const char *version;
	int result;

	br_assert(shape->version >= 1);
	if (!br_checksum_take(&reader.rest) || bytes_decode(&reader, 1, &version) < 0)
		return BR_E_CORRUPT;
	reader.version = (uint8_t)*version;
	if (reader.version > shape->version)
		return BR_E_VERSION;
	if (reader.version == 0)
		return BR_E_CORRUPT;
	result = fields_decode(&reader, shape, ret_record);
	br_assert(reader.rest.n < bytes.n);
	return result == 0 && reader.rest.n > 0 ? BR_E_CORRUPT : result;
}
