/*
 * Orders on a bench: brought into any state by the commands that people would give.
 *
 * A way is a list of words, each a verb with the least body that it needs: "accept pick ready". A
 * digit behind the verb takes so many pieces of line "1" instead of all: "pick1". "expire" lets the
 * order's timer fire. Orders have one line "1" over 3 pieces of A, which any product may replace.
 */
#pragma once

#include "node/order.h"
#include "tests/node/bench.h"

/* Offers the order `name` with this method; more members may follow, such as ",'priority':3". */
void order_offer(struct bench *bench, const char *name, const char *method, const char *more);

/* Gives one word's command. */
enum br_refusal order_do(struct bench *bench, const char *name, const char *word);

/* Goes a way; every word must be accepted. */
void order_go(struct bench *bench, const char *name, const char *way);

struct br_order order_of(struct bench *bench, const char *name);
struct br_order_line order_line_of(struct bench *bench, const char *name, uint32_t index);
