#include "tests/cloud-sync/fake_post.h"

struct fake_post fake_post;

int64_t conform_now_ms(void)
{
	return fake_post.now_ms;
}

/* There is one line, whoever opens another one. */
int conform_post_open(const struct conform_post_options *options, struct conform_post **ret_post,
	struct br_fault *fault BR_UNUSED)
{
	br_assert(options != NULL);
	*ret_post = NULL;
	return 0;
}

void conform_post_close(struct conform_post *post)
{
	br_assert(post == NULL);
}

int conform_post_subscribe(
	struct conform_post *post BR_UNUSED, const char *filter, struct br_fault *fault BR_UNUSED)
{
	br_assert(filter[0] != '\0');
	return 0;
}

int conform_post_send(struct conform_post *post BR_UNUSED, const char *topic, struct br_str payload)
{
	br_assert(payload.n > 0 && payload.n <= 65536);
	fake_post.sent_n++;
	if (fake_post.sent != NULL)
		fake_post.sent(fake_post.context, topic, payload);
	return 0;
}

/* A message takes a millisecond, and what does not come all the time there is. */
int conform_post_wait(
	struct conform_post *post BR_UNUSED, int64_t wait_ms, struct conform_letter *ret_letter)
{
	bool came = fake_post.next != NULL && fake_post.next(fake_post.context, ret_letter);

	br_assert(wait_ms >= 0);
	fake_post.now_ms += came ? 1 : wait_ms + 1;
	return came;
}
