#include "node/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/test.h"

static int kept = -1;

/* Sends standard error to a file until it is read. */
static void stderr_catch(void)
{
	char path[600];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/stderr", test_folder());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	REQUIRE(fd >= 0 && kept >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	(void)close(fd);
}

/* What was written since; valid until the next call. */
static const char *stderr_caught(void)
{
	static char text[4096];
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	(void)dup2(kept, STDERR_FILENO);
	(void)close(kept);
	return text;
}

static void test_a_line_says_how_urgent_and_which_noun(void)
{
	stderr_catch();
	br_log(BR_LOG_ERR, "store", "the disk is full: %d bytes are left", 12);
	br_log(BR_LOG_WARNING, "bus", "the broker is away");
	br_log(BR_LOG_NOTICE, "start", "running");
	CHECK_TEXT(stderr_caught(), "error: store: the disk is full: 12 bytes are left\n"
				    "warning: bus: the broker is away\n"
				    "notice: start: running\n");
}

static void test_what_is_less_urgent_is_dropped(void)
{
	stderr_catch();
	br_log(BR_LOG_INFO, "x", "not by default");
	br_log_level_set(BR_LOG_ERR);
	br_log(BR_LOG_WARNING, "x", "dropped");
	br_log(BR_LOG_ERR, "x", "kept");
	br_log_level_set(BR_LOG_DEBUG);
	br_log(BR_LOG_DEBUG, "x", "everything");
	br_log_level_set(BR_LOG_NOTICE);
	CHECK_TEXT(stderr_caught(), "error: x: kept\ndebug: x: everything\n");
}

static void test_a_long_sentence_is_cut_between_characters(void)
{
	char sentence[1200];
	const char *line;
	size_t n;

	/* Two bytes each: one of the two beginnings would be cut in the middle. */
	for (unsigned i = 0; i + 2 < sizeof(sentence); i += 2)
		memcpy(sentence + i, "\xC3\xA4", 3);
	for (unsigned shift = 0; shift < 2; shift++) {
		stderr_catch();
		br_log(BR_LOG_ERR, "x", "%s%s", shift == 0 ? "" : "-", sentence);
		line = stderr_caught();
		n = strlen(line);
		CHECK(n > 400 && n < sizeof(sentence));
		CHECK_INT(line[n - 1], '\n');
		CHECK(br_utf8_valid(line, n));
	}
}

/* A name that came over the network must not look like a line of our own. */
static void test_no_text_can_forge_a_line(void)
{
	const char *line;

	stderr_catch();
	br_log(BR_LOG_WARNING, "bus", "topic %s is unknown", "x\nerror: store: lost\r\x1b[2J\x7f");
	line = stderr_caught();
	CHECK_TEXT(line, "warning: bus: topic x error: store: lost  [2J  is unknown\n");
}

/* U+009B alone steers some terminals; a letter of two bytes beside it stays. */
static void test_no_text_can_steer_a_terminal(void)
{
	stderr_catch();
	br_log(BR_LOG_WARNING, "bus", "topic %s", "\xC2\x9B[2J\xC2\x80\xC2\xA0\xC3\x9B\xC2");
	CHECK_TEXT(stderr_caught(), "warning: bus: topic   [2J  \xC2\xA0\xC3\x9B?\n");
	stderr_catch();
	br_log(BR_LOG_WARNING, "bus", "name %s", "K\xE4se");
	CHECK_TEXT(stderr_caught(), "warning: bus: name K?se\n");
}

/* The variable may be inherited by a process whose standard error goes elsewhere. */
static void test_only_a_stream_of_the_journal_is_left_to_the_journal(void)
{
	(void)setenv("JOURNAL_STREAM", "8:1", 1);
	stderr_catch();
	br_log(BR_LOG_ERR, "x", "seen");
	CHECK_TEXT(stderr_caught(), "error: x: seen\n");
	(void)setenv("JOURNAL_STREAM", "nonsense", 1);
	stderr_catch();
	br_log(BR_LOG_ERR, "x", "seen, too");
	CHECK_TEXT(stderr_caught(), "error: x: seen, too\n");
	(void)unsetenv("JOURNAL_STREAM");
}

int main(int argc, char **argv)
{
	(void)unsetenv("JOURNAL_STREAM");
	TEST(test_a_line_says_how_urgent_and_which_noun);
	TEST(test_what_is_less_urgent_is_dropped);
	TEST(test_a_long_sentence_is_cut_between_characters);
	TEST(test_no_text_can_forge_a_line);
	TEST(test_no_text_can_steer_a_terminal);
	TEST(test_only_a_stream_of_the_journal_is_left_to_the_journal);
	return test_end(argc, argv);
}
