/* What can be asked in GS1's words: the journal's events as an EPCIS 2.0 document. */
#include "node/epcis.h"
#include "node/tables.h"
#include "web-ui/query.h"

/* A page ends behind the event that passes it, well below what an answer may have. */
#define PAGE_BYTES (BR_WEB_ANSWER_BYTES_MAX / 2)

/* Writes the events behind *sequence until the page is full; moves it to the last one looked at. */
static int page_write(const struct br_web_view *view, const struct br_epcis_place *place,
	int64_t left, uint64_t *sequence, struct br_json_out *out)
{
	struct br_key from = br_key_of_u64(*sequence + 1);
	struct br_str key, value;
	struct br_scan scan;
	int result = 0;

	br_assert(left >= 1);
	br_scan_begin(&scan, view->txn, BR_TABLE_JOURNAL, (struct br_str){NULL, 0},
		br_key_str(&from), false);
	while (left-- > 0 && result == 0 && out->text->n < PAGE_BYTES &&
		br_scan_next(&scan, &key, &value)) {
		struct br_event event;

		br_arena_reset(view->arena);
		if (!br_key_take_u64(&key, sequence))
			result = BR_E_CORRUPT;
		if (result == 0)
			result = br_event_decode(*sequence, value, view->arena, &event);
		if (result == 0)
			result = br_epcis_write(place, view->txn, &event, view->arena, out);
	}
	br_scan_end(&scan);
	return result;
}

BR_WEB_QUERY(epcis_document)
{
	struct br_epcis_place place = {.store = br_str_from(view->store),
		.gln = br_str_from(view->gln != NULL ? view->gln : "")};
	uint64_t sequence = (uint64_t)args->numbers[0];
	int result;

	(void)refusal;
	br_assert(args->numbers[0] >= 0 && args->numbers[1] >= 1);
	br_epcis_document_begin(out, NULL, view->now_ms);
	result = page_write(view, &place, args->numbers[1], &sequence, out);
	br_json_out_end(out);
	br_json_out_end(out);
	br_json_out_u64(out, "backroom:sequence", sequence);
	br_json_out_u64(out, "backroom:head", view->head);
	br_json_out_end(out);
	return result;
}
