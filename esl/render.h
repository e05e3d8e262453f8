/*
 * The render workers: draw and encode label pictures beside the core thread.
 *
 * Drawing is a pure function of (template, content, display), so a worker needs nothing of the
 * store. Requests wait in a bounded queue; results come back on the core thread through its loop.
 */
#pragma once

#include "esl/encode.h"
#include "esl/label_content.h"
#include "node/label.h"
#include "node/loop.h"

#define BR_RENDER_QUEUE_MAX 64
#define BR_RENDER_THREADS_MAX 8

struct br_render;

struct br_render_request {
	void *subject;			    /* the owner's own meaning: what is drawn */
	uint64_t number;		    /* the owner's own meaning: which request of it */
	const struct br_template *template; /* borrowed until the result; NULL = a white picture */
	struct br_display display;
	enum br_encoding encoding;
	struct br_label_content content;
};

struct br_render_result {
	void *subject; /* as requested, and so is the number */
	uint64_t number;
	int error; /* 0, or BR_E_* with the fault's sentence */
	struct br_fault fault;
	unsigned char hash[BR_PICTURE_HASH_BYTES];
	struct br_text bytes; /* encoded; owned by the receiver of the result */
};

/* `done` is called on the core thread for every result; it takes the bytes or finishes them. */
BR_MUST_CHECK int br_render_create(struct br_loop *loop, unsigned threads,
	void (*done)(void *owner, struct br_render_result *result), void *owner,
	struct br_render **ret_render, struct br_fault *fault);
/* Waits for the drawing under way; what was queued is dropped. */
void br_render_destroy(struct br_render *render);
BR_DEFINE_CLEANUP(render, br_render_destroy)

/* Copies the request: 0, or BR_E_BUSY when the queue is full. */
BR_MUST_CHECK int br_render_submit(
	struct br_render *render, const struct br_render_request *request);

struct br_draw;

/* The picture that a request asks for, as people see it; previews are this one, too. */
BR_MUST_CHECK int br_render_picture(struct br_draw *draw, const struct br_render_request *request,
	struct br_picture **ret_picture, struct br_fault *fault);

/* Draws, hashes and encodes at once on this thread; what a worker does. */
void br_render_now(struct br_draw *draw, const struct br_render_request *request,
	struct br_render_result *ret_result);
