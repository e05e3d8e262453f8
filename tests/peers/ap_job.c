/* Jobs at a simulated access point: taken, assembled, sent at the label's check-in, answered. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/ap_inside.h"

#define ASSEMBLE_MS 30000
#define BUSY_RETRY_S 2
#define AIR_LATENCY_MS 20

static void job_timer_fired(void *context);

static void job_free(struct job *job)
{
	peer_timer_clear(job->ap->air->loop, &job->timer);
	peer_picture_finish(&job->picture);
	for (size_t i = 0; i <= PEER_BRAP_PARTS_MAX; i++)
		br_text_finish(&job->parts[i]);
	free(job);
}

/* Takes the job out of its access point's list and frees it; the label is awake for others. */
static void job_remove(struct job *job)
{
	struct ap *ap = job->ap;

	for (size_t i = 0; i < ap->job_n; i++) {
		if (ap->jobs[i] != job)
			continue;
		if (job->state == JOB_SENDING || job->state == JOB_REFRESHING)
			job->label->busy = false;
		ap->job_n--;
		memmove(ap->jobs + i, ap->jobs + i + 1, (ap->job_n - i) * sizeof(struct job *));
		job_free(job);
		return;
	}
	br_assert(false);
}

static void job_ack(struct job *job, const char *st, const char *err)
{
	struct ack ack = {.job = job->head.job,
		.st = st,
		.err = err,
		.rev = job->head.rev,
		.label = job->label,
		.tries = job->tries,
		.ms = peer_loop_now(job->ap->air->loop) - job->born_ms};

	ap_ack(job->ap, job->label->id, &ack);
}

/* What was refused never became a job: the same id may come again, and be right this time. */
static void recent_add(struct ap *ap, const char *job, int64_t rev, const char *st, const char *err)
{
	struct recent *recent = &ap->recent[ap->recent_at % RECENT];

	if (strcmp(st, "refused") == 0)
		return;
	ap->recent_at++;
	(void)snprintf(recent->job, sizeof(recent->job), "%s", job);
	(void)snprintf(recent->st, sizeof(recent->st), "%s", st);
	(void)snprintf(recent->err, sizeof(recent->err), "%s", err);
	recent->rev = rev;
}

/* The last word on a job. */
static void job_end(struct job *job, const char *st, const char *err)
{
	struct peer_air_stats *stats = &job->ap->air->stats;

	stats->shown += strcmp(st, "shown") == 0;
	stats->failed += strcmp(st, "failed") == 0;
	stats->superseded += strcmp(st, "superseded") == 0;
	stats->expired += strcmp(st, "expired") == 0;
	recent_add(job->ap, job->head.job, job->head.rev, st, err);
	job_ack(job, st, err);
	job_remove(job);
}

/* A refusal of something that never became a job here. */
static void refuse(struct ap *ap, const char *label_id, const char *job, int64_t rev,
	const char *st, const char *err)
{
	struct ack ack = {.job = job,
		.st = st,
		.err = err,
		.rev = rev,
		.label = label_find(ap->air, br_str_from(label_id)),
		.retry_s = strcmp(err, "busy") == 0 ? BUSY_RETRY_S : 0};
	struct peer_air_stats *stats = &ap->air->stats;

	stats->refused += strcmp(st, "refused") == 0;
	stats->superseded += strcmp(st, "superseded") == 0;
	stats->expired += strcmp(st, "expired") == 0;
	recent_add(ap, job, rev, st, err);
	ap_ack(ap, label_id, &ack);
}

static struct job *job_find(struct ap *ap, const char *id)
{
	for (size_t i = 0; i < ap->job_n; i++)
		if (strcmp(ap->jobs[i]->head.job, id) == 0)
			return ap->jobs[i];
	return NULL;
}

static const char *state_text(enum job_state state)
{
	return state == JOB_SENDING || state == JOB_REFRESHING || state == JOB_STAGED ? "sending"
										      : "queued";
}

/* True for a job that was here before: it is told how it stands, and nothing is done again. */
static bool is_duplicate(struct ap *ap, const char *label_id, const char *id)
{
	struct job *job = job_find(ap, id);

	if (job != NULL) {
		ap->air->stats.duplicates++;
		if (job->state != JOB_ASSEMBLING)
			job_ack(job, state_text(job->state), "");
		return true;
	}
	for (size_t i = 0; i < RECENT; i++) {
		const struct recent *recent = &ap->recent[i];
		struct ack ack = {.job = recent->job,
			.st = recent->st,
			.err = recent->err,
			.rev = recent->rev,
			.label = label_find(ap->air, br_str_from(label_id))};

		if (strcmp(recent->job, id) != 0)
			continue;
		ap->air->stats.duplicates++;
		ap_ack(ap, label_id, &ack);
		return true;
	}
	return false;
}

static struct job *job_add(struct ap *ap, struct label *label, const struct peer_brap_job *head)
{
	struct job *job = calloc(1, sizeof(*job));

	br_assert(job != NULL && ap->job_n < (size_t)ap->air->settings.queue);
	job->ap = ap;
	job->label = label;
	job->head = *head;
	job->born_ms = peer_loop_now(ap->air->loop);
	job->state = JOB_QUEUED;
	job->timer = (struct peer_timer){.fire = job_timer_fired, .context = job};
	for (size_t i = 0; i <= PEER_BRAP_PARTS_MAX; i++)
		br_text_init(&job->parts[i], PEER_BRAP_PICTURE_MAX);
	ap->jobs[ap->job_n++] = job;
	if (ap->job_n > ap->air->stats.pending_max)
		ap->air->stats.pending_max = ap->job_n;
	return job;
}

static int64_t *rev_of(struct ap *ap, const struct label *label, unsigned page)
{
	return &ap->revs[label - ap->air->labels][page];
}

/*
 * Rule 2, latest wins: an older revision than one seen since the start is superseded at once; else
 * what waits for the same page gives way. Returns false when the new one is the older.
 */
static bool newest_wins(struct ap *ap, struct label *label, const struct peer_brap_job *head)
{
	int64_t *newest = rev_of(ap, label, head->page);

	if (head->rev < *newest)
		return false;
	*newest = head->rev;
	for (size_t i = ap->job_n; i-- > 0;)
		if (ap->jobs[i]->label == label && !ap->jobs[i]->is_command &&
			ap->jobs[i]->head.page == head->page)
			job_end(ap->jobs[i], "superseded", "");
	return true;
}

/* The word for what is wrong with the job before its bytes are looked at; "" when nothing is. */
static const char *head_error(
	struct ap *ap, const struct label *label, const struct peer_brap_job *head)
{
	struct br_str enc = br_str_from(head->enc);

	if (label == NULL || !ap_hears(ap, label))
		return "no_label";
	if (head->w != label->display->w || head->h != label->display->h ||
		head->bpp != label->display->planes)
		return "bad_type";
	if (!br_str_is(enc, "raw") && !br_str_is(enc, "zlib12"))
		return "bad_enc";
	if (peer_random_hit(&ap->air->random, ap->air->settings.busy))
		return "busy";
	return "";
}

/* All bytes are here: checks and decodes them, and answers queued or refused. */
static void picture_take(struct job *job, struct br_str bytes)
{
	const struct peer_display *display = job->label->display;
	char hash[PEER_BRAP_HASH_BYTES], planes_hash[PEER_BRAP_HASH_BYTES] = "";
	const char *err = "";

	peer_brap_hash(bytes, hash);
	if (bytes.n != job->head.len)
		err = "bad_hash";
	else if (peer_picture_decode(bytes, br_str_from(job->head.enc), display->w, display->h,
			 display->planes, &job->picture) < 0)
		err = "bad_enc";
	else
		peer_brap_hash((struct br_str){(const char *)job->picture.bytes, job->picture.n},
			planes_hash);
	/* The hash names the bytes as they came or the picture they stand for. */
	if (err[0] == '\0' && strcmp(hash, job->head.hash) != 0 &&
		strcmp(planes_hash, job->head.hash) != 0)
		err = "bad_hash";
	if (err[0] != '\0') {
		job->ap->air->stats.refused++;
		job_end(job, "refused", err);
		return;
	}
	job->state = JOB_QUEUED;
	peer_timer_clear(job->ap->air->loop, &job->timer);
	job->ap->air->stats.queued++;
	job->ap->air->stats.needless += strcmp(job->label->shown, job->head.hash) == 0 &&
					job->label->page == job->head.page;
	job_ack(job, "queued", "");
}

/* Puts the parts behind one another as soon as they make up the whole length. */
static void parts_join(struct job *job)
{
	struct br_text whole;
	size_t n = 0;

	for (size_t i = 0; i <= PEER_BRAP_PARTS_MAX; i++)
		n += job->parts[i].n;
	if (n < job->head.len)
		return;
	br_text_init(&whole, PEER_BRAP_PICTURE_MAX);
	for (size_t i = 0; i <= PEER_BRAP_PARTS_MAX; i++)
		br_text_add_str(&whole, br_text_str(&job->parts[i]));
	picture_take(job, br_text_str(&whole));
	br_text_finish(&whole);
}

static void job_begin(
	struct ap *ap, struct label *label, const struct peer_brap_job *head, struct br_str picture)
{
	struct job *job = job_add(ap, label, head);

	if (picture.n >= head->len) {
		picture_take(job, picture);
		return;
	}
	job->state = JOB_ASSEMBLING;
	br_text_add_str(&job->parts[0], picture);
	peer_timer_set(ap->air->loop, &job->timer, ASSEMBLE_MS);
}

void ap_take_job(struct ap *ap, const char *label_id, struct br_str payload)
{
	struct br_str picture = {NULL, 0};
	struct br_fault fault = {""};
	struct peer_brap_job head;
	struct label *label;
	const char *err;

	ap->air->stats.jobs++;
	if (peer_brap_job_read(payload, &head, &picture, &fault) < 0) {
		ap->air->stats.malformed++;
		(void)fprintf(stderr, "%s: job for %s: %s\n", ap->id, label_id, fault.text);
		if (head.job[0] != '\0' && !is_duplicate(ap, label_id, head.job))
			refuse(ap, label_id, head.job, 0, "refused", "bad_type");
		return;
	}
	if (head.has_boot && head.boot != ap->boot) {
		ap->air->stats.foreign_boot++;
		return;
	}
	if (is_duplicate(ap, label_id, head.job))
		return;
	label = label_find(ap->air, br_str_from(label_id));
	err = head_error(ap, label, &head);
	if (err[0] != '\0')
		refuse(ap, label_id, head.job, head.rev, "refused", err);
	else if (head.exp_ms > 0 && head.exp_ms < peer_wall_ms())
		refuse(ap, label_id, head.job, head.rev, "expired", "expired");
	else if (!newest_wins(ap, label, &head))
		refuse(ap, label_id, head.job, head.rev, "superseded", "");
	else if (ap->job_n >= (size_t)ap->air->settings.queue)
		refuse(ap, label_id, head.job, head.rev, "refused", "no_space");
	else
		job_begin(ap, label, &head, picture);
}

void ap_take_part(struct ap *ap, const char *label_id, unsigned part, struct br_str payload)
{
	const struct label *label = label_find(ap->air, br_str_from(label_id));
	struct br_str bytes;
	char id[65];

	ap->air->stats.parts++;
	bytes = peer_brap_part_read(payload, id);
	for (size_t i = 0; i < ap->job_n; i++) {
		struct job *job = ap->jobs[i];

		if (job->label != label || job->state != JOB_ASSEMBLING ||
			(id[0] != '\0' && strcmp(id, job->head.job) != 0))
			continue;
		/* Parts may be counted from 0 or from 1: place 0 holds what came with the head. */
		if (part >= PEER_BRAP_PARTS_MAX)
			break;
		br_text_clear(&job->parts[part + 1]);
		br_text_add_str(&job->parts[part + 1], bytes);
		parts_join(job);
		return;
	}
	ap->air->stats.malformed++;
}

/* The picture is in the label: onto the glass with it, or only into its page. */
static void page_put(struct job *job)
{
	struct label *label = job->label;
	struct page *page = &label->pages[job->head.page];

	peer_picture_finish(&page->picture);
	page->picture = job->picture;
	job->picture = (struct peer_picture){.n = 0};
	(void)snprintf(page->hash, sizeof(page->hash), "%s", job->head.hash);
	if (job->head.show) {
		label->page = job->head.page;
		label_show(label, job->ap, job->head.job, job->head.rev);
	}
	job_end(job, "shown", "");
}

static void refresh_begin(struct job *job)
{
	int64_t refresh_ms = job->ap->air->settings.refresh_ms;

	job->state = JOB_REFRESHING;
	job->label->busy = true;
	if (!job->head.show)
		refresh_ms = 0;
	peer_timer_set(
		job->ap->air->loop, &job->timer, job->head.fast ? refresh_ms / 5 : refresh_ms);
}

/* The bytes have crossed the air, or were lost on it. */
static void transfer_end(struct job *job)
{
	struct peer_air *air = job->ap->air;
	int64_t wait_ms = job->head.at_ms - peer_wall_ms();

	job->label->busy = false;
	if (peer_random_hit(&air->random, air->settings.loss)) {
		air->stats.lost++;
		job->state = JOB_QUEUED;
		if (job->tries >= TRIES_MAX)
			job_end(job, "failed", "radio");
	} else if (job->head.at_ms > 0 && wait_ms > 0) {
		/* Sent before its time; the label's own clock switches it. */
		job->state = JOB_STAGED;
		peer_timer_set(air->loop, &job->timer, wait_ms);
	} else {
		refresh_begin(job);
	}
}

static void job_timer_fired(void *context)
{
	struct job *job = context;

	switch (job->state) {
	case JOB_ASSEMBLING:
		job_end(job, "failed", "timeout");
		break;
	case JOB_SENDING:
		transfer_end(job);
		break;
	case JOB_STAGED:
		refresh_begin(job);
		break;
	default:
		page_put(job);
		break;
	}
}

static void transfer_begin(struct job *job)
{
	struct peer_air *air = job->ap->air;
	int64_t rate = air->settings.bytes_per_second, ms = 0;

	if (rate > 0)
		ms = AIR_LATENCY_MS + (int64_t)job->head.len * 1000 / rate;
	job->state = JOB_SENDING;
	job->label->busy = true;
	job->tries++;
	if (job->label->mv < WEAK_MV) {
		job_end(job, "failed", "low_batt");
		return;
	}
	job_ack(job, "sending", "");
	peer_timer_set(air->loop, &job->timer, ms);
}

/* Does what a command asks of a label that is awake, and answers. */
static void command_do(struct job *job)
{
	const struct peer_brap_command *command = &job->command;
	struct label *label = job->label;
	const char *st = "shown", *err = "";

	switch (command->op) {
	case PEER_OP_LED:
		label->led_until_ms = peer_loop_now(job->ap->air->loop) + command->led_s * 1000;
		break;
	case PEER_OP_PAGE:
		if (command->page >= PEER_BRAP_PAGES ||
			label->pages[command->page].picture.bytes == NULL) {
			st = "refused";
			err = "unsupported";
			break;
		}
		label->page = (unsigned)command->page;
		label_show(label, job->ap, command->job, 0);
		break;
	case PEER_OP_WAKE:
		label_wake(label, command->every_s, command->for_s);
		break;
	case PEER_OP_FW:
		if (peer_random_hit(&label->air->random, label->air->settings.loss)) {
			ap_event(job->ap, label->id, "fw_fail");
			st = "failed";
			err = "radio";
			break;
		}
		(void)snprintf(label->fw, sizeof(label->fw), "%s", command->version);
		label_reboot(label);
		break;
	case PEER_OP_REBOOT:
		label_reboot(label);
		break;
	default: /* an NFC address is written into a chip that nobody here reads */
		break;
	}
	job_end(job, st, err);
}

/* The job of this label that goes first: by priority, then by age; commands before pictures. */
static struct job *job_next(struct ap *ap, const struct label *label)
{
	struct job *best = NULL;

	for (size_t i = 0; i < ap->job_n; i++) {
		struct job *job = ap->jobs[i];

		if (job->label == label && job->state == JOB_QUEUED &&
			(best == NULL || (job->is_command && !best->is_command) ||
				(job->is_command == best->is_command &&
					job->head.pri < best->head.pri)))
			best = job;
	}
	return best;
}

void ap_serve(struct ap *ap, struct label *label)
{
	struct job *job;

	while (!label->busy && (job = job_next(ap, label)) != NULL) {
		if (job->head.exp_ms > 0 && job->head.exp_ms < peer_wall_ms())
			job_end(job, "expired", "expired");
		else if (job->is_command)
			command_do(job);
		else
			transfer_begin(job);
	}
}

/* A cancel names the job; a picture that is being shown already can no longer be stopped. */
static void cancel(struct ap *ap, const char *label_id, const char *id)
{
	struct job *job = job_find(ap, id);

	if (job == NULL) {
		if (!is_duplicate(ap, label_id, id))
			refuse(ap, label_id, id, 0, "refused", "unsupported");
	} else if (job->state == JOB_REFRESHING) {
		job_ack(job, "sending", "");
	} else {
		ap->air->stats.cancelled++;
		job_end(job, "superseded", "");
	}
}

void ap_take_command(struct ap *ap, const char *label_id, struct br_str payload)
{
	struct label *label = label_find(ap->air, br_str_from(label_id));
	struct peer_brap_command command;
	struct br_fault fault = {""};
	struct job *job;

	ap->air->stats.commands++;
	if (peer_brap_command_read(payload, &command, &fault) < 0) {
		ap->air->stats.malformed++;
		(void)fprintf(stderr, "%s: command for %s: %s\n", ap->id, label_id, fault.text);
		return;
	}
	if (command.op == PEER_OP_CANCEL) {
		cancel(ap, label_id, command.job);
		return;
	}
	if (is_duplicate(ap, label_id, command.job))
		return;
	if (label == NULL || !ap_hears(ap, label)) {
		refuse(ap, label_id, command.job, 0, "refused", "no_label");
	} else if (command.op == PEER_OP_UNKNOWN) {
		refuse(ap, label_id, command.job, 0, "refused", "unsupported");
	} else if (command.exp_ms > 0 && command.exp_ms < peer_wall_ms()) {
		refuse(ap, label_id, command.job, 0, "expired", "expired");
	} else if (ap->job_n >= (size_t)ap->air->settings.queue) {
		refuse(ap, label_id, command.job, 0, "refused", "no_space");
	} else {
		struct peer_brap_job head = {.exp_ms = command.exp_ms};

		if (command.op == PEER_OP_FORGET)
			ap_jobs_fail(ap, label, "no_label");
		(void)snprintf(head.job, sizeof(head.job), "%s", command.job);
		job = job_add(ap, label, &head);
		job->is_command = true;
		job->command = command;
		job_ack(job, "queued", "");
	}
}

void ap_jobs_fail(struct ap *ap, const struct label *label, const char *err)
{
	for (size_t i = ap->job_n; i-- > 0;)
		if (ap->jobs[i]->label == label)
			job_end(ap->jobs[i], "failed", err);
}

void ap_jobs_forget(struct ap *ap)
{
	while (ap->job_n > 0)
		job_remove(ap->jobs[ap->job_n - 1]);
	memset(ap->recent, 0, sizeof(ap->recent));
	for (int64_t i = 0; i < ap->air->settings.labels; i++)
		for (unsigned page = 0; page < PEER_BRAP_PAGES; page++)
			ap->revs[i][page] = -1;
}

size_t ap_jobs_of(const struct ap *ap, const struct label *label)
{
	size_t n = 0;

	for (size_t i = 0; i < ap->job_n; i++)
		n += ap->jobs[i]->label == label;
	return n;
}
