#include "esl/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esl/draw.h"
#include "esl/template_set.h"
#include "node/crypto.h"
#include "tests/lib/test.h"

#define SUBJECTS 8

/* The core thread's side: what was asked for and what came back. */
struct desk {
	struct br_loop *loop;
	struct br_render *render;
	struct br_template_set *templates;
	struct br_draw *draw; /* to compare with */
	unsigned wanted, got, failed;
	uint64_t last_number[SUBJECTS];
	char texts[SUBJECTS][32];
	struct br_render_request request;
};

static void request_make(struct desk *desk, unsigned subject, uint64_t number)
{
	static const struct br_display displays[] = {
		{296, 128, BR_ACCENT_NONE, 1},
		{400, 300, BR_ACCENT_RED, 0},
	};
	struct br_render_request *request = &desk->request;
	struct br_label_content *content = &request->content;

	*request = (struct br_render_request){.subject = desk->texts[subject],
		.number = number,
		.display = displays[subject % 2],
		.encoding = number % 2 == 0 ? BR_ENCODING_RAW : BR_ENCODING_ZLIB12};
	request->template = br_template_set_find(
		desk->templates, (struct br_str){NULL, 0}, &request->display, BR_TEMPLATE_REGULAR);
	content->used = (size_t)snprintf(content->bytes, sizeof(content->bytes), "Product %u of %u",
		subject, (unsigned)number);
	REQUIRE(br_fields_text(&content->fields, "name",
			(struct br_str){content->bytes, content->used}) == 0);
	REQUIRE(br_fields_milli(&content->fields, "price", (int64_t)number * 10) == 0);
	content->used += (size_t)snprintf(
		content->bytes + content->used, sizeof(content->bytes) - content->used, "EUR");
	REQUIRE(br_fields_text(&content->fields, "currency",
			(struct br_str){content->bytes + content->used - 3, 3}) == 0);
}

/* The result is that of the same request drawn here and now. */
static void result_check(struct desk *desk, struct br_render_result *result)
{
	unsigned subject = (unsigned)(((char *)result->subject - desk->texts[0]) /
				      (ptrdiff_t)sizeof(desk->texts[0]));
	struct br_render_result own;

	REQUIRE(subject < SUBJECTS);
	request_make(desk, subject, result->number);
	br_render_now(desk->draw, &desk->request, &own);
	CHECK_INT(result->error, own.error);
	CHECK_INT(result->bytes.n, own.bytes.n);
	CHECK(memcmp(result->hash, own.hash, sizeof(own.hash)) == 0);
	CHECK(result->bytes.n == own.bytes.n &&
		memcmp(result->bytes.bytes, own.bytes.bytes, own.bytes.n) == 0);
	br_text_finish(&own.bytes);
	desk->last_number[subject] = result->number;
}

static void result_take(void *owner, struct br_render_result *result)
{
	struct desk *desk = owner;

	if (result->error == 0)
		result_check(desk, result);
	else
		desk->failed++;
	br_text_finish(&result->bytes);
	desk->got++;
	if (desk->got == desk->wanted)
		br_loop_end(desk->loop, 0);
}

static void desk_open(struct desk *desk, unsigned threads)
{
	const char *source = getenv("BACKROOM_SOURCE");
	struct br_fault fault = {""};
	char folder[4096];

	*desk = (struct desk){.loop = NULL};
	(void)snprintf(folder, sizeof(folder), "%s/esl/templates", source != NULL ? source : ".");
	REQUIRE(br_loop_create(&desk->loop) == 0);
	REQUIRE(br_template_set_load(folder, &desk->templates, &fault) == 0);
	REQUIRE(br_draw_create(&desk->draw, &fault) == 0);
	REQUIRE(br_render_create(desk->loop, threads, result_take, desk, &desk->render, &fault) ==
		0);
}

static void desk_close(struct desk *desk)
{
	br_render_destroy(desk->render);
	br_draw_destroy(desk->draw);
	br_template_set_destroy(desk->templates);
	br_loop_destroy(desk->loop);
}

static void test_what_comes_back_is_what_was_asked_for(void)
{
	static struct desk desk;

	for (unsigned threads = 1; threads <= 4; threads += 3) {
		desk_open(&desk, threads);
		for (unsigned round = 1; round <= 5; round++) {
			desk.wanted = desk.got + 40;
			for (unsigned i = 0; i < 40; i++) {
				request_make(&desk, i % SUBJECTS, round * 100 + i);
				CHECK_INT(br_render_submit(desk.render, &desk.request), 0);
				/* The request is copied: it may change at once. */
				memset(&desk.request, 0xFF, sizeof(desk.request));
			}
			REQUIRE(br_loop_run(desk.loop) == 0);
		}
		CHECK_INT(desk.got, 200);
		CHECK_INT(desk.failed, 0);
		desk_close(&desk);
	}
}

static void test_one_worker_keeps_the_order(void)
{
	static struct desk desk;

	desk_open(&desk, 1);
	desk.wanted = 32;
	for (unsigned i = 0; i < 32; i++) {
		request_make(&desk, i % SUBJECTS, i);
		CHECK_INT(br_render_submit(desk.render, &desk.request), 0);
	}
	REQUIRE(br_loop_run(desk.loop) == 0);
	for (unsigned i = 0; i < SUBJECTS; i++)
		CHECK_INT(desk.last_number[i], 24 + i);
	desk_close(&desk);
}

static void test_the_queue_has_a_limit(void)
{
	static struct desk desk;

	desk_open(&desk, 2);
	/* Drawn or not: what was not taken back counts. */
	for (unsigned i = 0; i < BR_RENDER_QUEUE_MAX; i++) {
		request_make(&desk, i % SUBJECTS, i);
		CHECK_INT(br_render_submit(desk.render, &desk.request), 0);
	}
	request_make(&desk, 0, 1000);
	CHECK_INT(br_render_submit(desk.render, &desk.request), BR_E_BUSY);
	desk.wanted = BR_RENDER_QUEUE_MAX;
	REQUIRE(br_loop_run(desk.loop) == 0);
	CHECK_INT(desk.got, BR_RENDER_QUEUE_MAX);
	request_make(&desk, 0, 1000);
	CHECK_INT(br_render_submit(desk.render, &desk.request), 0);
	desk.wanted++;
	REQUIRE(br_loop_run(desk.loop) == 0);
	desk_close(&desk);
}

static void test_what_cannot_be_drawn_says_why(void)
{
	struct br_render_result result;
	static struct desk desk;

	desk_open(&desk, 1);
	request_make(&desk, 0, 2);
	desk.request.content.fields.n = 1; /* no price */
	br_render_now(desk.draw, &desk.request, &result);
	CHECK(result.error < 0);
	CHECK_HAS(result.fault.text, "(price)");
	CHECK(result.bytes.bytes == NULL);
	CHECK_INT(br_render_submit(desk.render, &desk.request), 0);
	desk.wanted = 1;
	REQUIRE(br_loop_run(desk.loop) == 0);
	CHECK_INT(desk.failed, 1);
	desk_close(&desk);
}

static void test_the_hash_is_over_the_raw_planes_in_any_encoding(void)
{
	struct br_render_result raw, pressed;
	unsigned char digest[BR_SHA256_BYTES];
	static struct desk desk;

	desk_open(&desk, 1);
	for (unsigned subject = 0; subject < 2; subject++) {
		request_make(&desk, subject, 2);
		desk.request.encoding = BR_ENCODING_RAW;
		br_render_now(desk.draw, &desk.request, &raw);
		desk.request.encoding = BR_ENCODING_ZLIB12;
		br_render_now(desk.draw, &desk.request, &pressed);
		CHECK_INT(raw.error, 0);
		CHECK_INT(pressed.error, 0);
		br_sha256(raw.bytes.bytes, raw.bytes.n, digest);
		CHECK(memcmp(digest, raw.hash, sizeof(raw.hash)) == 0);
		CHECK(memcmp(raw.hash, pressed.hash, sizeof(raw.hash)) == 0);
		CHECK(pressed.bytes.n < raw.bytes.n);
		br_text_finish(&raw.bytes);
		br_text_finish(&pressed.bytes);
	}
	desk_close(&desk);
}

/* Without a template the picture is white, whatever fields there are. */
static void test_without_a_template_the_picture_is_white(void)
{
	BR_CLEANUP(br_picture_cleanup) struct br_picture *picture = NULL;
	struct br_render_result result;
	struct br_fault fault = {""};
	static struct desk desk;

	desk_open(&desk, 1);
	for (unsigned subject = 0; subject < 2; subject++) {
		request_make(&desk, subject, 2);
		desk.request.template = NULL;
		br_render_now(desk.draw, &desk.request, &result);
		CHECK_INT(result.error, 0);
		CHECK_INT(result.bytes.n, subject == 0 ? 296 * 128 / 8 : 400 * 300 / 8 * 2);
		for (size_t i = 0; i < result.bytes.n; i++)
			REQUIRE(result.bytes.bytes[i] == 0);
		br_text_finish(&result.bytes);
	}
	CHECK_INT(br_render_picture(desk.draw, &desk.request, &picture, &fault), 0);
	CHECK_INT(br_picture_display(picture)->w, 400);
	desk.request.display.w = 1;
	br_render_now(desk.draw, &desk.request, &result);
	CHECK_INT(result.error, BR_E_INVALID);
	desk_close(&desk);
}

static void test_ending_with_work_under_way(void)
{
	static struct desk desk;

	for (unsigned round = 0; round < 10; round++) {
		desk_open(&desk, 3);
		for (unsigned i = 0; i < 5 * round; i++) {
			request_make(&desk, i % SUBJECTS, i);
			CHECK_INT(br_render_submit(desk.render, &desk.request), 0);
		}
		desk_close(&desk);
		CHECK_INT(desk.got, 0);
	}
	br_render_destroy(NULL);
}

int main(int argc, char **argv)
{
	TEST(test_what_comes_back_is_what_was_asked_for);
	TEST(test_one_worker_keeps_the_order);
	TEST(test_the_queue_has_a_limit);
	TEST(test_what_cannot_be_drawn_says_why);
	TEST(test_the_hash_is_over_the_raw_planes_in_any_encoding);
	TEST(test_without_a_template_the_picture_is_white);
	TEST(test_ending_with_work_under_way);
	return test_end(argc, argv);
}
