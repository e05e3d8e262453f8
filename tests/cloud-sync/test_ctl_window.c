#include "cloud-sync/ctl_window.h"

#include <string.h>

#include "node/error.h"
#include "tests/lib/test.h"

static unsigned published, refuse;

static int publish(void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	CHECK(context == &published);
	CHECK_TEXT(topic, "backroom/up/ctl");
	CHECK_STR(payload, "{}");
	CHECK(qos == 1 && !retain);
	if (refuse > 0) {
		refuse--;
		return BR_E_OFFLINE;
	}
	published++;
	return 0;
}

static bool connected(void *context)
{
	return context == &published && refuse == 0;
}

static int say(struct br_ctl_window *window)
{
	struct br_publisher publisher = br_ctl_window_publisher(window);

	return publisher.publish(publisher.context, "backroom/up/ctl", BR_STR("{}"), 1, false);
}

static void test_a_full_window_waits_for_a_word(void)
{
	struct br_ctl_window window;

	published = 0;
	br_ctl_window_init(&window, (struct br_publisher){publish, connected, &published});
	for (unsigned round = 1; round <= 3; round++) {
		for (unsigned i = 0; i < BR_CTL_WINDOW; i++)
			CHECK_INT(say(&window), 0);
		CHECK_INT(say(&window), BR_E_BUSY);
		CHECK_INT(published, round * BR_CTL_WINDOW);
		CHECK_INT(window.held_back, round);
		br_ctl_window_open(&window);
	}
}

/* What the broker did not take is not on its way. */
static void test_what_was_refused_does_not_count(void)
{
	struct br_ctl_window window;

	published = 0;
	br_ctl_window_init(&window, (struct br_publisher){publish, connected, &published});
	refuse = 5;
	CHECK(!br_ctl_window_publisher(&window).connected(&window));
	for (unsigned i = 0; i < 5; i++)
		CHECK_INT(say(&window), BR_E_OFFLINE);
	CHECK(br_ctl_window_publisher(&window).connected(&window));
	for (unsigned i = 0; i < BR_CTL_WINDOW; i++)
		CHECK_INT(say(&window), 0);
	CHECK_INT(say(&window), BR_E_BUSY);
}

int main(int argc, char **argv)
{
	TEST(test_a_full_window_waits_for_a_word);
	TEST(test_what_was_refused_does_not_count);
	return test_end(argc, argv);
}
