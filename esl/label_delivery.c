#include "esl/label_delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "esl/label_job.h"
#include "esl/label_words.h"
#include "node/label.h"
#include "node/log.h"
#include "node/metrics.h"

#define OFFER_TIMEOUT_MS 5000
#define OFFER_SENDS_MAX 4
/* An access point that has the job may wait for the label's next check-in, and once more. */
#define QUEUED_TIMEOUT_MIN_MS (10 * 60000)
/* How long an access point is left alone that is busy without saying for how long, or full. */
#define BUSY_MS 5000
#define NO_SPACE_MS 30000
/* A number of pieces may be an hour old; the battery pays for every picture. */
#define STOCK_DELAY_MS (60 * 60000)
#define DRAWINGS_MAX 16
/* JSON numbers are exact up to 2^53. */
#define REV_MAX (UINT64_C(1) << 52)

/* Minutes until the next try; the last one goes on for ever. */
static const int retry_minutes[] = {1, 2, 5, 15, 60};
#define RETRIES BR_ARRAY_LEN(retry_minutes)

/* The moves that the phases allow: a bit of `to` for each. */
#define TO(PHASE) (1u << (PHASE))
#define ENDS (TO(BR_LABEL_RESTING) | TO(BR_LABEL_STALE))
static const unsigned moves[BR_LABEL_PHASES] = {
	[BR_LABEL_RESTING] = TO(BR_LABEL_STALE),
	[BR_LABEL_STALE] = TO(BR_LABEL_RESTING) | TO(BR_LABEL_RENDERING),
	[BR_LABEL_RENDERING] = ENDS | TO(BR_LABEL_READY) | TO(BR_LABEL_QUEUED),
	[BR_LABEL_READY] = ENDS | TO(BR_LABEL_OFFERED),
	[BR_LABEL_OFFERED] =
		ENDS | TO(BR_LABEL_OFFERED) | TO(BR_LABEL_QUEUED) | TO(BR_LABEL_SENDING),
	[BR_LABEL_QUEUED] = ENDS | TO(BR_LABEL_QUEUED) | TO(BR_LABEL_SENDING),
	[BR_LABEL_SENDING] = ENDS | TO(BR_LABEL_QUEUED) | TO(BR_LABEL_SENDING),
};

static struct br_label_list *list_of(struct br_labels *labels, const struct br_label_now *label)
{
	br_assert(label->phase < BR_LABEL_PHASES);
	switch (label->phase) {
	case BR_LABEL_RESTING:
		return label->due_boot_ms > 0 ? &labels->due : NULL;
	case BR_LABEL_STALE:
		return label->ap != NULL && label->display.w > 0 ? &label->ap->stale
								 : &labels->stranded;
	case BR_LABEL_READY:
		return &labels->ready;
	default:
		return &labels->under_way;
	}
}

static void list_remove(struct br_label_list *list, struct br_label_now *label)
{
	br_assert(list->n > 0 && label->list == list);
	*(label->previous != NULL ? &label->previous->next : &list->first) = label->next;
	*(label->next != NULL ? &label->next->previous : &list->last) = label->previous;
	label->next = label->previous = NULL;
	list->n--;
	br_assert((list->n == 0) == (list->first == NULL));
}

static void list_append(struct br_label_list *list, struct br_label_now *label)
{
	br_assert((list->n == 0) == (list->first == NULL));
	label->previous = list->last;
	label->next = NULL;
	*(list->last != NULL ? &list->last->next : &list->first) = label;
	list->last = label;
	list->n++;
}

static void list_prepend(struct br_label_list *list, struct br_label_now *label)
{
	br_assert((list->n == 0) == (list->first == NULL));
	label->previous = NULL;
	label->next = list->first;
	*(list->first != NULL ? &list->first->previous : &list->last) = label;
	list->first = label;
	list->n++;
}

void br_label_file(struct br_labels *labels, struct br_label_now *label)
{
	if (label->list != NULL)
		list_remove(label->list, label);
	label->list = list_of(labels, label);
	if (label->list == NULL)
		return;
	/* Who supersedes a job takes no further room at the access point: it need not wait. */
	if (label->phase == BR_LABEL_STALE && label->older.id[0] != '\0')
		list_prepend(label->list, label);
	else
		list_append(label->list, label);
}

void br_label_changed(struct br_labels *labels, struct br_label_now *label)
{
	label->changed_ms = br_labels_wall_ms(labels);
}

static bool is_unacked(const struct br_label_now *label)
{
	return label->phase >= BR_LABEL_RENDERING && label->phase <= BR_LABEL_OFFERED;
}

static bool is_held(const struct br_label_now *label)
{
	return label->phase >= BR_LABEL_QUEUED || label->older.id[0] != '\0';
}

/* Takes the label's places at its access point, or gives them back around a change. */
static void places_take(struct br_label_now *label)
{
	br_assert(label->ap != NULL || (!is_unacked(label) && !is_held(label)));
	if (is_unacked(label))
		label->ap->unacked++;
	if (is_held(label))
		label->ap->held++;
}

static void places_give_back(struct br_label_now *label)
{
	br_assert(label->ap != NULL || (!is_unacked(label) && !is_held(label)));
	br_assert(!is_unacked(label) || label->ap->unacked > 0);
	br_assert(!is_held(label) || label->ap->held > 0);
	if (is_unacked(label))
		label->ap->unacked--;
	if (is_held(label))
		label->ap->held--;
}

void br_label_move(struct br_labels *labels, struct br_label_now *label, enum br_label_phase to)
{
	br_assert((moves[label->phase] & TO(to)) != 0);
	places_give_back(label);
	label->phase = to;
	/* At rest nothing is remembered, and a new job takes the place of the older one. */
	if (to == BR_LABEL_RESTING || to >= BR_LABEL_OFFERED)
		label->older.id[0] = '\0';
	places_take(label);
	if (to != BR_LABEL_READY && to != BR_LABEL_OFFERED)
		br_text_finish(&label->bytes);
	if (to <= BR_LABEL_STALE) {
		label->again = false;
		label->drawing = 0;
	}
	br_label_file(labels, label);
	br_label_changed(labels, label);
}

static void older_forget(struct br_label_now *label)
{
	places_give_back(label);
	label->older.id[0] = '\0';
	places_take(label);
}

/* Comes to rest until `due_boot_ms`, or for good with 0. */
static void label_rest(struct br_labels *labels, struct br_label_now *label, int64_t due_boot_ms)
{
	br_assert(due_boot_ms >= 0);
	if (label->lazy && due_boot_ms == 0)
		due_boot_ms = br_labels_boot_ms(labels) + STOCK_DELAY_MS;
	label->due_boot_ms = due_boot_ms;
	if (label->phase == BR_LABEL_RESTING)
		br_label_file(labels, label);
	else
		br_label_move(labels, label, BR_LABEL_RESTING);
}

/* The label shows what it should, by all that is known. */
static void label_settle(struct br_labels *labels, struct br_label_now *label)
{
	bool again = label->again;

	label->tries = 0;
	label->error[0] = '\0';
	label_rest(labels, label, 0);
	if (again)
		br_label_stale(labels, label);
}

void br_label_stale(struct br_labels *labels, struct br_label_now *label)
{
	label->lazy = false;
	if (!label->bound || label->phase == BR_LABEL_STALE)
		return;
	if (label->phase == BR_LABEL_OFFERED) {
		label->again = true;
		return;
	}
	if (label->phase >= BR_LABEL_QUEUED)
		label->older = label->job;
	label->due_boot_ms = 0;
	br_label_move(labels, label, BR_LABEL_STALE);
}

void br_label_stale_lazily(struct br_labels *labels, struct br_label_now *label)
{
	if (!label->bound || label->lazy || label->phase == BR_LABEL_STALE)
		return;
	label->lazy = true;
	if (label->phase == BR_LABEL_RESTING && label->due_boot_ms == 0)
		label_rest(labels, label, 0);
}

void br_label_drop(struct br_labels *labels, struct br_label_now *label)
{
	older_forget(label);
	label->again = false;
	if (!label->bound) {
		label->lazy = false;
		label_rest(labels, label, 0);
	} else if (label->phase > BR_LABEL_STALE) {
		label->due_boot_ms = 0;
		br_label_move(labels, label, BR_LABEL_STALE);
	}
}

void br_label_route(
	struct br_labels *labels, struct br_label_now *label, struct br_access_point *ap)
{
	if (label->ap == ap)
		return;
	br_label_job_cancel(labels, label);
	br_label_drop(labels, label);
	br_assert(!is_unacked(label) && !is_held(label));
	label->ap = ap;
	br_label_file(labels, label);
	br_assert(label->phase <= BR_LABEL_STALE);
	/* What failed at the old one may go well here. */
	if (ap != NULL && label->tries > 0)
		br_label_stale(labels, label);
}

/* The try failed: the next one later, and when the retries are over the ledger is told. */
static void try_failed(struct br_labels *labels, struct br_label_now *label, const char *error)
{
	unsigned step = label->tries < RETRIES ? label->tries : RETRIES - 1;
	struct br_str text = br_str_from(error);
	bool again = label->again;

	br_assert(step < RETRIES);
	br_assert(text.n > 0);
	if (text.n >= sizeof(label->error))
		text.n = br_utf8_cut(text.s, sizeof(label->error) - 1);
	(void)!br_str_copy(text, label->error, sizeof(label->error));
	label->tries++;
	label_rest(labels, label, br_labels_boot_ms(labels) + retry_minutes[step] * INT64_C(60000));
	br_log(BR_LOG_INFO, "label", "%s: %s, try %u; the next one in %d minutes", label->label,
		label->error, label->tries, retry_minutes[step]);
	if (label->tries == RETRIES + 1) {
		br_metric_add(BR_METRIC_LABEL_FAILED, 1);
		br_label_say(labels, label, BR_LABEL_WORD_FAILED);
	}
	if (again) {
		label->tries = 0;
		br_label_stale(labels, label);
	}
}

static bool is_shown(const struct br_label_now *label, const unsigned char *hash)
{
	return label->shown_known && memcmp(label->shown, hash, sizeof(label->shown)) == 0;
}

/* Keeps what the label says it shows, and tells the ledger when that is news. */
static void shown_keep(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const unsigned char hash[BR_PICTURE_HASH_BYTES],
	uint64_t rev)
{
	if (rev > label->shown_rev)
		label->shown_rev = rev;
	label->shown_ap = ap;
	if (is_shown(label, hash))
		return;
	memcpy(label->shown, hash, sizeof(label->shown));
	label->shown_known = true;
	br_label_changed(labels, label);
	br_assert(is_shown(label, hash));
	br_label_say(labels, label, BR_LABEL_WORD_SHOWN);
}

/* It denies what it was said to show: believed at once the first time, then ever more slowly. */
static void denial_take(struct br_labels *labels, struct br_label_now *label)
{
	unsigned step = label->doubts < RETRIES ? label->doubts : RETRIES;

	br_assert(label->phase == BR_LABEL_RESTING && label->drawn);
	label->doubts++;
	if (step == 0)
		br_label_stale(labels, label);
	else
		label_rest(labels, label,
			br_labels_boot_ms(labels) + retry_minutes[step - 1] * INT64_C(60000));
}

void br_label_shows(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const unsigned char hash[BR_PICTURE_HASH_BYTES],
	uint64_t rev)
{
	bool news = !is_shown(label, hash), right;

	shown_keep(labels, label, ap, hash, rev);
	right = label->drawn && is_shown(label, label->hash);
	if (right)
		label->doubts = 0;
	if (!news || !label->bound)
		return;
	if (right && label->phase == BR_LABEL_RESTING) {
		label_settle(labels, label);
	} else if (right && label->phase >= BR_LABEL_OFFERED) {
		/* It took the picture and the word of it was lost, or it had it all along. */
		br_label_job_cancel(labels, label);
		label_settle(labels, label);
	} else if (label->phase == BR_LABEL_RESTING && label->drawn && label->tries == 0) {
		denial_take(labels, label);
	}
}

static int64_t patience_end(struct br_labels *labels, const struct br_label_now *label)
{
	int64_t wait_ms = (int64_t)label->next_s * 2000;

	return br_labels_boot_ms(labels) +
	       (wait_ms > QUEUED_TIMEOUT_MIN_MS ? wait_ms : QUEUED_TIMEOUT_MIN_MS);
}

static void held_take(struct br_labels *labels, struct br_label_now *label, enum br_label_phase to)
{
	bool again = label->again;

	br_assert(to == BR_LABEL_QUEUED || to == BR_LABEL_SENDING);
	label->again = false;
	label->due_boot_ms = patience_end(labels, label);
	br_label_move(labels, label, to);
	if (again)
		br_label_stale(labels, label);
}

static void shown_take(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const struct br_brap_ack *ack)
{
	br_assert(label->phase >= BR_LABEL_OFFERED);
	br_metric_add(BR_METRIC_LABEL_SHOWN, 1);
	shown_keep(labels, label, ap, ack->shows ? ack->shown : label->job.hash, label->job.rev);
	if (is_shown(label, label->job.hash))
		label_settle(labels, label);
	else
		try_failed(labels, label, "shows another picture than it was sent");
}

/*
 * A newer revision is there than ours, which nobody but an earlier life of this store can have
 * sent: before a backup was restored, say. So ours must become greater.
 */
static void superseded_take(struct br_labels *labels, struct br_label_now *label)
{
	uint64_t rev = label->job.rev;

	br_assert(label->phase >= BR_LABEL_OFFERED);
	if (rev > REV_MAX / 16) {
		try_failed(labels, label, "the access point has a newer picture");
		return;
	}
	label->rev_least = rev * 16;
	br_label_drop(labels, label);
}

static void refused_take(struct br_labels *labels, struct br_label_now *label,
	struct br_access_point *ap, const struct br_brap_ack *ack)
{
	bool busy = strcmp(ack->error, "busy") == 0;

	br_assert(ack->status == BR_BRAP_REFUSED);
	if (busy || strcmp(ack->error, "no_space") == 0) {
		/* Not a failure of the label: the access point asks for patience. */
		ap->pause_boot_ms =
			br_labels_boot_ms(labels) + (ack->retry_s > 0 ? ack->retry_s * INT64_C(1000)
							    : busy    ? BUSY_MS
								      : NO_SPACE_MS);
		br_label_drop(labels, label);
		return;
	}
	if (strcmp(ack->error, "bad_enc") == 0 && label->encoding != BR_ENCODING_RAW) {
		/* Until it says again what it takes, it gets what all take. */
		ap->encoding = BR_ENCODING_RAW;
		br_label_drop(labels, label);
		return;
	}
	if (strcmp(ack->error, "no_label") == 0) {
		try_failed(labels, label, "the access point does not hear it");
		br_label_route(labels, label, NULL);
		return;
	}
	try_failed(labels, label, ack->error[0] != '\0' ? ack->error : "refused");
}

/* The word on the job that is under way. */
static void job_acked(struct br_labels *labels, struct br_label_now *label,
	struct br_access_point *ap, const struct br_brap_ack *ack)
{
	br_assert(label->phase >= BR_LABEL_OFFERED);
	switch (ack->status) {
	case BR_BRAP_QUEUED:
		held_take(labels, label, BR_LABEL_QUEUED);
		return;
	case BR_BRAP_SENDING:
		held_take(labels, label, BR_LABEL_SENDING);
		return;
	case BR_BRAP_SHOWN:
		shown_take(labels, label, ap, ack);
		return;
	case BR_BRAP_SUPERSEDED:
		superseded_take(labels, label);
		return;
	case BR_BRAP_FAILED:
	case BR_BRAP_EXPIRED:
		try_failed(labels, label,
			ack->error[0] != '\0' ? ack->error : br_brap_status_words[ack->status]);
		return;
	case BR_BRAP_REFUSED:
		refused_take(labels, label, ap, ack);
		return;
	}
}

/* The word on the job that a newer picture is about to supersede; it may have ended before. */
static void older_acked(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const struct br_brap_ack *ack)
{
	br_assert(label->older.id[0] != '\0');
	if (ack->status == BR_BRAP_QUEUED || ack->status == BR_BRAP_SENDING)
		return;
	if (ack->status == BR_BRAP_SHOWN)
		shown_keep(labels, label, ap, ack->shows ? ack->shown : label->older.hash,
			label->older.rev);
	older_forget(label);
}

void br_label_acked(struct br_labels *labels, struct br_label_now *label,
	struct br_access_point *ap, const struct br_brap_ack *ack)
{
	bool own = ap == label->ap;

	if (own && label->phase >= BR_LABEL_OFFERED && strcmp(ack->job, label->job.id) == 0)
		job_acked(labels, label, ap, ack);
	else if (own && label->older.id[0] != '\0' && strcmp(ack->job, label->older.id) == 0)
		older_acked(labels, label, ap, ack);
	else if (ack->status == BR_BRAP_SHOWN && ack->shows && ack->rev >= label->shown_rev &&
		 ack->rev <= REV_MAX)
		/* A job of another time or place; what the glass shows counts all the same. */
		br_label_shows(labels, label, ap, ack->shown, ack->rev);
}

/* Sends the job, or sends it again. */
static int job_send(struct br_labels *labels, struct br_label_now *label)
{
	int result = br_label_job_publish(labels, label);

	br_assert(label->phase == BR_LABEL_READY || label->phase == BR_LABEL_OFFERED);
	if (result == BR_E_OFFLINE)
		return result;
	if (result < 0) {
		try_failed(labels, label, br_error_text(result));
		return 0;
	}
	br_metric_add(BR_METRIC_LABEL_JOBS, 1);
	label->sends++;
	label->due_boot_ms = br_labels_boot_ms(labels) + OFFER_TIMEOUT_MS;
	br_label_move(labels, label, BR_LABEL_OFFERED);
	return 0;
}

void br_labels_send(struct br_labels *labels)
{
	const struct br_publisher *publisher = &labels->options.publisher;

	while (labels->ready.first != NULL && publisher->connected(publisher->context)) {
		struct br_label_now *label = labels->ready.first;

		br_assert(label->phase == BR_LABEL_READY);
		/* It may have reported this picture since it was drawn. */
		if (is_shown(label, label->job.hash)) {
			br_label_job_cancel(labels, label);
			label_settle(labels, label);
		} else if (job_send(labels, label) < 0) {
			return;
		}
	}
}

/*
 * Fills a drawing's request from the ledger. False when there is nothing to draw, with the reason
 * in the fault unless the label is not bound any more.
 */
static bool request_fill(struct br_labels *labels, struct br_label_now *label,
	struct br_render_request *request, struct br_fault *fault)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label_place place = br_labels_place(labels);
	enum br_template_state state;
	struct br_label row;
	int result = br_txn_begin(labels->options.ledger, false, &txn);

	br_assert(fault->text[0] == '\0' && label->phase == BR_LABEL_STALE);
	br_arena_reset(&labels->arena);
	if (result == 0)
		result = br_label_get(txn, br_str_from(label->label), &labels->arena, &row);
	if (result == BR_E_NOT_FOUND || (result == 0 && row.sku.n == 0))
		return false;
	if (result == 0)
		result = br_label_content_read(txn, row.sku, br_labels_wall_ms(labels), &place,
			&labels->arena, &request->content);
	if (result < 0 && result != BR_E_NOT_FOUND) {
		(void)br_fault_set(fault, result, "the ledger: %s", br_error_text(result));
		return false;
	}
	state = request->content.state;
	request->template =
		br_template_set_find(labels->templates, row.template, &label->display, state);
	if (request->template == NULL)
		(void)br_fault_set(fault, BR_E_NOT_FOUND, "no template has %u by %u pixels",
			label->display.w, label->display.h);
	else if (state == BR_TEMPLATE_NOT_FOR_SALE && request->template->state != state)
		(void)br_fault_set(fault, BR_E_NOT_FOUND,
			"product \"%.*s\" is not in the catalogue", BR_STR_ARG(row.sku));
	return fault->text[0] == '\0';
}

/* Nothing can be drawn, for the reason that is given; an older picture must not come instead. */
static void drawing_failed(struct br_labels *labels, struct br_label_now *label, const char *reason)
{
	br_assert(label->phase == BR_LABEL_STALE || label->phase == BR_LABEL_RENDERING);
	br_label_job_cancel(labels, label);
	if (reason[0] != '\0')
		try_failed(labels, label, reason);
	else
		label_rest(labels, label, 0);
}

/* 0, or BR_E_BUSY when the workers have enough to do; then nothing has changed. */
static int label_draw(struct br_labels *labels, struct br_label_now *label)
{
	struct br_render_request request = {
		.subject = label,
		.number = labels->drawings + 1,
		.display = label->display,
		.encoding = label->ap->encoding,
	};
	struct br_fault fault = {""};
	uint64_t head = br_core_head(labels->options.core);
	int result;

	br_assert(label->phase == BR_LABEL_STALE && head > 0);
	label->job.rev = head > label->rev_least ? head : label->rev_least;
	label->drawn = false;
	if (!request_fill(labels, label, &request, &fault)) {
		drawing_failed(labels, label, fault.text);
		return 0;
	}
	result = br_render_submit(labels->render, &request);
	if (result < 0)
		return result;
	label->encoding = request.encoding;
	br_label_move(labels, label, BR_LABEL_RENDERING);
	label->drawing = ++labels->drawings;
	return 0;
}

static bool ap_may_draw(const struct br_access_point *ap, int64_t now_ms)
{
	br_assert(ap->stale.first != NULL);
	if (!ap->on || ap->pause_boot_ms > now_ms || ap->unacked >= ap->win)
		return false;
	return ap->q_max == 0 || ap->unacked + ap->held < ap->q_max ||
	       ap->stale.first->older.id[0] != '\0';
}

/*
 * Looks at access points, not at labels: thousands of stale ones cost nothing while their access
 * point is away or has enough. Another one begins each time, so that all come to their turn.
 */
void br_labels_draw(struct br_labels *labels)
{
	int64_t now_ms = br_labels_boot_ms(labels);
	unsigned drawings = 0, first = labels->ap_next++;

	for (unsigned i = 0; i < labels->ap_n; i++) {
		struct br_access_point *ap = labels->aps[(first + i) % labels->ap_n];

		while (ap->stale.first != NULL && ap_may_draw(ap, now_ms)) {
			if (drawings++ == DRAWINGS_MAX) {
				br_loop_again(labels->options.loop);
				return;
			}
			if (label_draw(labels, ap->stale.first) < 0)
				return;
		}
	}
}

/* The picture that was drawn is not the one on the glass. */
static void picture_take(
	struct br_labels *labels, struct br_label_now *label, struct br_text *bytes)
{
	br_assert(label->phase == BR_LABEL_RENDERING && label->drawn);
	if (label->older.id[0] != '\0' &&
		memcmp(label->older.hash, label->hash, sizeof(label->hash)) == 0) {
		/* The change made no difference: the access point has this picture already. */
		label->job = label->older;
		label->due_boot_ms = patience_end(labels, label);
		br_label_move(labels, label, BR_LABEL_QUEUED);
		return;
	}
	br_assert(label->bytes.bytes == NULL);
	label->bytes = *bytes;
	*bytes = (struct br_text){.bytes = NULL};
	label->sends = 0;
	(void)snprintf(label->job.id, sizeof(label->job.id), "%s-%s-%" PRIu64, label->label,
		labels->start, ++labels->jobs);
	memcpy(label->job.hash, label->hash, sizeof(label->job.hash));
	if (label->ap->on)
		br_label_move(labels, label, BR_LABEL_READY);
	else
		br_label_drop(labels, label);
}

void br_label_rendered(struct br_labels *labels, struct br_render_result *result)
{
	struct br_label_now *label = result->subject;

	br_assert(label != NULL);
	/* Labels live as long as the process. One that was dropped meanwhile awaits another
	 * drawing or none. */
	if (label->phase != BR_LABEL_RENDERING || label->drawing != result->number) {
		br_text_finish(&result->bytes);
		return;
	}
	if (result->error < 0) {
		drawing_failed(labels, label, result->fault.text);
		br_text_finish(&result->bytes);
		return;
	}
	memcpy(label->hash, result->hash, sizeof(label->hash));
	label->drawn = true;
	br_label_say(labels, label, BR_LABEL_WORD_WANTED);
	if (is_shown(label, label->hash)) {
		br_label_job_cancel(labels, label);
		label_settle(labels, label);
	} else {
		picture_take(labels, label, &result->bytes);
	}
	br_text_finish(&result->bytes);
}

void br_labels_ap_away(struct br_labels *labels, const struct br_access_point *ap)
{
	for (unsigned i = 0; i < labels->label_n; i++)
		if (labels->sorted[i]->ap == ap && labels->sorted[i]->phase == BR_LABEL_READY)
			br_label_drop(labels, labels->sorted[i]);
}

void br_labels_ap_back(struct br_labels *labels, const struct br_access_point *ap)
{
	for (unsigned i = 0; i < labels->label_n; i++) {
		struct br_label_now *label = labels->sorted[i];

		if (label->ap != ap || label->phase < BR_LABEL_OFFERED)
			continue;
		/* What it may not have got comes again at once; what it has it goes on with. */
		label->sends = 0;
		label->due_boot_ms = label->phase == BR_LABEL_OFFERED ? br_labels_boot_ms(labels)
								      : patience_end(labels, label);
	}
}

void br_labels_ap_forgot(struct br_labels *labels, const struct br_access_point *ap)
{
	for (unsigned i = 0; i < labels->label_n; i++) {
		struct br_label_now *label = labels->sorted[i];

		if (label->ap != ap)
			continue;
		if (label->phase >= BR_LABEL_READY)
			br_label_drop(labels, label);
		else
			older_forget(label);
	}
}

/* A deadline passed: the offer is sent again a few times, then the try has failed. */
static void deadline_pass(struct br_labels *labels, struct br_label_now *label)
{
	br_assert(label->phase >= BR_LABEL_OFFERED);
	if (label->phase != BR_LABEL_OFFERED)
		try_failed(labels, label, "no report from the label");
	else if (label->again)
		/* Nobody has taken the old picture: the new one may go at once. */
		br_label_drop(labels, label);
	else if (label->sends >= OFFER_SENDS_MAX)
		try_failed(labels, label, "no answer from the access point");
	else
		(void)!job_send(labels, label);
}

void br_labels_due(struct br_labels *labels)
{
	int64_t now_ms = br_labels_boot_ms(labels);
	struct br_label_now *next;

	for (struct br_label_now *label = labels->under_way.first; label != NULL; label = next) {
		next = label->next;
		/* An access point that is away cannot answer; its silence says nothing. */
		if (label->phase >= BR_LABEL_OFFERED && label->ap->on &&
			label->due_boot_ms <= now_ms)
			deadline_pass(labels, label);
	}
	for (struct br_label_now *label = labels->due.first; label != NULL; label = next) {
		next = label->next;
		if (label->due_boot_ms <= now_ms)
			br_label_stale(labels, label);
	}
}
