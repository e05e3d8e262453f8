/*
 * REST: what a request gets, without a socket.
 *
 *	GET  /api/v1/…			a query (query.h)
 *	GET  /api/v1/labels/{id}/picture.png
 *	POST /api/v1/commands		one command, or {"commands":[…]}
 *	POST /api/v1/till/{till}	what a till asks (rest_till.h)
 *	GET  /metrics, /healthz
 *	GET  anything else		the app (assets.h)
 */
#pragma once

#include "web-ui/assets.h"
#include "web-ui/hub.h"

enum br_rest_method { BR_REST_GET, BR_REST_HEAD, BR_REST_POST, BR_REST_OTHER };

#define BR_REST_PAIRS_MAX 16

struct br_rest_request {
	enum br_rest_method method;
	struct br_str path; /* decoded, begins with '/' */
	struct br_web_pair pairs[BR_REST_PAIRS_MAX];
	unsigned pair_n;
	struct br_str if_none_match;
	bool gzip;  /* the client takes gzip */
	bool tool;  /* came by the unix socket */
	bool check; /* of a POST to /commands/check: br_rest_post_allowed() finds it */
	/* Of a POST to /till/{till}: its name, else empty. br_rest_post_allowed() finds it. */
	char till[BR_WORD_BYTES_MAX + 1];
};

struct br_rest_response {
	unsigned status;
	const char *type;   /* of the body */
	const char *cache;  /* Cache-Control */
	const char *etag;   /* NULL = none */
	const char *allow;  /* for 405 */
	bool packed;	    /* the body is gzip */
	bool vary;	    /* another client may get another form */
	struct br_str body; /* in `text` or in the assets */
	struct br_text text;
};

void br_rest_response_init(struct br_rest_response *response);
void br_rest_response_finish(struct br_rest_response *response);

/* Answers all but POST. `assets` may be NULL. */
void br_rest_get(struct br_hub *hub, const struct br_assets *assets,
	const struct br_rest_request *request, struct br_rest_response *response);

/* True when a POST to this path is taken; else the response says what is. Sets `till`. */
BR_MUST_CHECK bool br_rest_post_allowed(
	struct br_rest_request *request, struct br_rest_response *response);

/*
 * Begins the commands of a POST. 0 with a job to wait for, which the caller owns; 1 when the
 * response is there already.
 */
BR_MUST_CHECK int br_rest_post(struct br_hub *hub, const struct br_rest_request *request,
	struct br_str body, struct br_web_job **ret_job, struct br_rest_response *response);

/* The status of a single command's answer; a batch is always 200 with an answer each. */
unsigned br_rest_answer_status(const struct br_web_job_answer *answer);

/* Writes the answers of a job that is done. */
void br_rest_job(
	struct br_hub *hub, const struct br_web_job *job, struct br_rest_response *response);

/* What is in the response's text becomes its body: JSON. */
void br_rest_json(struct br_rest_response *response, unsigned status);

/* `{"error":{"code":…,"message":…}}`. */
void br_rest_error(struct br_rest_response *response, unsigned status, const char *code,
	const char *format, ...) BR_PRINTF(4, 5);
