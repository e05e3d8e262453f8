/*
 * LD_PRELOAD: whether a time server keeps the machine's clock is what BACKROOM_TIME_SERVER says
 * ("yes"; anything else: no), because a developer's machine has one and a build machine may not.
 *
 * For a program built with the address sanitiser add ASAN_OPTIONS=verify_asan_link_order=0.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

int adjtimex(struct timex *kernel)
{
	const char *said = getenv("BACKROOM_TIME_SERVER");

	memset(kernel, 0, sizeof(*kernel));
	if (said != NULL && strcmp(said, "yes") == 0)
		return TIME_OK;
	kernel->status = STA_UNSYNC;
	return TIME_ERROR;
}
