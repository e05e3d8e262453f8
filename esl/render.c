#include "esl/render.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "esl/draw.h"
#include "node/crypto.h"
#include "node/mutex.h"

struct br_render {
	struct br_loop_source *watch;
	int event_fd;
	void (*done)(void *owner, struct br_render_result *result);
	void *owner;
	pthread_t threads[BR_RENDER_THREADS_MAX];
	struct br_draw *draws[BR_RENDER_THREADS_MAX];
	unsigned thread_n;
	struct br_mutex lock; /* over all below */
	pthread_cond_t more;
	struct br_render_request requests[BR_RENDER_QUEUE_MAX];
	struct br_render_result results[BR_RENDER_QUEUE_MAX];
	unsigned request_first, request_n, result_first, result_n;
	unsigned under_way; /* submitted and not yet handed to `done`: bounds both */
	bool ending;
};

/*
 * The hash is over the planes as they lie in the label's memory, whatever encoding carries them: so
 * a picture is known again behind another access point. It is turned once for both.
 */
static int picture_pack(const struct br_picture *picture, enum br_encoding encoding,
	struct br_render_result *result)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *turned = NULL;
	unsigned char digest[BR_SHA256_BYTES];
	struct br_str planes;
	int error = 0;

	if (br_picture_display(picture)->rotation != 0) {
		error = br_picture_turn(picture, &turned);
		picture = turned;
	}
	if (error < 0)
		return error;
	planes = br_picture_planes(picture);
	br_assert(planes.n > 0);
	br_sha256(planes.s, planes.n, digest);
	memcpy(result->hash, digest, BR_PICTURE_HASH_BYTES);
	return br_encode_picture(picture, encoding, &result->bytes);
}

int br_render_picture(struct br_draw *draw, const struct br_render_request *request,
	struct br_picture **ret_picture, struct br_fault *fault)
{
	br_assert(draw != NULL);
	if (request->template == NULL)
		return br_picture_create(&request->display, ret_picture, fault);
	return br_draw_picture(draw, request->template, &request->content.fields, &request->display,
		ret_picture, fault);
}

void br_render_now(struct br_draw *draw, const struct br_render_request *request,
	struct br_render_result *ret_result)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	int error;

	br_assert((unsigned)request->encoding < BR_ENCODING_N);
	*ret_result =
		(struct br_render_result){.subject = request->subject, .number = request->number};
	br_text_init(&ret_result->bytes, BR_ENCODED_BYTES_MAX);
	error = br_render_picture(draw, request, &picture, &ret_result->fault);
	if (error == 0)
		error = picture_pack(picture, request->encoding, ret_result);
	if (error < 0 && ret_result->fault.text[0] == '\0')
		(void)br_fault_set(&ret_result->fault, error, "%s", br_error_text(error));
	if (error < 0)
		br_text_finish(&ret_result->bytes);
	ret_result->error = error;
}

/* One of the workers, and which one it is. */
struct worker {
	struct br_render *render;
	unsigned number;
};

/* Takes the oldest request out of the queue. */
static void request_take(struct br_render *render, struct br_render_request *ret_request)
{
	const struct br_render_request *first = &render->requests[render->request_first];

	br_assert(render->request_n > 0);
	*ret_request = *first;
	/* The fields' texts point into the content they came with: into the copy now. */
	br_label_content_moved(&ret_request->content, &first->content);
	render->request_first = (render->request_first + 1) % BR_RENDER_QUEUE_MAX;
	render->request_n--;
}

static void *worker_run(void *argument)
{
	struct worker worker = *(struct worker *)argument;
	struct br_render *render = worker.render;
	uint64_t one = 1;

	free(argument);
	br_mutex_lock(&render->lock);
	while (!render->ending) {
		struct br_render_request request;
		struct br_render_result result;

		if (render->request_n == 0) {
			int code = pthread_cond_wait(&render->more, &render->lock.mutex);

			br_assert(code == 0);
			continue;
		}
		request_take(render, &request);
		br_mutex_unlock(&render->lock);
		br_render_now(render->draws[worker.number], &request, &result);
		br_mutex_lock(&render->lock);
		br_assert(render->result_n < render->under_way);
		render->results[(render->result_first + render->result_n++) % BR_RENDER_QUEUE_MAX] =
			result;
		/* The counter of an eventfd does not run full by as many as are under way. */
		(void)!write(render->event_fd, &one, sizeof(one));
	}
	br_mutex_unlock(&render->lock);
	return NULL;
}

static void results_ready(void *owner, unsigned events BR_UNUSED)
{
	struct br_render *render = owner;
	uint64_t count;

	if (read(render->event_fd, &count, sizeof(count)) < 0)
		return;
	br_mutex_lock(&render->lock);
	while (render->result_n > 0) {
		struct br_render_result result = render->results[render->result_first];

		render->result_first = (render->result_first + 1) % BR_RENDER_QUEUE_MAX;
		render->result_n--;
		render->under_way--;
		br_mutex_unlock(&render->lock);
		render->done(render->owner, &result);
		br_mutex_lock(&render->lock);
	}
	br_mutex_unlock(&render->lock);
}

int br_render_submit(struct br_render *render, const struct br_render_request *request)
{
	struct br_render_request *slot;
	int code;

	br_mutex_lock(&render->lock);
	if (render->under_way == BR_RENDER_QUEUE_MAX) {
		br_mutex_unlock(&render->lock);
		return BR_E_BUSY;
	}
	slot = &render->requests[(render->request_first + render->request_n++) %
				 BR_RENDER_QUEUE_MAX];
	*slot = *request;
	br_label_content_moved(&slot->content, &request->content);
	render->under_way++;
	code = pthread_cond_signal(&render->more);
	br_assert(code == 0);
	br_mutex_unlock(&render->lock);
	return 0;
}

static int worker_start(struct br_render *render, struct br_fault *fault)
{
	struct worker *worker = malloc(sizeof(*worker));
	sigset_t all, before;
	int result, code;

	if (worker == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	*worker = (struct worker){render, render->thread_n};
	br_assert(render->thread_n < BR_RENDER_THREADS_MAX);
	result = br_draw_create(&render->draws[render->thread_n], fault);
	if (result < 0) {
		free(worker);
		return result;
	}
	/* Signals are the core thread's business. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&render->threads[render->thread_n], NULL, worker_run, worker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0) {
		br_draw_destroy(BR_TAKE(render->draws[render->thread_n]));
		free(worker);
		return br_fault_set(fault, BR_E_MEMORY, "a render thread cannot be started");
	}
	render->thread_n++;
	return 0;
}

int br_render_create(struct br_loop *loop, unsigned threads,
	void (*done)(void *owner, struct br_render_result *result), void *owner,
	struct br_render **ret_render, struct br_fault *fault)
{
	BR_CLEANUP(br_render_cleanup) struct br_render *render = calloc(1, sizeof(*render));
	int result;

	br_assert(threads >= 1 && threads <= BR_RENDER_THREADS_MAX);
	if (render == NULL)
		return br_fault_set(fault, BR_E_MEMORY, "out of memory");
	render->done = done;
	render->owner = owner;
	render->event_fd = -1;
	br_mutex_init(&render->lock);
	result = pthread_cond_init(&render->more, NULL);
	br_assert(result == 0);
	render->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (render->event_fd < 0)
		return br_fault_set(fault, br_error_from_errno(errno), "%s", strerror(errno));
	result = br_loop_watch(
		loop, render->event_fd, BR_LOOP_READ, results_ready, render, &render->watch);
	for (unsigned i = 0; i < threads && result == 0; i++)
		result = worker_start(render, fault);
	if (result < 0)
		return fault->text[0] != '\0'
			       ? result
			       : br_fault_set(fault, result, "%s", br_error_text(result));
	*ret_render = BR_TAKE(render);
	return 0;
}

void br_render_destroy(struct br_render *render)
{
	int code;

	if (render == NULL)
		return;
	br_mutex_lock(&render->lock);
	render->ending = true;
	code = pthread_cond_broadcast(&render->more);
	br_assert(code == 0);
	br_mutex_unlock(&render->lock);
	for (unsigned i = 0; i < render->thread_n; i++) {
		code = pthread_join(render->threads[i], NULL);
		br_assert(code == 0);
		br_draw_destroy(render->draws[i]);
	}
	for (unsigned i = 0; i < render->result_n; i++)
		br_text_finish(
			&render->results[(render->result_first + i) % BR_RENDER_QUEUE_MAX].bytes);
	br_loop_source_destroy(render->watch);
	if (render->event_fd >= 0)
		(void)close(render->event_fd);
	(void)pthread_cond_destroy(&render->more);
	br_mutex_finish(&render->lock);
	free(render);
}
