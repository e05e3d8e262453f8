#include "cloud-sync/ctl_window.h"

#include "node/error.h"

void br_ctl_window_init(struct br_ctl_window *window, struct br_publisher inner)
{
	br_assert(inner.publish != NULL);
	*window = (struct br_ctl_window){.inner = inner};
}

static int window_publish(
	void *context, const char *topic, struct br_str payload, int qos, bool retain)
{
	struct br_ctl_window *window = context;
	int result;

	br_assert(window->out <= BR_CTL_WINDOW);
	if (window->out == BR_CTL_WINDOW) {
		window->held_back++;
		return BR_E_BUSY;
	}
	result = window->inner.publish(window->inner.context, topic, payload, qos, retain);
	if (result == 0)
		window->out++;
	return result;
}

static bool window_connected(void *context)
{
	const struct br_ctl_window *window = context;

	return window->inner.connected(window->inner.context);
}

struct br_publisher br_ctl_window_publisher(struct br_ctl_window *window)
{
	br_assert(window->inner.publish != NULL);
	return (struct br_publisher){window_publish, window_connected, window};
}

void br_ctl_window_open(struct br_ctl_window *window)
{
	br_assert(window->out <= BR_CTL_WINDOW);
	window->out = 0;
}
