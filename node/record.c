#include "node/record.h"

#include <string.h>

#include "node/crc32c.h"

#define CRC_BYTES 4
#define VARINT_BYTES_MAX 10

/* What is left to read of a stored form. */
struct reader {
	const unsigned char *p, *end;
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
	unsigned char bytes[VARINT_BYTES_MAX];
	size_t n = 0;

	while (value >= 0x80) {
		bytes[n++] = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	bytes[n++] = (unsigned char)value;
	br_assert(n <= VARINT_BYTES_MAX);
	br_text_add(text, bytes, n);
}

static uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
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
		varint_encode(text, zigzag(*(const int64_t *)value));
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

		br_assert(str->n <= (size_t)field->max);
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
	size_t from = text->n;
	unsigned char crc_bytes[CRC_BYTES];
	uint32_t crc;

	br_assert(shape->version >= 1);
	br_text_putc(text, (char)shape->version);
	fields_encode(shape, record, text);
	if (text->error != 0)
		return;
	crc = br_crc32c(text->bytes + from, text->n - from);
	for (int i = 0; i < CRC_BYTES; i++)
		crc_bytes[i] = (unsigned char)(crc >> (8 * i));
	br_text_add(text, crc_bytes, sizeof(crc_bytes));
	br_assert(text->error != 0 || text->n >= from + 1 + CRC_BYTES);
}

static int varint_decode(struct reader *reader, uint64_t *ret_value)
{
	uint64_t value = 0;

	br_assert(reader->p <= reader->end);
	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (reader->p == reader->end)
			return BR_E_CORRUPT;
		byte = *reader->p++;
		if (shift == 63 && byte > 1)
			return BR_E_CORRUPT;
		value |= (uint64_t)(byte & 0x7F) << shift;
		if (byte < 0x80) {
			*ret_value = value;
			return 0;
		}
	}
	return BR_E_CORRUPT;
}

static int bytes_decode(struct reader *reader, uint64_t n, const char **ret_bytes)
{
	br_assert(reader->p <= reader->end);
	if (n > (uint64_t)(reader->end - reader->p))
		return BR_E_CORRUPT;
	*ret_bytes = (const char *)reader->p;
	reader->p += n;
	return 0;
}

static int fields_decode(struct reader *reader, const struct br_shape *shape, void *record);

static int list_decode(
	struct reader *reader, const struct br_field *field, struct br_list *ret_list)
{
	uint64_t n;
	int result = varint_decode(reader, &n);

	br_assert(field->kind == BR_FIELD_LIST && field->item != NULL);
	if (result < 0)
		return result;
	/* Every item takes at least one byte, which bounds what a forged count can ask for. */
	if (n > (uint64_t)field->max || n > (uint64_t)(reader->end - reader->p))
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

/* Numbers, words and truths: all that is one varint. */
static int number_decode(struct reader *reader, const struct br_field *field, void *value)
{
	uint64_t number;
	int result = varint_decode(reader, &number);

	if (result < 0)
		return result;
	switch (field->kind) {
	case BR_FIELD_U64:
		*(uint64_t *)value = number;
		return 0;
	case BR_FIELD_BOOL:
		*(bool *)value = number == 1;
		return number > 1 ? BR_E_CORRUPT : 0;
	case BR_FIELD_WORD:
		if (number >= words_count(field->words))
			return BR_E_CORRUPT;
		*(uint8_t *)value = (uint8_t)number;
		return 0;
	default:
		br_assert(field->kind == BR_FIELD_MILLI || field->kind == BR_FIELD_TIME);
		*(int64_t *)value = unzigzag(number);
		return 0;
	}
}

static int field_decode(struct reader *reader, const struct br_field *field, void *value)
{
	const char *bytes;
	uint64_t n;
	int result;

	switch (field->kind) {
	case BR_FIELD_TEXT:
		result = varint_decode(reader, &n);
		if (result == 0 && n > (uint64_t)field->max)
			result = BR_E_CORRUPT;
		if (result == 0)
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
		return number_decode(reader, field, value);
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
		else if (field->kind == BR_FIELD_MILLI)
			*(int64_t *)value = field->absent;
	}
	return result;
}

static uint32_t crc_stored(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int br_record_decode(
	const struct br_shape *shape, struct br_str bytes, struct br_arena *arena, void *ret_record)
{
	struct reader reader;
	int result;

	br_assert(shape->version >= 1);
	if (bytes.n < 1 + CRC_BYTES)
		return BR_E_CORRUPT;
	reader.p = (const unsigned char *)bytes.s;
	reader.end = reader.p + bytes.n - CRC_BYTES;
	reader.version = *reader.p;
	reader.arena = arena;
	if (br_crc32c(bytes.s, bytes.n - CRC_BYTES) != crc_stored(reader.end))
		return BR_E_CORRUPT;
	if (reader.version > shape->version)
		return BR_E_VERSION;
	if (reader.version == 0)
		return BR_E_CORRUPT;
	reader.p++;
	result = fields_decode(&reader, shape, ret_record);
	br_assert(reader.p <= reader.end);
	return result == 0 && reader.p != reader.end ? BR_E_CORRUPT : result;
}
