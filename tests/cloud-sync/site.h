/*
 * One store as it stands in the world: the store itself, HQ's part of it, and between them the two
 * brokers with their bridge, which lose, double, delay, reorder and forget. Sites run beside each
 * other under one clock, from one thing that is due to the next, and everything follows from their
 * seeds.
 *
 *	shop ── store's broker ══ bridge ══ HQ's broker ── hq
 *	             └──────────── pipe ─────────┘
 */
#pragma once

#include "tests/cloud-sync/fake_hq.h"
#include "tests/cloud-sync/pipe.h"
#include "tests/cloud-sync/shop.h"

struct site {
	struct shop shop;
	struct pipe pipe;
	struct fake_hq hq;
	/*
	 * Sees what comes up before HQ does, and says whether it has dealt with it; NULL: nobody
	 * does.
	 */
	bool (*up)(struct site *site, const struct letter *letter);
	/* Asked for each letter to HQ whether HQ dies of it, and when; NULL: never. */
	enum shop_fate (*hq_fate)(void *context);
	void *context;	/* of both, and of whoever owns the site */
	bool scattered; /* some messages have a turn of their own, else all that is due shares one
			 */
};

/* A new store `id` with a ledger in the folder `name`, connected to nothing. */
void site_open(
	struct site *site, const char *name, const char *id, uint64_t seed, const char *hq_epoch);
void site_close(struct site *site);

/* A repeatable random number below `limit` (> 0). */
uint64_t site_chance(struct site *site, uint64_t limit);

/* Puts some pipe's habits on the line, from its seed. */
void site_rough(struct site *site);
/* The line loses nothing more and is quick; what is on its way stays. */
void site_mend(struct site *site);

/* Lets `n` sites run up to `end_ms`. */
void site_run_all(struct site *const sites[], unsigned n, int64_t end_ms);
void site_run(struct site *site, int64_t end_ms);

/* Both have what the other told, and nothing is on its way. */
bool site_caught_up(const struct site *site);
