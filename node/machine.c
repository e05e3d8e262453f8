#include "node/machine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "node/folder.h"
#include "node/timekeeper.h"

bool br_machine_synchronised(void *context BR_UNUSED)
{
	struct timex kernel = {.modes = 0};
	int state = adjtimex(&kernel);

	/* Whoever may not ask knows of no time server. */
	return state >= 0 && state != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
}

/* The same start must have the same name, whoever tells it: without the dashes. */
static bool boot_copy(struct br_str from, char ret_boot[BR_TIME_BOOT_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < from.n; i++) {
		char c = from.s[i];

		if (c == '-' || c == '\n')
			continue;
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) ||
			n + 1 >= BR_TIME_BOOT_BYTES) {
			ret_boot[0] = '\0';
			return false;
		}
		ret_boot[n++] = c;
	}
	br_assert(n < BR_TIME_BOOT_BYTES);
	ret_boot[n] = '\0';
	return n > 0;
}

void br_machine_boot(char ret_boot[BR_TIME_BOOT_BYTES])
{
	char text[64];
	ssize_t n;
	int fd;

	if (boot_copy(br_str_from(getenv("BACKROOM_BOOT")), ret_boot))
		return;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text));
	(void)close(fd);
	br_assert(n <= (ssize_t)sizeof(text));
	(void)!boot_copy((struct br_str){text, n > 0 ? (size_t)n : 0}, ret_boot);
}

int64_t br_machine_time_ms(const char *state_dir, int64_t known_ms)
{
	const struct br_clock *clock = &br_clock_system;
	int64_t now_ms = clock->wall_ms(clock->context);
	int64_t boot_ms = clock->boot_ms(clock->context);
	struct br_path path = br_path_in(state_dir, BR_TIME_RECORD_NAME);
	struct br_time_record record;
	char boot[BR_TIME_BOOT_BYTES];

	if (path.s[0] != '\0' && br_time_record_load(path.s, &record) == 0) {
		br_machine_boot(boot);
		/* Of the same start of the machine it is known how long ago that was. */
		if (boot[0] != '\0' && strcmp(boot, record.boot) == 0 && boot_ms > record.boot_ms)
			record.time_ms += boot_ms - record.boot_ms;
		if (record.time_ms > known_ms)
			known_ms = record.time_ms;
	}
	if (now_ms < known_ms)
		now_ms = known_ms;
	return now_ms < BR_TIME_LATEST_MS ? now_ms : BR_TIME_LATEST_MS;
}
