#include "esl/label_report.h"

#include <string.h>

#include "esl/label_job.h"
#include "esl/label_words.h"
#include "node/metrics.h"

/* How long an access point is left alone that is busy without saying for how long, or full. */
#define BUSY_MS 5000
#define NO_SPACE_MS 30000
#define IDLE_MAX 2
/* JSON numbers are exact up to 2^53. */
#define REV_MAX (UINT64_C(1) << 52)

/* Keeps what the label says it shows, and tells the ledger when that is news. */
static void shown_keep(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const unsigned char hash[BR_PICTURE_HASH_BYTES],
	uint64_t rev)
{
	if (rev > label->shown_rev)
		label->shown_rev = rev;
	label->shown_ap = ap;
	if (br_label_is_shown(label, hash))
		return;
	memcpy(label->shown, hash, sizeof(label->shown));
	label->shown_known = true;
	br_label_changed(labels, label);
	br_assert(br_label_is_shown(label, hash));
	br_label_say(labels, label, BR_LABEL_WORD_SHOWN);
}

/* It denies what it was said to show: believed at once the first time, then ever more slowly. */
static void denial_take(struct br_labels *labels, struct br_label_now *label)
{
	br_assert(label->phase == BR_LABEL_RESTING && label->drawn);
	if (label->doubts++ == 0)
		br_label_stale(labels, label);
	else
		br_label_rest(labels, label,
			br_labels_boot_ms(labels) + br_label_retry_ms(label->doubts - 2));
}

void br_label_shows(struct br_labels *labels, struct br_label_now *label,
	const struct br_access_point *ap, const unsigned char hash[BR_PICTURE_HASH_BYTES],
	uint64_t rev)
{
	bool news = !br_label_is_shown(label, hash), right;

	shown_keep(labels, label, ap, hash, rev);
	right = label->drawn && br_label_is_shown(label, label->hash);
	if (right)
		label->doubts = 0;
	if (!news || !label->ours)
		return;
	if (right && label->phase == BR_LABEL_RESTING) {
		br_label_settle(labels, label);
	} else if (right && label->phase >= BR_LABEL_OFFERED) {
		/* It took the picture and the word of it was lost, or it had it all along. */
		br_label_job_cancel(labels, label);
		br_label_settle(labels, label);
	} else if (label->phase == BR_LABEL_RESTING && label->drawn && label->tries == 0) {
		denial_take(labels, label);
	}
}

/* Once may have been said before the job came; twice means that the last word on it was lost. */
void br_label_pending(struct br_labels *labels, struct br_label_now *label, unsigned jobs)
{
	br_assert(label->ap != NULL);
	if (jobs > 0 || label->phase < BR_LABEL_QUEUED)
		label->idle = 0;
	else if (++label->idle == IDLE_MAX)
		br_label_fail(labels, label, "the access point has the job no more");
}

static void held_take(struct br_labels *labels, struct br_label_now *label, enum br_label_phase to)
{
	bool again = label->again;

	br_assert(to == BR_LABEL_QUEUED || to == BR_LABEL_SENDING);
	label->again = false;
	label->due_boot_ms = br_label_patience_end(labels, label);
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
	if (br_label_is_shown(label, label->job.hash))
		br_label_settle(labels, label);
	else
		br_label_fail(labels, label, "shows another picture than it was sent");
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
		br_label_fail(labels, label, "the access point has a newer picture");
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
		br_label_fail(labels, label, "the access point does not hear it");
		br_label_route(labels, label, NULL);
		return;
	}
	br_label_fail(labels, label, ack->error[0] != '\0' ? ack->error : "refused");
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
		br_label_fail(labels, label,
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
	br_label_older_forget(label);
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
