/*
 * The hub: everything of the web server but the sockets.
 *
 * It holds the sessions, reads the journal's news once for all of them, makes their rows, puts
 * commands to the core and brings the answers back. All of it runs on the web thread and never
 * waits: a call reads the ledger in one transaction, which has ended when the call returns.
 *
 *	core commits ──► br_hub_wake() ──► fan-out ──► sessions marked ──► br_session_due()
 *	core answers ──► br_hub_wake() ──► session or job
 */
#pragma once

#include "node/queue.h"
#include "node/till_request.h"
#include "web-ui/query.h"
#include "web-ui/session.h"

struct br_hub;

struct br_hub_options {
	/* Borrowed, outlive the hub. */
	struct br_store *ledger;
	struct br_keys *keys;
	struct br_queue *queue;
	const struct br_clock *clock;
	const struct br_web_live *live;
	const char *store_id, *gln, *store_name, *currency, *epoch, *version;
	bool open_to_network;
};

BR_MUST_CHECK int br_hub_create(
	const struct br_hub_options *options, struct br_hub **ret_hub, struct br_fault *fault);
void br_hub_destroy(struct br_hub *hub);
BR_DEFINE_CLEANUP(hub, br_hub_destroy)

/* The clocks' times for sessions and rows. */
int64_t br_hub_now_ms(const struct br_hub *hub);

/* A new client; `tool` when it came by the unix socket. BR_E_TOO_LARGE: no room for another one. */
BR_MUST_CHECK int br_hub_session_open(
	struct br_hub *hub, bool tool, struct br_session **ret_session);
void br_hub_session_close(struct br_hub *hub, struct br_session *session);
unsigned br_hub_session_n(const struct br_hub *hub);

/* As the session's own, within one read of the ledger. */
BR_MUST_CHECK bool br_hub_receive(
	struct br_hub *hub, struct br_session *session, struct br_str message);
BR_MUST_CHECK bool br_hub_write(
	struct br_hub *hub, struct br_session *session, struct br_text *text);

/* Takes answers and news. True when there is more to read: call again soon. */
bool br_hub_wake(struct br_hub *hub);

/* What time alone changes: call it a few times a second. */
void br_hub_tick(struct br_hub *hub);

/*
 * True while the search lacks some of the catalogue and nobody waits for the core: tick again soon.
 */
bool br_hub_searching(const struct br_hub *hub);

/* Runs a query for REST, as br_web_query_run(). */
BR_MUST_CHECK int br_hub_query(struct br_hub *hub, const struct br_web_query *query,
	const struct br_web_args *args, struct br_text *text, struct br_web_refusal *refusal);

const struct br_web_live *br_hub_live(const struct br_hub *hub);

/* What the hub was made with: for whoever reads the ledger on the same thread. */
const struct br_hub_options *br_hub_options(const struct br_hub *hub);

/* 0 when the ledger can be read. */
BR_MUST_CHECK int br_hub_healthy(struct br_hub *hub);

/*
 * A job: the commands of one POST, on their way to the core and back. The caller owns it and may
 * destroy it at any time; what the core decides then has nobody to be told.
 */
struct br_web_job;

/* A job for at most BR_WEB_BATCH_COMMANDS_MAX commands; one that is no batch has one. */
BR_MUST_CHECK int br_hub_job_create(
	struct br_hub *hub, bool tool, bool batch, struct br_web_job **ret_job);
void br_hub_job_destroy(struct br_hub *hub, struct br_web_job *job);

/* A batch's answers are told in short: what was accepted without a warning is only counted. */
void br_hub_job_shorten(struct br_web_job *job);
bool br_hub_job_brief(const struct br_web_job *job);

/* Makes it the job of a till, which is then the actor of its commands and told in its own form. */
void br_hub_job_till(struct br_web_job *job, const char *till);
bool br_hub_job_of_till(const struct br_web_job *job);

/*
 * Adds a command and takes it, whatever comes back. A core that is busy is an answer as well.
 * BR_E_TOO_LARGE.
 */
BR_MUST_CHECK int br_hub_job_add(
	struct br_hub *hub, struct br_web_job *job, struct br_json *command);

/* The same for a till, whose reply needs to know what was asked. */
BR_MUST_CHECK int br_hub_job_add_asked(struct br_hub *hub, struct br_web_job *job,
	struct br_json *command, const struct br_till_asked *asked);

/* Adds what is refused already, so that each place of a batch has its answer. BR_E_TOO_LARGE. */
BR_MUST_CHECK int br_hub_job_add_refused(
	struct br_web_job *job, struct br_str id, enum br_refusal refusal, const char *message);

/*
 * Only checks the one command, or those of the list when the job is a batch: all of them on the
 * store as it is now. The answers are there at once; there is room for each in the job.
 */
void br_hub_job_check(struct br_hub *hub, struct br_web_job *job, const struct br_json *commands);

/* All answers are there, or have been waited for too long. */
bool br_hub_job_done(const struct br_hub *hub, const struct br_web_job *job);

struct br_web_job_answer {
	bool there; /* false: the core did not answer in time */
	char command[BR_ID_BYTES_MAX + 1];
	struct br_answer answer;
	struct br_till_asked asked; /* of a till's job */
};

unsigned br_hub_job_n(const struct br_web_job *job);
bool br_hub_job_batch(const struct br_web_job *job);
const struct br_web_job_answer *br_hub_job_answer(const struct br_web_job *job, unsigned index);
