#include "esl/label_delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/label.h"
#include "node/log.h"
#include "node/metrics.h"

#define OFFER_TIMEOUT_MS 5000
#define OFFER_SENDS_MAX 4
/* An access point that has the job may wait for the label's next check-in, and once more. */
#define QUEUED_TIMEOUT_MIN_MS (10 * 60000)
#define DRAWINGS_MAX 16

/* Minutes until the next try; the last one goes on for ever. */
static const int retry_minutes[] = {1, 2, 5, 15, 60};
#define TRIES_QUICK BR_ARRAY_LEN(retry_minutes)

/* The moves that the phases allow: a bit of `to` for each. */
#define TO(PHASE) (1u << (PHASE))
#define ENDS (TO(BR_LABEL_RESTING) | TO(BR_LABEL_STALE))
static const unsigned moves[] = {
	[BR_LABEL_RESTING] = ENDS,
	[BR_LABEL_STALE] = ENDS | TO(BR_LABEL_RENDERING),
	[BR_LABEL_RENDERING] = ENDS | TO(BR_LABEL_READY),
	[BR_LABEL_READY] = ENDS | TO(BR_LABEL_OFFERED),
	[BR_LABEL_OFFERED] =
		ENDS | TO(BR_LABEL_OFFERED) | TO(BR_LABEL_QUEUED) | TO(BR_LABEL_SENDING),
	[BR_LABEL_QUEUED] = ENDS | TO(BR_LABEL_QUEUED) | TO(BR_LABEL_SENDING),
	[BR_LABEL_SENDING] = ENDS | TO(BR_LABEL_QUEUED) | TO(BR_LABEL_SENDING),
};

static struct br_label_list *list_of(struct br_labels *labels, enum br_label_phase phase)
{
	switch (phase) {
	case BR_LABEL_RESTING:
		return &labels->resting;
	case BR_LABEL_STALE:
		return &labels->stale;
	case BR_LABEL_READY:
		return &labels->ready;
	default:
		return &labels->under_way;
	}
}

static void list_remove(struct br_label_list *list, struct br_label_now *label)
{
	br_assert(list->n > 0);
	*(label->previous != NULL ? &label->previous->next : &list->first) = label->next;
	*(label->next != NULL ? &label->next->previous : &list->last) = label->previous;
	label->next = label->previous = NULL;
	list->n--;
}

static void list_append(struct br_label_list *list, struct br_label_now *label)
{
	label->previous = list->last;
	label->next = NULL;
	*(list->last != NULL ? &list->last->next : &list->first) = label;
	list->last = label;
	list->n++;
}

/* From the drawing on, a label has its place in the access point's window. */
static bool in_window(enum br_label_phase phase)
{
	return phase >= BR_LABEL_RENDERING;
}

void br_label_move(struct br_labels *labels, struct br_label_now *label, enum br_label_phase to)
{
	enum br_label_phase from = label->phase;

	br_assert((moves[from] & TO(to)) != 0);
	if (in_window(from) && !in_window(to)) {
		br_assert(label->ap != NULL && label->ap->in_flight > 0);
		label->ap->in_flight--;
		br_text_finish(&label->bytes);
	} else if (!in_window(from) && in_window(to)) {
		br_assert(label->ap != NULL);
		label->ap->in_flight++;
	}
	list_remove(list_of(labels, from), label);
	label->phase = to;
	list_append(list_of(labels, to), label);
	label->changed_ms = br_labels_wall_ms(labels);
}

void br_label_stale(struct br_labels *labels, struct br_label_now *label)
{
	/* What is under way ends first; its result is looked at again then. */
	if (in_window(label->phase)) {
		label->again = true;
		return;
	}
	label->again = false;
	label->due_boot_ms = 0;
	if (label->bound && label->phase == BR_LABEL_RESTING)
		br_label_move(labels, label, BR_LABEL_STALE);
}

void br_label_drop(struct br_labels *labels, struct br_label_now *label)
{
	/* A drawing cannot be called back: its result finds that the job is another. */
	label->job[0] = '\0';
	label->again = false;
	if (label->phase != BR_LABEL_RESTING)
		br_label_move(labels, label, BR_LABEL_RESTING);
	br_label_stale(labels, label);
}

/* Submits one of the label's commands; what the ledger refuses was settled meanwhile. */
static void command_submit(struct br_labels *labels, const char *type, const void *body)
{
	char id[BR_ID_BYTES_MAX + 1];
	struct br_command command = {
		.actor = BR_STR("esl"),
		.type = br_command_type_named(br_str_from(type)),
		.body = body,
		.now_ms = br_labels_wall_ms(labels),
	};

	br_assert(command.type != NULL);
	(void)snprintf(id, sizeof(id), "%" PRId64 "-%" PRIu64, command.now_ms, ++labels->commands);
	command.id = br_str_from(id);
	/* A failure stays with the turn, whose commit returns it and ends the process. */
	(void)!br_core_submit(labels->options.core, &command, NULL);
}

void br_label_report(struct br_labels *labels, struct br_label_now *label,
	const unsigned char hash[BR_PICTURE_HASH_BYTES], uint64_t rev)
{
	struct br_label_shown shown = {.label = br_str_from(label->label), .rev = rev};

	if (!label->bound ||
		(label->shown_known && memcmp(label->shown, hash, sizeof(label->shown)) == 0))
		return;
	memcpy(shown.hash, hash, sizeof(shown.hash));
	if (label->ap != NULL)
		shown.ap = br_str_from(label->ap->name);
	memcpy(label->shown, hash, sizeof(label->shown));
	label->shown_known = true;
	command_submit(labels, "label.report", &shown);
}

static void want(struct br_labels *labels, const struct br_label_now *label)
{
	struct br_label_wanted wanted = {.label = br_str_from(label->label), .rev = label->rev};

	memcpy(wanted.hash, label->hash, sizeof(wanted.hash));
	command_submit(labels, "label.want", &wanted);
}

/* The try failed: the next one later, and after the quick ones the ledger is told. */
static void try_failed(struct br_labels *labels, struct br_label_now *label, const char *error)
{
	unsigned step = label->tries < TRIES_QUICK ? label->tries : TRIES_QUICK - 1;
	struct br_label_failed failed = {
		.label = br_str_from(label->label),
		.rev = label->rev,
		.tries = label->tries + 1,
		.error = br_str_from(error),
	};

	br_label_move(labels, label, BR_LABEL_RESTING);
	label->tries++;
	label->due_boot_ms = br_labels_boot_ms(labels) + retry_minutes[step] * INT64_C(60000);
	br_log(BR_LOG_INFO, "label", "%s: %s, try %u; the next one in %d minutes", label->label,
		error, label->tries, retry_minutes[step]);
	if (label->tries == TRIES_QUICK && label->rev > 0) {
		br_metric_add(BR_METRIC_LABEL_FAILED, 1);
		command_submit(labels, "label.give_up", &failed);
	}
	if (label->again) {
		label->tries = 0;
		br_label_stale(labels, label);
	}
}

static void shown_take(
	struct br_labels *labels, struct br_label_now *label, const struct br_brap_ack *ack)
{
	br_metric_add(BR_METRIC_LABEL_SHOWN, 1);
	br_label_report(labels, label, ack->shows ? ack->shown : label->hash, ack->rev);
	label->tries = 0;
	br_label_move(labels, label, BR_LABEL_RESTING);
	/* What the glass shows may be another picture than ours: drawn again, it is compared. */
	if (label->again ||
		(ack->shows && memcmp(ack->shown, label->hash, sizeof(label->hash)) != 0))
		br_label_stale(labels, label);
}

static void refused_take(
	struct br_labels *labels, struct br_label_now *label, const struct br_brap_ack *ack)
{
	if (strcmp(ack->error, "busy") == 0) {
		/* Not a failure of the label: the access point asks for patience. */
		br_label_move(labels, label, BR_LABEL_RESTING);
		label->due_boot_ms = br_labels_boot_ms(labels) +
				     (int64_t)(ack->retry_s > 0 ? ack->retry_s : 5) * 1000;
		return;
	}
	if (strcmp(ack->error, "no_label") == 0) {
		try_failed(labels, label, "the access point does not hear it");
		label->ap = NULL;
		return;
	}
	try_failed(labels, label, ack->error[0] != '\0' ? ack->error : "refused");
}

void br_label_acked(
	struct br_labels *labels, struct br_label_now *label, const struct br_brap_ack *ack)
{
	int64_t wait_ms = (int64_t)label->next_s * 2000;

	if (label->phase < BR_LABEL_OFFERED || strcmp(ack->job, label->job) != 0) {
		/* An old job's word; what the glass shows still counts. */
		if (ack->status == BR_BRAP_SHOWN && ack->shows) {
			br_label_report(labels, label, ack->shown, ack->rev);
			br_label_stale(labels, label);
		}
		return;
	}
	switch (ack->status) {
	case BR_BRAP_QUEUED:
	case BR_BRAP_SENDING:
		br_text_finish(&label->bytes);
		br_label_move(labels, label,
			ack->status == BR_BRAP_QUEUED ? BR_LABEL_QUEUED : BR_LABEL_SENDING);
		label->due_boot_ms =
			br_labels_boot_ms(labels) +
			(wait_ms > QUEUED_TIMEOUT_MIN_MS ? wait_ms : QUEUED_TIMEOUT_MIN_MS);
		return;
	case BR_BRAP_SHOWN:
		shown_take(labels, label, ack);
		return;
	case BR_BRAP_SUPERSEDED:
		/* By a newer revision than ours: somebody else's, or ours before a restart. */
		br_label_drop(labels, label);
		return;
	case BR_BRAP_FAILED:
	case BR_BRAP_EXPIRED:
		try_failed(labels, label,
			ack->error[0] != '\0' ? ack->error : br_brap_status_words[ack->status]);
		return;
	case BR_BRAP_REFUSED:
		refused_take(labels, label, ack);
		return;
	}
}

/* Publishes the job and its parts; BR_E_OFFLINE leaves it ready for later. */
static int job_publish(struct br_labels *labels, struct br_label_now *label)
{
	struct br_str picture = br_text_str(&label->bytes), rest = picture;
	struct br_brap_job job = {
		.job = label->job,
		.rev = label->rev,
		.boot = label->ap->boot,
		.display = label->display,
		.encoding = label->ap->encoding,
		.hash = label->hash,
		.picture_bytes = picture.n,
	};
	bool parts = label->ap->msg_max > 0 &&
		     picture.n + BR_BRAP_JSON_BYTES_MAX / 8 > label->ap->msg_max;
	struct br_publisher *publisher = &labels->options.publisher;
	char topic[BR_TOPIC_BYTES_MAX];
	struct br_text text;
	int result;

	br_text_init(&text, BR_ENCODED_BYTES_MAX + BR_BRAP_JSON_BYTES_MAX);
	br_brap_job_write(&job, parts ? (struct br_str){NULL, 0} : picture, &text);
	(void)snprintf(topic, sizeof(topic), "brap/1/%s/job/%s", label->ap->name, label->label);
	result = br_text_error(&text);
	if (result == 0)
		result =
			publisher->publish(publisher->context, topic, br_text_str(&text), 1, false);
	for (unsigned i = 0; parts && result == 0 && rest.n > 0; i++) {
		size_t n = rest.n < BR_BRAP_PART_BYTES ? rest.n : BR_BRAP_PART_BYTES;

		br_text_clear(&text);
		br_brap_part_write(&job, (struct br_str){rest.s, n}, &text);
		(void)snprintf(topic, sizeof(topic), "brap/1/%s/job/%s/%u", label->ap->name,
			label->label, i);
		result =
			publisher->publish(publisher->context, topic, br_text_str(&text), 1, false);
		rest.s += n;
		rest.n -= n;
	}
	br_text_finish(&text);
	return result;
}

static void job_send(struct br_labels *labels, struct br_label_now *label)
{
	if (job_publish(labels, label) < 0)
		return;
	br_metric_add(BR_METRIC_LABEL_JOBS, 1);
	label->sends++;
	label->due_boot_ms = br_labels_boot_ms(labels) + OFFER_TIMEOUT_MS;
	br_label_move(labels, label, BR_LABEL_OFFERED);
}

void br_labels_send(struct br_labels *labels)
{
	struct br_publisher *publisher = &labels->options.publisher;

	while (labels->ready.first != NULL && publisher->connected(publisher->context)) {
		struct br_label_now *label = labels->ready.first;

		job_send(labels, label);
		if (label->phase == BR_LABEL_READY)
			return;
	}
}

/* Fills a drawing's request from the ledger; false when there is nothing to draw for it. */
static bool request_fill(
	struct br_labels *labels, struct br_label_now *label, struct br_render_request *request)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;
	struct br_label row;
	int result;

	br_arena_reset(&labels->arena);
	if (br_txn_begin(labels->options.ledger, false, &txn) < 0 ||
		br_label_get(txn, br_str_from(label->label), &labels->arena, &row) < 0 ||
		row.sku.n == 0)
		return false;
	result = br_label_content_read(txn, row.sku, br_labels_wall_ms(labels),
		labels->options.link_host, &labels->arena, &request->content);
	if (result < 0 && result != BR_E_NOT_FOUND)
		return false;
	request->template = br_template_set_find(
		labels->templates, row.template, &label->display, request->content.state);
	request->display = label->display;
	request->encoding = label->ap->encoding;
	request->rev = br_core_head(labels->options.core);
	return request->template != NULL;
}

static void label_draw(struct br_labels *labels, struct br_label_now *label)
{
	struct br_render_request request = {
		.token = (uint64_t)(uintptr_t)label,
	};

	if (!request_fill(labels, label, &request)) {
		br_label_move(labels, label, BR_LABEL_RENDERING);
		try_failed(labels, label, "no template fits its display");
		return;
	}
	if (br_render_submit(labels->render, &request) < 0)
		return;
	label->sends = 0;
	label->again = false;
	(void)snprintf(label->job, sizeof(label->job), "%s-%" PRIu64 "-%" PRIu64, label->label,
		request.rev, ++labels->jobs);
	br_label_move(labels, label, BR_LABEL_RENDERING);
}

static bool label_may_draw(const struct br_label_now *label)
{
	return label->ap != NULL && label->ap->on && label->display.w > 0 &&
	       label->ap->in_flight < label->ap->win;
}

void br_labels_draw(struct br_labels *labels)
{
	struct br_label_now *label = labels->stale.first;
	unsigned drawings = 0, looked = 0;

	/* Those that cannot be drawn now go to the end, so that a look at a few finds the others.
	 */
	while (label != NULL && drawings < DRAWINGS_MAX && looked++ < 4 * DRAWINGS_MAX) {
		struct br_label_now *next = label->next;

		if (label_may_draw(label)) {
			label_draw(labels, label);
			drawings++;
		} else {
			br_label_move(labels, label, BR_LABEL_STALE);
		}
		label = next;
	}
}

void br_label_rendered(struct br_labels *labels, struct br_render_result *result)
{
	struct br_label_now *label = (struct br_label_now *)(uintptr_t)result->token;

	/* Labels live as long as the process; one that was dropped meanwhile is no longer drawn. */
	if (label->phase != BR_LABEL_RENDERING || label->job[0] == '\0') {
		br_text_finish(&result->bytes);
		return;
	}
	label->rev = result->rev > 0 ? result->rev : 1;
	memcpy(label->hash, result->hash, sizeof(label->hash));
	if (result->error < 0) {
		br_text_finish(&result->bytes);
		try_failed(labels, label, result->fault.text);
		return;
	}
	want(labels, label);
	if (label->shown_known && memcmp(label->shown, label->hash, sizeof(label->hash)) == 0) {
		br_text_finish(&result->bytes);
		br_label_move(labels, label, BR_LABEL_RESTING);
		label->tries = 0;
		if (label->again)
			br_label_stale(labels, label);
		return;
	}
	label->bytes = result->bytes;
	br_label_move(labels, label, BR_LABEL_READY);
}

/* A deadline passed: the offer is sent again a few times, then the try has failed. */
static void deadline_pass(struct br_labels *labels, struct br_label_now *label)
{
	if (label->phase == BR_LABEL_OFFERED && label->sends < OFFER_SENDS_MAX) {
		job_send(labels, label);
		return;
	}
	try_failed(labels, label,
		label->phase == BR_LABEL_OFFERED ? "no answer from the access point"
						 : "no report from the label");
}

void br_labels_tick(struct br_labels *labels)
{
	int64_t now_ms = br_labels_boot_ms(labels);
	struct br_label_now *next;

	br_labels_lock(labels);
	for (struct br_label_now *label = labels->under_way.first; label != NULL; label = next) {
		next = label->next;
		if (label->phase >= BR_LABEL_OFFERED && label->due_boot_ms <= now_ms)
			deadline_pass(labels, label);
	}
	for (struct br_label_now *label = labels->resting.first; label != NULL; label = next) {
		next = label->next;
		if (label->due_boot_ms > 0 && label->due_boot_ms <= now_ms)
			br_label_stale(labels, label);
	}
	br_labels_unlock(labels);
	br_metric_set(
		BR_METRIC_LABELS_WAITING, labels->stale.n + labels->ready.n + labels->under_way.n);
}
