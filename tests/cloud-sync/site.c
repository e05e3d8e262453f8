#include "tests/cloud-sync/site.h"

#include <stdio.h>
#include <string.h>

static void shop_says(void *context, const char *topic, struct br_str payload)
{
	static const char prefix[] = "backroom/up/";
	struct site *site = context;

	REQUIRE(strncmp(topic, prefix, sizeof(prefix) - 1) == 0);
	pipe_post(&site->pipe, PIPE_UP, topic + sizeof(prefix) - 1, payload, site->shop.boot_ms);
}

static void hq_says(void *context, const char *lane, struct br_str payload)
{
	struct site *site = context;

	pipe_post(&site->pipe, PIPE_DOWN, lane, payload, site->shop.boot_ms);
}

void site_open(
	struct site *site, const char *name, const char *id, uint64_t seed, const char *hq_epoch)
{
	pipe_init(&site->pipe, seed);
	shop_open_as(&site->shop, name, id);
	site->shop.dice = seed;
	site->shop.out = shop_says;
	site->shop.out_context = site;
	fake_hq_init(&site->hq, hq_epoch, hq_says, site);
	(void)snprintf(site->hq.store, sizeof(site->hq.store), "%s", id);
	site->up = NULL;
	site->hq_fate = NULL;
	site->scattered = false;
}

void site_close(struct site *site)
{
	shop_remove(&site->shop);
	fake_hq_finish(&site->hq);
	pipe_finish(&site->pipe);
}

uint64_t site_chance(struct site *site, uint64_t limit)
{
	return pipe_random(&site->pipe, limit);
}

void site_rough(struct site *site)
{
	site->pipe.loss_percent = (unsigned)site_chance(site, 40);
	site->pipe.double_percent = (unsigned)site_chance(site, 30);
	site->pipe.delay_max_ms = 10 + (int64_t)site_chance(site, 4000);
	site->pipe.ordered = site_chance(site, 2) == 0;
}

void site_mend(struct site *site)
{
	site->pipe.loss_percent = site->pipe.double_percent = 0;
	site->pipe.delay_max_ms = site->pipe.delay_min_ms;
	site->shop.publish_fails = 0;
	shop_connect(&site->shop, true, true);
}

/*
 * HQ takes a letter and answers behind its commit. When it dies before that, nothing has happened
 * but that the letter is gone; when it dies after it, the answer is.
 */
static void hq_take(struct site *site, const struct letter *letter)
{
	enum shop_fate fate = site->hq_fate != NULL ? site->hq_fate(site->context) : SHOP_LIVES;
	bool mute = site->hq.mute;

	if (fate == SHOP_DIES_AT_COMMIT || (site->up != NULL && site->up(site, letter)))
		return;
	site->hq.mute = mute || fate == SHOP_DIES_BEHIND_COMMIT;
	fake_hq_receive(&site->hq, letter->topic, (struct br_str){letter->bytes, letter->n},
		site->shop.boot_ms);
	site->hq.mute = mute;
}

/* Delivers what is due; the bridge takes nothing while it is cut. */
static void letters_deliver(struct site *site)
{
	struct letter letter;

	while (site->shop.bridge && pipe_take(&site->pipe, site->shop.boot_ms, &letter)) {
		char topic[96];

		if (letter.way == PIPE_UP) {
			hq_take(site, &letter);
			continue;
		}
		(void)snprintf(topic, sizeof(topic), "backroom/dn/%s", letter.topic);
		shop_message(&site->shop, topic, (struct br_str){letter.bytes, letter.n});
		if (site->scattered && site_chance(site, 3) == 0)
			shop_turn(&site->shop);
	}
}

static int64_t site_due_ms(const struct site *site)
{
	int64_t due_ms = br_link_due_ms(site->shop.link), hq_ms = fake_hq_due_ms(&site->hq),
		pipe_ms = site->shop.bridge ? pipe_due_ms(&site->pipe) : INT64_MAX;

	if (hq_ms < due_ms)
		due_ms = hq_ms;
	return pipe_ms < due_ms ? pipe_ms : due_ms;
}

static void site_work(struct site *site)
{
	letters_deliver(site);
	fake_hq_tick(&site->hq, site->shop.boot_ms);
	if (br_link_due_ms(site->shop.link) <= site->shop.boot_ms)
		br_link_tick(site->shop.link);
	shop_turn(&site->shop);
}

void site_run_all(struct site *const sites[], unsigned n, int64_t end_ms)
{
	for (;;) {
		int64_t due_ms = INT64_MAX;
		unsigned next = 0;

		for (unsigned i = 0; i < n; i++) {
			int64_t site_ms = site_due_ms(sites[i]);

			if (site_ms < due_ms) {
				due_ms = site_ms;
				next = i;
			}
		}
		if (due_ms > end_ms)
			break;
		for (unsigned i = 0; i < n; i++)
			if (due_ms > sites[i]->shop.boot_ms)
				sites[i]->shop.boot_ms = due_ms;
		site_work(sites[next]);
	}
	for (unsigned i = 0; i < n; i++)
		sites[i]->shop.boot_ms = end_ms;
}

void site_run(struct site *site, int64_t end_ms)
{
	site_run_all(&site, 1, end_ms);
}

bool site_caught_up(const struct site *site)
{
	struct br_link_state state = shop_state(&site->shop);

	return state.condition == BR_LINK_UP && state.backlog == 0 && !state.lanes[0].counting &&
	       !state.lanes[1].counting && !state.lanes[2].counting &&
	       fake_hq_answered(&site->hq) && site->pipe.n == 0 &&
	       (!state.restored || state.hole.closed);
}
