/* What can be asked about the clock: the three there are, and which of them the store goes by. */
#include "web-ui/query.h"

BR_WEB_QUERY(clock_get)
{
	struct br_web_live_node node;
	struct br_web_live_link link;

	(void)args;
	(void)refusal;
	view->live->node(view->live->context, &node);
	view->live->link(view->live->context, &link);
	br_assert(node.clock <= BR_WEB_CLOCK_AHEAD && node.time <= BR_WEB_TIME_PERSON);
	br_json_out_object(out, NULL);
	br_json_out_time(out, "time", view->now_ms);
	br_json_out_puts(out, "state", br_web_clock_words[node.clock]);
	br_json_out_puts(out, "source", br_web_time_words[node.time]);
	br_json_out_time(out, "since", node.clock_since_ms);
	br_json_out_time(out, "machine", view->now_ms + node.machine_apart_ms);
	if (link.hq_clock_ms != BR_WEB_UNKNOWN)
		br_json_out_time(out, "hq", view->now_ms + link.hq_clock_ms);
	br_json_out_end(out);
	return 0;
}
