#include "web-ui/live.h"

const char *const br_web_clock_words[] = {"good", "behind", "ahead"};
const char *const br_web_time_words[] = {"machine", "server", "hq", "kept", "person"};

static bool null_label(void *context BR_UNUSED, struct br_str label BR_UNUSED,
	struct br_web_live_label *ret_label BR_UNUSED)
{
	return false;
}

static bool null_sensor(void *context BR_UNUSED, struct br_str device BR_UNUSED,
	struct br_web_live_sensor *ret_sensor BR_UNUSED)
{
	return false;
}

static void null_link(void *context BR_UNUSED, struct br_web_live_link *ret_link)
{
	*ret_link = (struct br_web_live_link){
		.state = BR_WEB_LINK_OFF,
		.round_trip_ms = BR_WEB_UNKNOWN,
		.hq_clock_ms = BR_WEB_UNKNOWN,
	};
}

static void null_node(void *context BR_UNUSED, struct br_web_live_node *ret_node)
{
	*ret_node = (struct br_web_live_node){
		.clock = BR_WEB_CLOCK_GOOD,
		.time = BR_WEB_TIME_MACHINE,
	};
}

static uint64_t null_changes(void *context BR_UNUSED, uint64_t after,
	void (*changed)(void *owner, enum br_web_live_noun noun, struct br_str key) BR_UNUSED,
	void *owner BR_UNUSED)
{
	return after;
}

static int null_picture(void *context BR_UNUSED, struct br_str label BR_UNUSED,
	struct br_text *png BR_UNUSED, struct br_fault *fault)
{
	return br_fault_set(fault, BR_E_NOT_FOUND, "this node draws no labels");
}

static int null_series(void *context BR_UNUSED, struct br_str device BR_UNUSED,
	struct br_str channel BR_UNUSED, int64_t from_ms BR_UNUSED, int64_t to_ms BR_UNUSED,
	unsigned points BR_UNUSED, struct br_web_live_series *ret_series BR_UNUSED)
{
	return BR_E_NOT_FOUND;
}

const struct br_web_live br_web_live_null = {
	.label = null_label,
	.sensor = null_sensor,
	.label_next = null_label,
	.sensor_next = null_sensor,
	.link = null_link,
	.node = null_node,
	.changes = null_changes,
	.picture = null_picture,
	.series = null_series,
};
