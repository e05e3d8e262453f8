/*
 * Tills over HTTP: POST /api/v1/till/{till} takes what a till asks over MQTT (node/till_request.h)
 * and answers in the same form. A till may use both: its ids are the same ones, so a request that
 * was sent one way and repeated the other way takes effect once.
 *
 * `{"requests": […]}` brings up to BR_WEB_BATCH_COMMANDS_MAX requests at once, for a till that was
 * alone for a day; look-ups stand alone. The answer is `{"replies": […]}` in the same order.
 */
#pragma once

#include "web-ui/rest.h"

/* The till of the path "/till/{till}" below the API; whether it may be called so is not looked at.
 */
bool br_rest_till_path(struct br_str path, struct br_str *ret_till);

/* As br_rest_post(). */
BR_MUST_CHECK int br_rest_till_post(struct br_hub *hub, const char *till, struct br_str body,
	struct br_web_job **ret_job, struct br_rest_response *response);

/* Writes the replies of a till's job that is done. */
void br_rest_till_job(
	struct br_hub *hub, const struct br_web_job *job, struct br_rest_response *response);
