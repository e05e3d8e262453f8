#include "esl/label_delivery.h"

#include <string.h>

#include "esl/label_job.h"
#include "esl/label_words.h"
#include "node/log.h"
#include "node/metrics.h"

#define OFFER_TIMEOUT_MS 5000
#define OFFER_SENDS_MAX 4
/* An access point that has the job may wait for the label's next check-in, and once more. */
#define QUEUED_TIMEOUT_MIN_MS (10 * 60000)
/* A number of pieces may be an hour old; the battery pays for every picture. */
#define STOCK_DELAY_MS (60 * 60000)

/* Minutes until the next try; the last one goes on for ever. */
static const int retry_minutes[BR_LABEL_RETRIES] = {1, 2, 5, 15, 60};

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
		if (label->ap == NULL || label->display.w == 0)
			return &labels->stranded;
		return label->urgent ? &label->ap->urgent : &label->ap->stale;
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
	br_assert(label->label[0] != '\0');
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
	if (to < BR_LABEL_QUEUED)
		label->idle = 0;
	if (to <= BR_LABEL_STALE) {
		label->again = false;
		label->drawing = 0;
	}
	if (to == BR_LABEL_RESTING)
		label->urgent = false;
	br_label_file(labels, label);
	br_label_changed(labels, label);
}

void br_label_older_forget(struct br_label_now *label)
{
	places_give_back(label);
	label->older.id[0] = '\0';
	places_take(label);
}

/* Comes to rest until `due_boot_ms`, or for good with 0. */
void br_label_rest(struct br_labels *labels, struct br_label_now *label, int64_t due_boot_ms)
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

/* What came while it was OFFERED is done now, as urgently as it came. */
static void stale_again(struct br_labels *labels, struct br_label_now *label, bool urgent)
{
	br_assert(label->phase == BR_LABEL_RESTING);
	if (urgent)
		br_label_stale_urgently(labels, label);
	else
		br_label_stale(labels, label);
}

/* The label shows what it should, by all that is known. */
void br_label_settle(struct br_labels *labels, struct br_label_now *label)
{
	bool again = label->again, urgent = label->urgent;

	label->tries = 0;
	label->error[0] = '\0';
	br_label_rest(labels, label, 0);
	br_label_say(labels, label, BR_LABEL_WORD_SETTLED);
	if (again)
		stale_again(labels, label, urgent);
}

void br_label_stale(struct br_labels *labels, struct br_label_now *label)
{
	label->lazy = false;
	if (!label->ours || label->phase == BR_LABEL_STALE)
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

void br_label_stale_urgently(struct br_labels *labels, struct br_label_now *label)
{
	bool waits = label->phase == BR_LABEL_STALE && !label->urgent;

	br_assert(label->ours || !label->urgent);
	if (!label->ours)
		return;
	label->urgent = true;
	if (waits)
		br_label_file(labels, label);
	br_label_stale(labels, label);
}

void br_label_stale_lazily(struct br_labels *labels, struct br_label_now *label)
{
	if (!label->bound || label->lazy || label->phase == BR_LABEL_STALE)
		return;
	label->lazy = true;
	if (label->phase == BR_LABEL_RESTING && label->due_boot_ms == 0)
		br_label_rest(labels, label, 0);
}

void br_label_drop(struct br_labels *labels, struct br_label_now *label)
{
	br_assert(label->ours || label->phase == BR_LABEL_RESTING);
	br_label_older_forget(label);
	label->again = false;
	if (label->phase > BR_LABEL_STALE) {
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

int64_t br_label_retry_ms(unsigned step)
{
	return retry_minutes[step < BR_LABEL_RETRIES ? step : BR_LABEL_RETRIES - 1] *
	       INT64_C(60000);
}

/* The try failed: the next one later, and when the retries are over the ledger is told. */
void br_label_fail(struct br_labels *labels, struct br_label_now *label, const char *error)
{
	int64_t wait_ms = br_label_retry_ms(label->tries);
	struct br_str text = br_str_from(error);
	bool again = label->again, urgent = label->urgent;

	br_assert(text.n > 0 && wait_ms > 0);
	if (text.n >= sizeof(label->error))
		text.n = br_utf8_cut(text.s, sizeof(label->error) - 1);
	(void)!br_str_copy(text, label->error, sizeof(label->error));
	label->tries++;
	br_label_rest(labels, label, br_labels_boot_ms(labels) + wait_ms);
	br_log(BR_LOG_INFO, "label", "%s: %s, try %u; the next one in %d minutes", label->label,
		label->error, label->tries, (int)(wait_ms / 60000));
	if (label->tries == BR_LABEL_RETRIES + 1) {
		br_metric_add(BR_METRIC_LABEL_FAILED, 1);
		br_label_say(labels, label, BR_LABEL_WORD_FAILED);
	}
	if (again) {
		label->tries = 0;
		stale_again(labels, label, urgent);
	}
}

bool br_label_is_shown(
	const struct br_label_now *label, const unsigned char hash[BR_PICTURE_HASH_BYTES])
{
	return label->shown_known && memcmp(label->shown, hash, sizeof(label->shown)) == 0;
}

int64_t br_label_patience_end(struct br_labels *labels, const struct br_label_now *label)
{
	int64_t wait_ms = (int64_t)label->next_s * 2000;

	return br_labels_boot_ms(labels) +
	       (wait_ms > QUEUED_TIMEOUT_MIN_MS ? wait_ms : QUEUED_TIMEOUT_MIN_MS);
}

/* Sends the job, or sends it again. */
static int job_send(struct br_labels *labels, struct br_label_now *label)
{
	int result = br_label_job_publish(labels, label);

	br_assert(label->phase == BR_LABEL_READY || label->phase == BR_LABEL_OFFERED);
	if (result == BR_E_OFFLINE)
		return result;
	if (result < 0) {
		br_label_fail(labels, label, br_error_text(result));
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
		if (br_label_is_shown(label, label->job.hash)) {
			br_label_job_cancel(labels, label);
			br_label_settle(labels, label);
		} else if (job_send(labels, label) < 0) {
			return;
		}
	}
}

void br_labels_ap_away(struct br_labels *labels, const struct br_access_point *ap)
{
	br_assert(!ap->on);
	for (unsigned i = 0; i < labels->label_n; i++)
		if (labels->sorted[i]->ap == ap && labels->sorted[i]->phase == BR_LABEL_READY)
			br_label_drop(labels, labels->sorted[i]);
}

void br_labels_ap_back(struct br_labels *labels, const struct br_access_point *ap)
{
	br_assert(ap->on);
	for (unsigned i = 0; i < labels->label_n; i++) {
		struct br_label_now *label = labels->sorted[i];

		if (label->ap != ap || label->phase < BR_LABEL_OFFERED)
			continue;
		/* What it may not have got comes again at once; what it has it goes on with. */
		label->sends = 0;
		label->due_boot_ms = label->phase == BR_LABEL_OFFERED
					     ? br_labels_boot_ms(labels)
					     : br_label_patience_end(labels, label);
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
			br_label_older_forget(label);
	}
	br_assert(ap->held == 0);
}

/* A deadline passed: the offer is sent again a few times, then the try has failed. */
static void deadline_pass(struct br_labels *labels, struct br_label_now *label)
{
	br_assert(label->phase >= BR_LABEL_OFFERED);
	if (label->phase != BR_LABEL_OFFERED)
		br_label_fail(labels, label, "no report from the label");
	else if (label->again)
		/* Nobody has taken the old picture: the new one may go at once. */
		br_label_drop(labels, label);
	else if (label->sends >= OFFER_SENDS_MAX)
		br_label_fail(labels, label, "no answer from the access point");
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
