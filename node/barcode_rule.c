#include "node/barcode_rule.h"

#include <stdio.h>
#include <string.h>

#include "node/tables.h"

#define PATTERN_LETTERS "0123456789IPWQVXC"

static bool prefix_check(struct br_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] < '0' || text.s[i] > '9')
			return false;
	if (text.n < 2)
		return false;
	return text.s[0] == '2' || (text.s[0] == '0' && (text.s[1] == '2' || text.s[1] == '4'));
}

static bool pattern_check(struct br_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] == '\0' || strchr(PATTERN_LETTERS, text.s[i]) == NULL)
			return false;
	return text.n == BR_BARCODE_RULE_DIGITS && text.s[text.n - 1] == 'C';
}

static const struct br_text_rule prefix_rule = {
	prefix_check, "digits that begin 02, 04 or 20 to 29"};
static const struct br_text_rule pattern_rule = {pattern_check,
	"13 of: the prefix's digits, I (item), P (price), W (weight), Q (pieces), V (value's "
	"check digit), X (any), and C at the end"};

static const struct br_field rule_fields[] = {
	BR_MUST_TEXT_RULED(br_barcode_rule, prefix, 2, BR_BARCODE_RULE_PREFIX_MAX, &prefix_rule),
	BR_MUST_TEXT_RULED(br_barcode_rule, pattern, BR_BARCODE_RULE_DIGITS, BR_BARCODE_RULE_DIGITS,
		&pattern_rule),
	BR_U64(br_barcode_rule, decimals, 0, 3),
	BR_TEXT(br_barcode_rule, sku_prefix, 0, BR_WORD_BYTES_MAX),
};
BR_DEFINE_SHAPE(br_barcode_rule_shape, br_barcode_rule, 1, rule_fields);

static const struct br_field unrule_fields[] = {
	BR_MUST_TEXT(br_barcode_unrule, prefix, 2, BR_BARCODE_RULE_PREFIX_MAX),
};
BR_DEFINE_SHAPE(br_barcode_unrule_shape, br_barcode_unrule, 1, unrule_fields);

static size_t letters_count(struct br_str pattern, const char *letters)
{
	size_t n = 0;

	br_assert(letters[0] != '\0');
	for (size_t i = 0; i < pattern.n; i++)
		n += strchr(letters, pattern.s[i]) != NULL;
	return n;
}

/* What a pattern must have besides its letters; NULL when it has. */
static const char *pattern_fault(const struct br_barcode_rule *rule)
{
	static const char *const values[] = {"P", "W", "Q"};
	size_t kinds = 0, digits = letters_count(rule->pattern, "PWQ");

	br_assert(rule->pattern.n == BR_BARCODE_RULE_DIGITS);
	if (memcmp(rule->pattern.s, rule->prefix.s, rule->prefix.n) != 0 ||
		letters_count(rule->pattern, "0123456789") != rule->prefix.n)
		return "begins with the prefix and has no other digits";
	for (size_t i = 0; i < BR_ARRAY_LEN(values); i++)
		kinds += letters_count(rule->pattern, values[i]) > 0;
	if (letters_count(rule->pattern, "I") == 0 || kinds != 1)
		return "has an item number (I) and one of price (P), weight (W) and pieces (Q)";
	if (letters_count(rule->pattern, "C") != 1)
		return "has one C, at the end";
	if (letters_count(rule->pattern, "V") > 1 ||
		(letters_count(rule->pattern, "V") == 1 && digits != 4 && digits != 5))
		return "has a check digit of the value (V) only for a value of four or five digits";
	return NULL;
}

int br_barcode_rule_decide(struct br_decision *decision, const void *body)
{
	const struct br_barcode_rule *rule = body;
	const char *fault = pattern_fault(rule);
	struct br_key key = br_key_of_str(rule->prefix);
	struct br_barcode_rule stored;
	int result;

	if (fault != NULL)
		return br_decision_refuse(decision, BR_REFUSAL_MALFORMED,
			"pattern \"%.*s\": allowed is one that %s", BR_STR_ARG(rule->pattern),
			fault);
	br_assert(rule->prefix.n <= BR_BARCODE_RULE_PREFIX_MAX);
	result = br_row_get(decision->txn, BR_TABLE_BARCODE_RULE, br_key_str(&key),
		&br_barcode_rule_shape, decision->arena, &stored);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return result;
	if (result == 0 && br_str_equal(stored.pattern, rule->pattern) &&
		stored.decimals == rule->decimals &&
		br_str_equal(stored.sku_prefix, rule->sku_prefix))
		return 0;
	br_decision_emit(decision, BR_EVENT_BARCODE_RULED, rule);
	return 0;
}

int br_barcode_rule_decide_remove(struct br_decision *decision, const void *body)
{
	const struct br_barcode_unrule *unrule = body;
	struct br_key key = br_key_of_str(unrule->prefix);

	br_assert(unrule->prefix.n > 0);
	if (!br_txn_has(decision->txn, BR_TABLE_BARCODE_RULE, br_key_str(&key)))
		return br_decision_refuse(decision, BR_REFUSAL_ALREADY,
			"prefix \"%.*s\": has no rule", BR_STR_ARG(unrule->prefix));
	br_decision_emit(decision, BR_EVENT_BARCODE_UNRULED, unrule);
	return 0;
}

void br_barcode_rule_apply(
	struct br_txn *txn, const struct br_event *event, struct br_arena *arena BR_UNUSED)
{
	/* Both bodies begin with the prefix. */
	struct br_key key = br_key_of_str(*(const struct br_str *)event->body);

	br_assert(event->kind == BR_EVENT_BARCODE_RULED || event->kind == BR_EVENT_BARCODE_UNRULED);
	if (event->kind == BR_EVENT_BARCODE_RULED)
		br_row_put(txn, BR_TABLE_BARCODE_RULE, br_key_str(&key), &br_barcode_rule_shape,
			event->body);
	else
		br_txn_delete(txn, BR_TABLE_BARCODE_RULE, br_key_str(&key));
}

char br_barcode_value_check(struct br_str digits)
{
	/* Weighted products of section 7.9.1 for the weighting factors 2-, 3, 5+ and 5-. */
	static const unsigned char two_minus[] = {0, 2, 4, 6, 8, 9, 1, 3, 5, 7};
	static const unsigned char three[] = {0, 3, 6, 9, 2, 5, 8, 1, 4, 7};
	static const unsigned char five_plus[] = {0, 5, 1, 6, 2, 7, 3, 8, 4, 9};
	static const unsigned char five_minus[] = {0, 5, 9, 4, 8, 3, 7, 2, 6, 1};
	static const unsigned char *const four[] = {two_minus, two_minus, three, five_minus};
	static const unsigned char *const five[] = {
		five_plus, two_minus, five_minus, five_plus, two_minus};
	unsigned sum = 0;

	br_assert(digits.n == 4 || digits.n == 5);
	for (size_t i = 0; i < digits.n; i++)
		sum += (digits.n == 4 ? four : five)[i][digits.s[i] - '0'];
	if (digits.n == 4)
		return (char)('0' + three[sum % 10]);
	/* The digit whose product with 5- fills the sum up to ten. */
	for (unsigned digit = 0; digit < 10; digit++)
		if ((sum + five_minus[digit]) % 10 == 0)
			return (char)('0' + digit);
	br_assert(false);
	return '0';
}

/* A value of digits as 1/1000. */
static int64_t value_milli(struct br_str digits, uint64_t decimals)
{
	static const int64_t scales[] = {1000, 100, 10, 1};
	int64_t value = 0;

	br_assert(decimals < BR_ARRAY_LEN(scales) && digits.n <= BR_BARCODE_RULE_DIGITS);
	for (size_t i = 0; i < digits.n; i++)
		value = value * 10 + digits.s[i] - '0';
	return value * scales[decimals];
}

/* The same number with a value of zero: what the catalogue of a scale holds. */
static void base_make(const struct br_barcode_rule *rule, const char *digits, char *ret_base)
{
	br_assert(rule->pattern.n == BR_BARCODE_RULE_DIGITS);
	ret_base[0] = '0';
	for (size_t i = 0; i < BR_BARCODE_RULE_DIGITS; i++)
		ret_base[1 + i] = strchr("PWQVX", rule->pattern.s[i]) != NULL ? '0' : digits[i];
	ret_base[BR_GTIN_DIGITS - 1] =
		br_gtin_check_digit((struct br_str){ret_base + 1, BR_BARCODE_RULE_DIGITS - 1});
	ret_base[BR_GTIN_DIGITS] = '\0';
}

static int rule_read(
	const struct br_barcode_rule *rule, const char *digits, struct br_barcode_parts *ret_parts)
{
	struct br_barcode_parts parts = {.price = -1};
	char value[BR_BARCODE_RULE_DIGITS + 1];
	size_t item_n = 0, value_n = 0;
	char check = '\0', kind = '\0';

	for (size_t i = 0; i < BR_BARCODE_RULE_DIGITS; i++) {
		char letter = rule->pattern.s[i];

		if (letter == 'I')
			parts.item[item_n++] = digits[i];
		else if (letter == 'V')
			check = digits[i];
		else if (strchr("PWQ", letter) != NULL)
			value[value_n++] = digits[i], kind = letter;
	}
	br_assert(item_n > 0 && value_n > 0);
	if (check != '\0' && br_barcode_value_check((struct br_str){value, value_n}) != check)
		return BR_E_INVALID;
	if (kind == 'P')
		parts.price = value_milli((struct br_str){value, value_n}, rule->decimals);
	else
		parts.quantity = value_milli((struct br_str){value, value_n}, rule->decimals);
	base_make(rule, digits, parts.base);
	if (rule->sku_prefix.n > 0)
		(void)snprintf(parts.sku, sizeof(parts.sku), "%.*s%s", BR_STR_ARG(rule->sku_prefix),
			parts.item);
	*ret_parts = parts;
	return 0;
}

int br_barcode_rule_read(struct br_txn *txn, const struct br_gtin *gtin, struct br_arena *arena,
	struct br_barcode_parts *ret_parts)
{
	const char *digits = gtin->digits + BR_GTIN_DIGITS - BR_BARCODE_RULE_DIGITS;

	br_assert(gtin->restricted);
	/* A packing indicator in front makes it another kind of number. */
	if (gtin->digits[0] != '0')
		return BR_E_NOT_FOUND;
	for (size_t n = BR_BARCODE_RULE_PREFIX_MAX; n >= 2; n--) {
		struct br_key key = br_key_of_str((struct br_str){digits, n});
		struct br_barcode_rule rule;
		int result = br_row_get(txn, BR_TABLE_BARCODE_RULE, br_key_str(&key),
			&br_barcode_rule_shape, arena, &rule);

		if (result == BR_E_NOT_FOUND)
			continue;
		return result < 0 ? result : rule_read(&rule, digits, ret_parts);
	}
	return BR_E_NOT_FOUND;
}

void br_barcode_rule_walk(struct br_txn *txn, struct br_arena *arena,
	void (*visit)(void *context, const struct br_barcode_rule *rule), void *context)
{
	struct br_str none = {NULL, 0}, key, value;
	struct br_barcode_rule rule;
	struct br_scan scan;

	br_assert(visit != NULL);
	br_scan_begin(&scan, txn, BR_TABLE_BARCODE_RULE, none, none, false);
	while (br_scan_next(&scan, &key, &value)) {
		int result = br_record_decode(&br_barcode_rule_shape, value, arena, &rule);

		if (result < 0)
			(void)br_txn_fail(txn, result);
		else
			visit(context, &rule);
	}
	br_scan_end(&scan);
}
