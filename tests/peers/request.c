#include "tests/peers/request.h"

#include "node/json_out.h"

static const char *const kind_texts[PEER_REQUEST_KINDS] = {"sale", "return", "adjust", "price"};

const char *peer_request_kind_text(enum peer_request_kind kind)
{
	br_assert((unsigned)kind < PEER_REQUEST_KINDS);
	return kind_texts[kind];
}

bool peer_request_kind_parse(struct br_str text, enum peer_request_kind *ret_kind)
{
	for (unsigned i = 0; i < PEER_REQUEST_KINDS; i++) {
		if (!br_str_is(text, kind_texts[i]))
			continue;
		*ret_kind = (enum peer_request_kind)i;
		return true;
	}
	return false;
}

void peer_request_init(struct peer_request *request)
{
	*request = (struct peer_request){.kind = PEER_SALE};
	br_text_init(&request->body, PEER_REQUEST_BYTES_MAX);
}

void peer_request_finish(struct peer_request *request)
{
	br_text_finish(&request->body);
}

static void lines_write(struct br_json_out *out, const struct peer_draft *draft)
{
	br_json_out_puts(out, "currency", draft->currency);
	br_json_out_array(out, "lines");
	for (uint32_t i = 0; i < draft->line_n; i++) {
		br_json_out_object(out, NULL);
		br_json_out_puts(out, "barcode", draft->lines[i].barcode);
		br_json_out_milli(out, "quantity", draft->lines[i].quantity_milli);
		br_json_out_milli(out, "price", draft->lines[i].price_milli);
		br_json_out_end(out);
	}
	br_json_out_end(out);
}

int peer_request_write(struct peer_request *request, const struct peer_draft *draft)
{
	struct br_json_out out;

	br_assert(request->id[0] != '\0' && draft->line_n > 0);
	br_assert(draft->line_n <= PEER_REQUEST_LINES_MAX);
	request->kind = draft->kind;
	request->row_end = draft->row_end;
	request->line_n = draft->line_n;
	br_text_clear(&request->body);
	br_json_out_begin(&out, &request->body);
	br_json_out_object(&out, NULL);
	br_json_out_puts(&out, "id", request->id);
	br_json_out_puts(&out, "type", peer_request_kind_text(draft->kind));
	if (draft->kind != PEER_PRICE)
		br_json_out_time(&out, "happened", draft->happened_ms);
	if (draft->kind == PEER_SALE || draft->kind == PEER_RETURN) {
		lines_write(&out, draft);
	} else {
		br_json_out_puts(&out, "barcode", draft->lines[0].barcode);
		if (draft->kind == PEER_ADJUST) {
			br_json_out_milli(&out, "quantity", draft->lines[0].quantity_milli);
			if (draft->reason[0] != '\0')
				br_json_out_puts(&out, "reason", draft->reason);
		}
	}
	br_json_out_end(&out);
	return br_text_error(&request->body);
}
