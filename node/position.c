#include "node/position.h"

#include <string.h>

static const struct br_field position_fields[] = {
	BR_TEXT(br_position, department, 0, BR_POSITION_BYTES_MAX),
	BR_TEXT(br_position, aisle, 0, BR_POSITION_BYTES_MAX),
	BR_TEXT(br_position, bay, 0, BR_POSITION_BYTES_MAX),
	BR_TEXT(br_position, shelf, 0, BR_POSITION_BYTES_MAX),
	BR_TEXT(br_position, position, 0, BR_POSITION_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_position_shape, br_position, 1, position_fields);

static bool digit_is(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes the digits off the front, without the zeros that lead. */
static struct br_str number_take(struct br_str *rest)
{
	struct br_str number;

	br_assert(rest->n > 0 && digit_is(rest->s[0]));
	while (rest->n > 1 && rest->s[0] == '0' && digit_is(rest->s[1]))
		*rest = (struct br_str){rest->s + 1, rest->n - 1};
	number = (struct br_str){rest->s, 0};
	while (number.n < rest->n && digit_is(rest->s[number.n]))
		number.n++;
	*rest = (struct br_str){rest->s + number.n, rest->n - number.n};
	return number;
}

static int number_compare(struct br_str a, struct br_str b)
{
	/* Without leading zeros the longer one is the greater one. */
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return br_str_compare(a, b);
}

static int part_compare(struct br_str a, struct br_str b)
{
	struct br_str whole_a = a, whole_b = b;

	while (a.n > 0 && b.n > 0) {
		int order;

		if (digit_is(a.s[0]) && digit_is(b.s[0])) {
			order = number_compare(number_take(&a), number_take(&b));
		} else {
			order = (unsigned char)a.s[0] - (unsigned char)b.s[0];
			a = (struct br_str){a.s + 1, a.n - 1};
			b = (struct br_str){b.s + 1, b.n - 1};
		}
		if (order != 0)
			return order;
	}
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	/* "07" and "7" are the same place in words only: the order must tell them apart. */
	return br_str_compare(whole_a, whole_b);
}

int br_position_compare(const struct br_position *a, const struct br_position *b)
{
	const struct br_str *const parts_a[] = {
		&a->department, &a->aisle, &a->bay, &a->shelf, &a->position};
	const struct br_str *const parts_b[] = {
		&b->department, &b->aisle, &b->bay, &b->shelf, &b->position};

	_Static_assert(BR_ARRAY_LEN(parts_a) == BR_ARRAY_LEN(position_fields), "every part counts");
	for (size_t i = 0; i < BR_ARRAY_LEN(parts_a); i++) {
		int order = part_compare(*parts_a[i], *parts_b[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

bool br_position_empty(const struct br_position *position)
{
	br_assert(position != NULL);
	return position->department.n == 0 && position->aisle.n == 0 && position->bay.n == 0 &&
	       position->shelf.n == 0 && position->position.n == 0;
}
