/* The guide's answers of HQ, read by the store's own readers: what it has HQ say, a store takes. */
#include <stdio.h>
#include <stdlib.h>

#include "cloud-sync/ctl.h"
#include "cloud-sync/range_message.h"
#include "node/json.h"
#include "tests/lib/test.h"

static unsigned acks, welcomes, refusals, comparisons, others;

/* A message on dn/…/ctl: 0 as the reader says. */
static int ctl_read(struct br_json *root, struct br_fault *fault)
{
	static struct br_range_reply reply;
	struct br_str type = {"", 0};
	struct br_ctl ctl;
	int result;

	(void)!br_json_string(br_json_member(root, "type"), &type);
	if (br_str_is(type, "ranges")) {
		result = br_range_reply_read(&reply, root, fault);
		comparisons += result == 0 && reply.kind == BR_REPLY_ANSWERS;
		br_range_reply_finish(&reply);
		return result;
	}
	/* Read by who asked for it, when it comes: recovery.h. */
	if (br_str_is(type, "recovered")) {
		others++;
		br_json_free(root);
		return 0;
	}
	result = br_ctl_read(root, &ctl, fault);
	acks += result == 0 && ctl.kind == BR_CTL_ACK;
	welcomes += result == 0 && ctl.kind == BR_CTL_WELCOME;
	refusals += result == 0 && ctl.kind == BR_CTL_REFUSED;
	others += result == 0 && ctl.kind == BR_CTL_CHECKED;
	br_json_free(root);
	return result;
}

static void test_a_store_takes_what_the_guide_says(void)
{
	const char *source = getenv("BACKROOM_SOURCE");
	char path[512], *guide;
	struct br_str rest;

	(void)snprintf(path, sizeof(path), "%s/cloud-sync/GUIDE.md", source != NULL ? source : ".");
	guide = test_file_read(path, NULL);
	rest = br_str_from(guide);
	while (rest.n > 0) {
		struct br_fault fault = {""};
		struct br_json *root;

		if (!br_str_is(br_str_split(&rest, '\n'), "```json dn ctl"))
			continue;
		REQUIRE(br_json_parse(br_str_split(&rest, '\n'), &root, &fault) == 0);
		CHECK_INT(ctl_read(root, &fault), 0);
		CHECK_TEXT(fault.text, "");
	}
	CHECK_INT(acks, 4);
	CHECK_INT(welcomes, 2);
	CHECK_INT(refusals, 1);
	CHECK_INT(comparisons, 1);
	CHECK_INT(others, 2);
	free(guide);
}

int main(int argc, char **argv)
{
	TEST(test_a_store_takes_what_the_guide_says);
	return test_end(argc, argv);
}
