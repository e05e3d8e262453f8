/*
 * What HQ decides over all its stores: which store an online order goes to, and what becomes of the
 * rights that the stores grant. Written from the contract alone. The parts of HQ that know each
 * store are the sites' own (fake_hq.h); the office hears of their events and gives them commands.
 *
 *	rights.granted  ──► may + quantity
 *	rights.recalled ──► what is unspent: may − back, rights.revoke; nothing is: rights.keep
 *
 *	wish ── spends a right, or asks for goods ──► order.offer, order.accept ──► served
 *	  ▲                 the store wants it filled elsewhere, or refuses it │
 *	  └── the store has cancelled: the next store ◄────── order.cancel ◄───┘
 *
 * So one wish is alive at one store at most. Facts (what events say) are taken whenever they come;
 * decisions are made from facts alone, so HQ may die anywhere. An HQ that was restored has
 * forgotten facts and decisions: it decides nothing before it is level with every store again
 * (fake_hq_level()), for whatever it had decided shows in their events, or never will.
 */
#pragma once

#include "tests/cloud-sync/desk.h"
#include "tests/cloud-sync/site.h"

#define OFFICE_SITES_MAX 4
#define OFFICE_SKUS 3 /* "A", "B", "C" */
#define OFFICE_WISHES_MAX 96
#define OFFICE_PAPERS_MAX 256
#define OFFICE_ATTEMPTS_MAX 6

/* A right that was spent or given back: by the order's or the recall's name, so that it counts once
 * whether HQ remembers it or hears of it again. */
struct office_paper {
	char name[72];
	unsigned sku;
	int64_t quantity; /* 1/1000 */
	bool told;	  /* HQ knows it from an event alone: it goes when that is withdrawn */
};

struct office_recall {
	char name[72];
	unsigned sku;
	int64_t quantity;
	bool asked, answered;
};

/* HQ's knowledge of one store. */
struct office_account {
	int64_t granted[OFFICE_SKUS];
	struct office_paper papers[OFFICE_PAPERS_MAX];
	unsigned paper_n;
	struct office_recall recalls[OFFICE_PAPERS_MAX];
	unsigned recall_n;
};

enum office_state { OFFICE_NEW, OFFICE_PLACED, OFFICE_ENDING, OFFICE_SERVED, OFFICE_GIVEN_UP };

/* What a shopper wants; its order at a store is called "W<number>-<attempt>". */
struct office_wish {
	unsigned number, sku, quantity;
	enum office_state state;
	unsigned attempt, site; /* of the last order */
	bool rights;		/* the last order spends some */
	unsigned accept;	/* its command's place in the outbox, and one; 0 = none */
	unsigned cancel;
	bool accepted, ended, unwanted; /* the store's word about it */
};

/* All that HQ's database holds beside its copies of the stores. */
struct office_book {
	unsigned commands, wish_n, wishes_made;
	struct desk desk;
	struct office_account accounts[OFFICE_SITES_MAX];
	struct office_wish wishes[OFFICE_WISHES_MAX];
};

struct office;

/* Through which the office hears of one store. */
struct office_ear {
	struct office *office;
	unsigned site;
};

struct office {
	struct office_book book, copy_book;
	struct fake_hq *copies; /* of each site; owned, NULL until there is a backup */
	struct site *const *sites;
	unsigned site_n;
	struct office_ear ears[OFFICE_SITES_MAX];
	unsigned generation; /* of HQ's epochs, over all restores */
	uint64_t seed, random;
	/* HQ takes whatever it decides by; else it may refuse that, too. */
	bool settled;
	unsigned placed, resourced, given_up, returns;
	char broken[200]; /* what may not happen at HQ; empty while all is well */
};

/* The sites are open already, with HQ's first epoch, and outlive the office. */
void office_init(struct office *office, struct site *const sites[], unsigned site_n, uint64_t seed);
void office_finish(struct office *office);

/* HQ's epoch of a generation, from 1. */
void office_epoch(uint64_t seed, unsigned generation, char ret_epoch[17]);

/* Somebody orders something online. */
void office_wish(struct office *office, unsigned sku, unsigned quantity);

/* Something changes in the catalogue or its prices; in all stores. */
void office_price(struct office *office);

/*
 * A restored HQ takes back what it has forgotten that it ever commanded: whatever of catalogue and
 * prices the store has otherwise, as a comparison would find it. Returns how much that was.
 */
unsigned office_repair(struct office *office, unsigned site);

/* Decides what can be decided. */
void office_work(struct office *office);

/* Has nothing more to decide. */
bool office_quiet(const struct office *office);

/* What HQ may still promise of a store's product, in 1/1000. */
int64_t office_may(const struct office *office, unsigned site, unsigned sku);

/* HQ's database is copied; and put back, under a new epoch. False when there is no copy. */
void office_backup(struct office *office);
bool office_return(struct office *office);
