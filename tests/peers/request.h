/*
 * What a till asks the store: a sale, a return, an adjustment or a price look-up, first as a draft
 * (what happened at the till), then as a request with an id and the one body that every
 * repetition sends again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "node/error.h"
#include "node/text.h"
#include "tests/peers/gtin.h"

#define PEER_REQUEST_BYTES_MAX (256 * 1024)
#define PEER_REQUEST_LINES_MAX 1500
#define PEER_BARCODE_BYTES 24

enum peer_request_kind { PEER_SALE, PEER_RETURN, PEER_ADJUST, PEER_PRICE };
#define PEER_REQUEST_KINDS 4

/* "sale", "return", "adjust", "price": the contract's word. */
const char *peer_request_kind_text(enum peer_request_kind kind);

/* False when the text is none of the four. */
BR_MUST_CHECK bool peer_request_kind_parse(struct br_str text, enum peer_request_kind *ret_kind);

struct peer_draft {
	enum peer_request_kind kind;
	int64_t happened_ms;
	char currency[4];
	char reason[128]; /* of an adjustment; may be empty */
	int64_t row_end;  /* rows of the source file used up with this draft; 0 without a file */
	uint32_t line_n;  /* one for an adjustment and a look-up */
	struct {
		char barcode[PEER_BARCODE_BYTES];
		int64_t quantity_milli; /* > 0, signed for an adjustment */
		int64_t price_milli;
	} lines[PEER_REQUEST_LINES_MAX];
};

struct peer_request {
	enum peer_request_kind kind;
	char till[33];
	char id[65];
	uint64_t number; /* counts a till program's requests, over restarts */
	int64_t row_end;
	uint32_t line_n;
	struct br_text body; /* owned */
};

void peer_request_init(struct peer_request *request);
void peer_request_finish(struct peer_request *request);

/*
 * Writes the body from the draft; `till`, `id` and `number` are set before. The memory of an
 * earlier body is used again. BR_E_TOO_LARGE when it would be over PEER_REQUEST_BYTES_MAX.
 */
BR_MUST_CHECK int peer_request_write(struct peer_request *request, const struct peer_draft *draft);

/* Where drafts come from: a replayed file, or a simulated shop. */
struct peer_draft_source {
	/* 1 and the draft filled, 0 when there are no more, or a BR_E_* with the fault set. */
	int (*next)(void *context, struct peer_draft *draft, struct br_fault *fault);
	void *context;
};
