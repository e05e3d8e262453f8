/*
 * Renewal: asks HQ for a new certificate over the established link before the old one ends, so that
 * nobody has to go to the store for it.
 *
 *	          a third of its       HQ signs it,
 *	          life is left         it is checked          `backroom link switch`
 *	 RESTING ─────────────► ASKING ─────────────► READY ──────────────────────► RESTING
 *	    ▲                     │  ▲                            has put it into use
 *	    └─ a day ── REFUSED ◄─┘  └─ every 5 minutes the same request again
 *
 * Works on certificates that have their key in the same file (identity.h); others are somebody
 * else's to keep. The new one does not replace the old one here: `backroom link switch` first tries
 * whether HQ's broker takes it, and only then lets the bridge change over.
 *
 * Belongs to the core thread; making a key takes some milliseconds of it, twice a year.
 */
#pragma once

#include "cloud-sync/identity.h"
#include "node/bus.h"
#include "node/time.h"

#define BR_RENEWAL_LOOK_MS 60000
#define BR_RENEWAL_WAIT_MS 5000 /* it is due, and nobody is there to ask */
#define BR_RENEWAL_AGAIN_MS (INT64_C(5) * 60 * 1000)
#define BR_RENEWAL_REFUSED_MS (INT64_C(24) * 3600 * 1000)

struct br_renewal_options {
	const char *store_id; /* all texts are borrowed */
	const char *ca, *certificate, *key, *crl;
	int64_t known_ms; /* unix ms that has passed for certain */
	struct br_publisher publisher;
	const struct br_clock *clock;
};

enum br_renewal_stage {
	BR_RENEWAL_RESTING,
	BR_RENEWAL_ASKING,
	BR_RENEWAL_READY,
	BR_RENEWAL_REFUSED
};

struct br_renewal;

/* BR_E_MEMORY. */
BR_MUST_CHECK int br_renewal_create(
	const struct br_renewal_options *options, struct br_renewal **ret_renewal);
void br_renewal_destroy(struct br_renewal *renewal);
BR_DEFINE_CLEANUP(renewal, br_renewal_destroy)

/* Called about once a second; `up`: HQ answers, so that there is somebody to ask. */
void br_renewal_tick(struct br_renewal *renewal, bool up);

/* HQ's answer, from backroom/dn/ctl; `owner` is the struct br_renewal. */
void br_renewal_answer(void *owner, struct br_str payload);

enum br_renewal_stage br_renewal_stage(const struct br_renewal *renewal);

/* What it last could not do, as a sentence; "" = nothing. */
const char *br_renewal_trouble(const struct br_renewal *renewal);
