#include "web-ui/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/log.h"
#include "node/metrics.h"
#include "node/tables.h"
#include "node/person.h"
#include "web-ui/fanout.h"
#include "web-ui/row_cache.h"
#include "web-ui/status.h"

#define ARENA_BYTES_MAX (4u << 20)
#define STATUS_STALE_MS 5000 /* deadlines pass without an event */
#define ROW_FAULTS_LOGGED_MAX 20
/* Products or events that the search takes in one tick: a few milliseconds. */
#define SEARCH_STEPS_MAX 2000
/* While commands are under way the search follows only so often: they come first. */
#define SEARCH_WAIT_MS 250

struct br_web_job {
	struct br_web_job *next;
	uint64_t number;
	char actor[BR_TILL_ACTOR_BYTES];
	bool till;
	int64_t due_ms;
	unsigned n, left;
	bool batch, brief;
	struct br_web_job_answer answers[]; /* BR_WEB_BATCH_COMMANDS_MAX */
};

struct br_hub {
	struct br_hub_options options;
	struct br_arena arena;
	struct br_text scratch; /* the row at hand */
	struct br_fanout fanout;
	struct br_row_cache cache;
	struct br_web_status status;
	struct br_web_recent recent;
	struct br_search *search;
	int64_t search_ms;	 /* when the search followed last */
	bool searched;		 /* the search has all there was when it was looked at last */
	struct br_web_view view; /* of the transaction that is open; `txn` NULL when none is */
	unsigned view_depth;
	struct br_session *sessions[BR_WEB_CLIENTS_MAX];
	unsigned session_n;
	struct br_web_job *jobs;
	struct br_web_job *spare; /* one that has ended: the next one need not be allocated */
	uint64_t number_last;	  /* of sessions and jobs */
	int64_t live_ms, status_ms;
	struct br_session_host host;
};

int64_t br_hub_now_ms(const struct br_hub *hub)
{
	return hub->options.clock->boot_ms(hub->options.clock->context) + 1;
}

/* Begins a read of the ledger, or goes on with the one that is open. */
static int view_begin(struct br_hub *hub)
{
	int result;

	br_assert(hub->options.ledger != NULL);
	if (hub->view_depth > 0) {
		hub->view_depth++;
		return 0;
	}
	br_assert(hub->view.txn == NULL);
	result = br_txn_begin(hub->options.ledger, false, &hub->view.txn);
	if (result < 0)
		return result;
	hub->view_depth = 1;
	hub->view.now_ms = hub->options.clock->wall_ms(hub->options.clock->context);
	hub->view.head = br_journal_head(hub->view.txn);
	return 0;
}

static void view_end(struct br_hub *hub)
{
	br_assert(hub->view_depth > 0);
	if (--hub->view_depth > 0)
		return;
	br_txn_abort(hub->view.txn);
	hub->view.txn = NULL;
	br_arena_reset(&hub->arena);
}

/* A transaction that met an error keeps it: the next row gets a new one. */
static int view_renew(struct br_hub *hub)
{
	struct br_txn *txn;
	int result = br_txn_begin(hub->options.ledger, false, &txn);

	br_assert(hub->view_depth > 0);
	if (result < 0)
		return result;
	br_txn_abort(hub->view.txn);
	hub->view.txn = txn;
	return 0;
}

/* The answer finds its way back by the two numbers; the session may be gone by then. */
static int host_command(
	void *context, struct br_session *session, struct br_json *command, uint64_t request)
{
	struct br_hub *hub = context;

	br_assert(session != NULL && request > 0);
	return br_queue_push(hub->options.queue, BR_QUEUE_ALONE, command,
		br_str_from(br_session_actor(session)), br_session_number(session), request);
}

static int host_query(void *context, const struct br_web_query *query,
	const struct br_web_args *args, struct br_text *text, struct br_web_refusal *refusal)
{
	br_assert(query != NULL);
	return br_hub_query(context, query, args, text, refusal);
}

/* The sequence is that of the fan-out, so what a client subscribes to next is never behind it. */
static void host_hello(void *context, struct br_json_out *out)
{
	const struct br_hub *hub = context;
	const struct br_hub_options *options = &hub->options;

	br_assert(hub->options.store_id != NULL);
	br_json_out_object(out, NULL);
	br_json_out_puts(out, "store", options->store_id);
	br_json_out_puts(out, "name", options->store_name);
	br_json_out_puts(out, "version", options->version);
	br_json_out_puts(out, "epoch", options->epoch);
	br_json_out_u64(out, "sequence", hub->fanout.sequence);
	br_json_out_puts(out, "currency", options->currency);
	br_json_out_time(out, "time", options->clock->wall_ms(options->clock->context));
	br_json_out_bool(out, "open_to_network", options->open_to_network);
	br_json_out_end(out);
}

/* Not the journal's head: what lies between the two has not been given to the sessions yet. */
static uint64_t host_sequence(void *context)
{
	const struct br_hub *hub = context;

	return hub->fanout.sequence;
}

/*
 * Each key is looked for anew, so that a walk over a large table holds no transaction between two
 * messages.
 */
static bool host_walk(
	void *context, enum br_web_noun noun, struct br_web_walk *walk, struct br_str *ret_key)
{
	struct br_hub *hub = context;
	bool found;

	br_assert(noun < BR_WEB_NOUN_N);
	if (view_begin(hub) < 0)
		return false;
	br_arena_reset(&hub->arena);
	found = br_web_walk_next(&hub->view, noun, walk, ret_key);
	view_end(hub);
	return found;
}

/* Says once in a while that a row cannot be read; the page goes on without it. */
static void row_fault(struct br_hub *hub, enum br_web_noun noun, struct br_str key, int error)
{
	br_assert(error < 0);
	br_metric_add(BR_METRIC_WEB_ROWS_UNREADABLE, 1);
	br_web_status_unreadable(&hub->status, hub->view.now_ms);
	if (hub->status.unreadable <= ROW_FAULTS_LOGGED_MAX)
		br_log(BR_LOG_ERR, "web",
			"%s %.*s: its row cannot be read (%s), it is left out; run backroom "
			"verify",
			br_web_noun_names[noun], BR_STR_ARG(key), br_error_text(error));
	if (br_txn_error(hub->view.txn) < 0 && view_renew(hub) < 0)
		br_log(BR_LOG_ERR, "web", "the ledger cannot be read");
}

static int host_row(void *context, enum br_web_noun noun, struct br_str key, struct br_str *ret_row)
{
	struct br_hub *hub = context;
	struct br_json_out out;
	int result;

	br_assert(noun < BR_WEB_NOUN_N);
	if (br_row_cache_get(&hub->cache, noun, key, ret_row))
		return 0;
	result = view_begin(hub);
	if (result < 0)
		return result;
	br_text_clear(&hub->scratch);
	br_json_out_begin(&out, &hub->scratch);
	out.opener = &hub->view.opener;
	result = br_web_row(&hub->view, noun, key, &out, NULL);
	if (result >= 0 && br_text_error(&hub->scratch) < 0)
		result = br_text_error(&hub->scratch);
	if (result < 0)
		row_fault(hub, noun, key, result);
	else
		*ret_row = br_row_cache_put(&hub->cache, noun, key, br_text_str(&hub->scratch));
	view_end(hub);
	return result < 0 ? result : 0;
}

/* Reads at most BR_WEB_RESUME_EVENTS_MAX events; a client further behind gets a snapshot. */
static int host_changes(
	void *context, enum br_web_noun noun, uint64_t after, struct br_keymap *keys)
{
	struct br_hub *hub = context;
	int result = view_begin(hub);

	br_assert(keys != NULL);
	if (result < 0)
		return result;
	result = br_fanout_changes(&hub->fanout, &hub->view, noun, after, keys);
	view_end(hub);
	return result;
}

/* What the rows need to know of the past: what is out of order, which orders ended last. */
static int hub_load(struct br_hub *hub)
{
	int result = view_begin(hub);

	br_assert(!hub->status.loaded);
	if (result < 0)
		return result;
	br_fanout_init(&hub->fanout, hub->view.head);
	br_web_recent_load(&hub->recent, hub->view.txn, &hub->arena);
	result = br_web_status_load(&hub->status, &hub->view);
	br_fanout_live(&hub->fanout, &hub->view);
	br_fanout_clear(&hub->fanout);
	view_end(hub);
	return result;
}

/* Everything that can fail at start is done here, while there is still somebody to be told. */
int br_hub_create(
	const struct br_hub_options *options, struct br_hub **ret_hub, struct br_fault *fault)
{
	BR_CLEANUP(br_hub_cleanup) struct br_hub *hub = calloc(1, sizeof(*hub));
	int result;

	br_assert(options->ledger != NULL && options->keys != NULL && options->queue != NULL);
	br_assert(options->live != NULL && options->clock != NULL);
	if (hub == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "no memory for the web server");
	hub->options = *options;
	br_arena_init(&hub->arena, ARENA_BYTES_MAX);
	br_text_init(&hub->scratch, BR_WEB_ANSWER_BYTES_MAX);
	br_row_cache_init(&hub->cache);
	br_web_status_init(&hub->status);
	result = br_search_create(&hub->search);
	if (result < 0)
		return br_fault_set(fault, result, "no memory for the search");
	hub->view = (struct br_web_view){
		.live = options->live,
		.arena = &hub->arena,
		.status = &hub->status,
		.recent = &hub->recent,
		.search = hub->search,
		.store = options->store_id,
		.gln = options->gln,
		.currency = options->currency,
		.opener = br_person_opener(options->keys),
		.secret = br_keys_secret(options->keys),
	};
	hub->host = (struct br_session_host){
		.context = hub,
		.command = host_command,
		.query = host_query,
		.hello = host_hello,
		.sequence = host_sequence,
		.walk = host_walk,
		.row = host_row,
		.changes = host_changes,
	};
	result = hub_load(hub);
	if (result < 0)
		return br_fault_set(
			fault, result, "the ledger cannot be read: %s", br_error_text(result));
	*ret_hub = BR_TAKE(hub);
	return 0;
}

void br_hub_destroy(struct br_hub *hub)
{
	if (hub == NULL)
		return;
	br_assert(hub->view_depth == 0);
	while (hub->session_n > 0)
		br_session_destroy(hub->sessions[--hub->session_n]);
	while (hub->jobs != NULL)
		br_hub_job_destroy(hub, hub->jobs);
	free(hub->spare);
	br_fanout_finish(&hub->fanout);
	br_row_cache_finish(&hub->cache);
	br_web_status_finish(&hub->status);
	br_search_destroy(hub->search);
	br_text_finish(&hub->scratch);
	br_arena_finish(&hub->arena);
	free(hub);
}

/*
 * Who a command came from is in the journal for good, so a person's click and a program's call
 * differ.
 */
static const char *actor_of(bool tool)
{
	return tool ? "tool" : "web";
}

int br_hub_session_open(struct br_hub *hub, bool tool, struct br_session **ret_session)
{
	int result;

	br_assert(hub->session_n <= BR_WEB_CLIENTS_MAX);
	if (hub->session_n == BR_WEB_CLIENTS_MAX)
		return BR_E_TOO_LARGE;
	result = br_session_create(
		&hub->host, ++hub->number_last, actor_of(tool), &hub->sessions[hub->session_n]);
	if (result < 0)
		return result;
	*ret_session = hub->sessions[hub->session_n++];
	br_metric_set(BR_METRIC_WEB_CLIENTS, hub->session_n);
	return 0;
}

/* The last one takes the place, since the order of the sessions means nothing. */
void br_hub_session_close(struct br_hub *hub, struct br_session *session)
{
	unsigned i = 0;

	while (i < hub->session_n && hub->sessions[i] != session)
		i++;
	br_assert(i < hub->session_n);
	br_session_destroy(session);
	hub->sessions[i] = hub->sessions[--hub->session_n];
	br_metric_set(BR_METRIC_WEB_CLIENTS, hub->session_n);
}

unsigned br_hub_session_n(const struct br_hub *hub)
{
	return hub->session_n;
}

bool br_hub_receive(struct br_hub *hub, struct br_session *session, struct br_str message)
{
	bool began = view_begin(hub) == 0;
	bool stays;

	br_assert(session != NULL);
	stays = br_session_receive(session, message);
	if (began)
		view_end(hub);
	return stays;
}

bool br_hub_write(struct br_hub *hub, struct br_session *session, struct br_text *text)
{
	bool began = view_begin(hub) == 0;
	bool wrote = br_session_write(session, br_hub_now_ms(hub), text);

	br_assert(session != NULL);
	if (began)
		view_end(hub);
	return wrote;
}

/* Two hundred at most, and only once for each answer: a list is enough. */
static struct br_session *session_numbered(struct br_hub *hub, uint64_t number)
{
	br_assert(number > 0);
	for (unsigned i = 0; i < hub->session_n; i++)
		if (br_session_number(hub->sessions[i]) == number)
			return hub->sessions[i];
	return NULL;
}

/* An answer of a job that was given up, or one that comes twice, finds nothing to fill. */
static void job_answer(struct br_hub *hub, const struct br_queued_answer *queued)
{
	struct br_web_job *job = hub->jobs;

	br_assert(queued->connection > 0);
	while (job != NULL && job->number != queued->connection)
		job = job->next;
	if (job == NULL || queued->request >= job->n || job->answers[queued->request].there)
		return;
	job->answers[queued->request].there = true;
	job->answers[queued->request].answer = queued->answer;
	memcpy(job->answers[queued->request].command, queued->command, sizeof(queued->command));
	br_assert(job->left > 0);
	job->left--;
}

static void answers_take(struct br_hub *hub)
{
	struct br_queued_answer queued;

	while (br_queue_take(hub->options.queue, &queued)) {
		struct br_session *session = session_numbered(hub, queued.connection);

		/* A client that has left is not told; its command stands all the same. */
		if (session != NULL)
			br_session_answer(session, queued.request, &queued.answer,
				br_str_from(queued.command));
		else
			job_answer(hub, &queued);
	}
}

/* Drops a changed row from the cache and tells who follows it. */
static void row_changed(struct br_hub *hub, enum br_web_noun noun, struct br_str key)
{
	br_assert(key.n > 0);
	br_row_cache_drop(&hub->cache, noun, key);
	for (unsigned i = 0; i < hub->session_n; i++)
		br_session_mark(hub->sessions[i], noun, key);
}

/* Labels and stock are followed one by one; whatever else changed only makes the row due. */
static void status_follow(struct br_hub *hub, enum br_web_noun noun, struct br_str key)
{
	br_assert(hub->view.txn != NULL);
	br_arena_reset(&hub->arena);
	if (noun == BR_WEB_LABEL)
		br_web_status_label(&hub->status, &hub->view, key);
	else if (noun == BR_WEB_PRODUCT)
		br_web_status_product(&hub->status, &hub->view, key);
	else
		br_web_status_touch(&hub->status);
}

/* Gives out what the fan-out has gathered. */
static void fresh_distribute(struct br_hub *hub)
{
	br_assert(hub->view.txn != NULL);
	for (unsigned i = 0; i < BR_WEB_NOUN_N; i++) {
		struct br_str key;
		uint32_t cursor = 0;
		uint64_t value;

		while (br_keymap_next(&hub->fanout.fresh[i], &cursor, &key, &value)) {
			status_follow(hub, (enum br_web_noun)i, key);
			row_changed(hub, (enum br_web_noun)i, key);
		}
	}
	if (hub->fanout.bindings || hub->fanout.overflow)
		br_row_cache_clear(&hub->cache);
	for (unsigned i = 0; i < hub->session_n; i++) {
		if (hub->fanout.bindings)
			br_session_mark_keys(hub->sessions[i], BR_WEB_PRODUCT);
		if (hub->fanout.overflow)
			br_session_renew(hub->sessions[i]);
	}
	br_fanout_clear(&hub->fanout);
}

bool br_hub_wake(struct br_hub *hub)
{
	uint64_t before = hub->fanout.sequence;
	bool more = false;
	int result;

	br_assert(hub->view_depth == 0);
	answers_take(hub);
	if (view_begin(hub) < 0)
		return false;
	result = br_fanout_read(&hub->fanout, &hub->view, &hub->recent, &more);
	if (result < 0) {
		/* What cannot be read is passed over; verify is what finds out why. */
		row_fault(hub, BR_WEB_STATUS, BR_STR("journal"), result);
		more = hub->fanout.sequence > before && hub->fanout.sequence < hub->view.head;
	}
	fresh_distribute(hub);
	view_end(hub);
	return more;
}

/* Works the status out when it is due; tells the clients only when it says something else. */
static void status_tick(struct br_hub *hub, int64_t now_ms)
{
	struct br_str row;

	br_assert(hub->view.txn != NULL);
	if (now_ms - hub->status_ms >= STATUS_STALE_MS) {
		hub->status_ms = now_ms;
		br_web_status_touch(&hub->status);
	}
	if (br_web_status_due(&hub->status, hub->view.now_ms)) {
		br_row_cache_drop(&hub->cache, BR_WEB_STATUS, BR_STR(BR_WEB_STATUS_KEY));
		(void)host_row(hub, BR_WEB_STATUS, BR_STR(BR_WEB_STATUS_KEY), &row);
	}
	if (!hub->status.changed)
		return;
	hub->status.changed = false;
	row_changed(hub, BR_WEB_STATUS, BR_STR(BR_WEB_STATUS_KEY));
}

void br_hub_tick(struct br_hub *hub)
{
	int64_t now_ms = br_hub_now_ms(hub);

	br_assert(hub->view_depth == 0);
	if (view_begin(hub) < 0)
		return;
	if (now_ms - hub->live_ms >= BR_WEB_LIVE_INTERVAL_MS) {
		hub->live_ms = now_ms;
		br_fanout_live(&hub->fanout, &hub->view);
		fresh_distribute(hub);
	}
	status_tick(hub, now_ms);
	if (hub->jobs == NULL || now_ms - hub->search_ms >= SEARCH_WAIT_MS) {
		hub->search_ms = now_ms;
		hub->searched = br_search_follow(hub->search, hub->view.txn, SEARCH_STEPS_MAX);
	}
	view_end(hub);
}

bool br_hub_searching(const struct br_hub *hub)
{
	br_assert(hub->search != NULL);
	return !hub->searched && hub->jobs == NULL;
}

int br_hub_query(struct br_hub *hub, const struct br_web_query *query,
	const struct br_web_args *args, struct br_text *text, struct br_web_refusal *refusal)
{
	int result = view_begin(hub);

	br_assert(query != NULL);
	if (result < 0)
		return br_web_refuse(refusal, result, 500, "internal",
			"the ledger cannot be read: %s", br_error_text(result));
	result = br_web_query_run(query, &hub->view, args, text, refusal);
	if (br_txn_error(hub->view.txn) < 0)
		row_fault(hub, BR_WEB_STATUS, br_str_from(query->name), result);
	view_end(hub);
	return result;
}

const struct br_web_live *br_hub_live(const struct br_hub *hub)
{
	return hub->options.live;
}

const struct br_hub_options *br_hub_options(const struct br_hub *hub)
{
	return &hub->options;
}

/*
 * Not whether the store is all right, which is the status, but whether this node can serve at all.
 */
int br_hub_healthy(struct br_hub *hub)
{
	int result = view_begin(hub);

	if (result < 0)
		return result;
	result = br_txn_error(hub->view.txn);
	view_end(hub);
	return result;
}

int br_hub_job_create(struct br_hub *hub, bool tool, bool batch, struct br_web_job **ret_job)
{
	struct br_web_job *job = BR_TAKE(hub->spare);

	br_assert(hub->number_last < UINT64_MAX);
	if (job == NULL)
		job = malloc(sizeof(*job) + BR_WEB_BATCH_COMMANDS_MAX * sizeof(job->answers[0]));
	if (job == NULL)
		return BR_E_MEMORY;
	memset(job, 0, sizeof(*job));
	job->number = ++hub->number_last;
	(void)snprintf(job->actor, sizeof(job->actor), "%s", actor_of(tool));
	job->batch = batch;
	job->due_ms = br_hub_now_ms(hub) + BR_WEB_ANSWER_WAIT_MS;
	job->next = hub->jobs;
	hub->jobs = job;
	*ret_job = job;
	return 0;
}

void br_hub_job_destroy(struct br_hub *hub, struct br_web_job *job)
{
	struct br_web_job **at = &hub->jobs;

	if (job == NULL)
		return;
	while (*at != NULL && *at != job)
		at = &(*at)->next;
	br_assert(*at == job);
	*at = job->next;
	if (hub->spare == NULL)
		hub->spare = job;
	else
		free(job);
}

/* The next place of a job, empty but for the command's id. */
static struct br_web_job_answer *answer_next(struct br_web_job *job, struct br_str id)
{
	struct br_web_job_answer *answer = &job->answers[job->n++];

	br_assert(job->n <= BR_WEB_BATCH_COMMANDS_MAX);
	*answer = (struct br_web_job_answer){.there = false};
	if (!br_str_copy(id, answer->command, sizeof(answer->command)))
		answer->command[0] = '\0';
	return answer;
}

/* The core reads the id itself; this one is for answers that the core did not make. */
static struct br_str command_id(const struct br_json *command)
{
	struct br_str id = {NULL, 0};

	return br_json_string(br_json_member(command, "id"), &id) ? id : (struct br_str){NULL, 0};
}

int br_hub_job_add(struct br_hub *hub, struct br_web_job *job, struct br_json *command)
{
	struct br_web_job_answer *answer;

	br_assert(job->n <= BR_WEB_BATCH_COMMANDS_MAX && command != NULL);
	if (job->n == BR_WEB_BATCH_COMMANDS_MAX) {
		br_json_free(command);
		return BR_E_TOO_LARGE;
	}
	answer = answer_next(job, command_id(command));
	if (br_queue_push(hub->options.queue, job->batch ? BR_QUEUE_LIST : BR_QUEUE_ALONE, command,
		    br_str_from(job->actor), job->number, job->n - 1) == 0) {
		job->left++;
		return 0;
	}
	answer->there = true;
	br_answer_refuse(&answer->answer, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
		"too many commands are under way, nothing was decided: send it again");
	return 0;
}

void br_hub_job_shorten(struct br_web_job *job)
{
	br_assert(job->batch && !job->till);
	job->brief = true;
}

bool br_hub_job_brief(const struct br_web_job *job)
{
	return job->brief;
}

void br_hub_job_till(struct br_web_job *job, const char *till)
{
	br_assert(job->n == 0 && !job->till);
	br_till_actor(till, job->actor);
	job->till = true;
}

bool br_hub_job_of_till(const struct br_web_job *job)
{
	return job->till;
}

int br_hub_job_add_asked(struct br_hub *hub, struct br_web_job *job, struct br_json *command,
	const struct br_till_asked *asked)
{
	int result = br_hub_job_add(hub, job, command);

	br_assert(job->till);
	if (result == 0)
		job->answers[job->n - 1].asked = *asked;
	return result;
}

int br_hub_job_add_refused(
	struct br_web_job *job, struct br_str id, enum br_refusal refusal, const char *message)
{
	struct br_web_job_answer *answer;

	br_assert(job->n <= BR_WEB_BATCH_COMMANDS_MAX);
	if (job->n == BR_WEB_BATCH_COMMANDS_MAX)
		return BR_E_TOO_LARGE;
	answer = answer_next(job, id);
	answer->there = true;
	br_answer_refuse(&answer->answer, BR_OUTCOME_REFUSED, refusal, message);
	return 0;
}

/* What the core would answer; a body that is no command is refused as the core would. */
static void check_run(struct br_hub *hub, const struct br_web_job *job, const struct br_json *json,
	struct br_answer *ret_answer)
{
	struct br_command command = {.actor = br_str_from(job->actor), .now_ms = hub->view.now_ms};
	enum br_refusal refusal;
	struct br_fault fault;

	br_assert(hub->view.txn != NULL);
	br_arena_reset(&hub->arena);
	if (br_command_from_json(json, &hub->arena, &command, &refusal, &fault) < 0) {
		br_answer_refuse(ret_answer, BR_OUTCOME_REFUSED, refusal, fault.text);
		return;
	}
	command.happened_ms = command.happened_ms > 0 ? command.happened_ms : command.now_ms;
	if (br_command_check(hub->view.txn, hub->view.secret, &command, &hub->arena, ret_answer) ==
		0)
		return;
	br_answer_refuse(ret_answer, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY, "the ledger cannot be read");
	/* A transaction that met an error keeps it. */
	(void)!view_renew(hub);
}

static void check_add(
	struct br_hub *hub, struct br_web_job *job, const struct br_json *command, bool readable)
{
	struct br_web_job_answer *answer = answer_next(job, command_id(command));

	answer->there = true;
	if (readable)
		check_run(hub, job, command, &answer->answer);
	else
		br_answer_refuse(&answer->answer, BR_OUTCOME_BUSY, BR_REFUSAL_BUSY,
			"the ledger cannot be read");
}

void br_hub_job_check(struct br_hub *hub, struct br_web_job *job, const struct br_json *commands)
{
	bool readable = view_begin(hub) == 0;

	br_assert(job->n == 0 && job->left == 0);
	if (!job->batch)
		check_add(hub, job, commands, readable);
	else
		BR_JSON_EACH (command, commands)
			check_add(hub, job, command, readable);
	if (readable)
		view_end(hub);
}

/* A job that has waited too long counts as done, with the missing answers said to be missing. */
bool br_hub_job_done(const struct br_hub *hub, const struct br_web_job *job)
{
	br_assert(job->left <= job->n);
	return job->left == 0 || br_hub_now_ms(hub) >= job->due_ms;
}

unsigned br_hub_job_n(const struct br_web_job *job)
{
	return job->n;
}

bool br_hub_job_batch(const struct br_web_job *job)
{
	return job->batch;
}

const struct br_web_job_answer *br_hub_job_answer(const struct br_web_job *job, unsigned index)
{
	br_assert(index < job->n);
	return &job->answers[index];
}
