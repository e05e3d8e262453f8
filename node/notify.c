#include "node/notify.h"

#include <inttypes.h>
#include <stdint.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void br_notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void br_notify_reloading(void)
{
	struct timespec now;
	int code = clock_gettime(CLOCK_MONOTONIC, &now);

	br_assert(code == 0);
	/* Newer service managers match the reload's end to its beginning by this time. */
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		(uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

void br_notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void br_notify_status(const char *status)
{
	(void)sd_notifyf(0, "STATUS=%s", status);
}
