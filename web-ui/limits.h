/*
 * The limits of the web server. Past a limit the answer is an error that names it.
 */
#pragma once

#define BR_WEB_CLIENTS_MAX 200		      /* WebSocket clients at a time */
#define BR_WEB_CONNECTIONS_MAX 400	      /* connections of any kind */
#define BR_WEB_CONNECTIONS_TOOL 8	      /* besides, by the unix socket only */
#define BR_WEB_FRAME_BYTES_MAX (64u << 10)    /* a message from a client */
#define BR_WEB_BODY_BYTES_MAX (256u << 10)    /* the body of a POST */
#define BR_WEB_PATH_BYTES_MAX 512	      /* of an address, decoded */
#define BR_WEB_ANSWER_BYTES_MAX (1u << 20)    /* one answer of the API */
#define BR_WEB_PICTURE_BYTES_MAX (512u << 10) /* the picture of one label */
#define BR_WEB_BATCH_COMMANDS_MAX 256	      /* commands in one POST */

/* Per WebSocket client. */
#define BR_WEB_PENDING_MAX 32		    /* commands that wait for their answer */
#define BR_WEB_REPLIES_MAX 64		    /* answers that wait to be written */
#define BR_WEB_REPLY_BYTES_MAX (512u << 10) /* the same in bytes */
#define BR_WEB_KEYS_MAX 200		    /* keys of one subscription */
#define BR_WEB_DIRTY_MAX 8192	 /* changed rows of one noun that wait; more begin a new snapshot */
#define BR_WEB_PIECE_BYTES 49152 /* a snapshot travels in pieces of about this size */
#define BR_WEB_RESUME_EVENTS_MAX 10000 /* further behind than this gets a new snapshot */

/* A client whose socket has no room for one more message for so long is let go. */
#define BR_WEB_BLOCKED_MS_MAX 30000

/*
 * A request's head has this long to come whole; a body and an answer may pause for as long, and all
 * of a request with its answer may take the longer time.
 */
#define BR_WEB_TIMEOUT_S 10
#define BR_WEB_EXCHANGE_MS_MAX 60000

#define BR_WEB_LIVE_INTERVAL_MS 1000   /* values without an event are looked at so often */
#define BR_WEB_STATUS_INTERVAL_MS 1000 /* the status row is worked out at most so often */
#define BR_WEB_ANSWER_WAIT_MS 10000    /* a POST waits so long for the core's decision */

#define BR_WEB_ROW_KEY_BYTES_MAX 192 /* the longest key is an alarm's */
