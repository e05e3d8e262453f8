/*
 * What the files of the tasks share: task.c keeps them, task_walk.c works out those that are not
 * kept, task_decide.c takes the words of people.
 */
#pragma once

#include "node/task.h"

/* True for the kinds that may be kept: inspect, fill, count, call, other. */
bool br_task_kept_kind(enum br_task_kind kind);

/* True when it is kept because the stock's counters say so. */
bool br_task_derived(struct br_txn *txn, enum br_task_kind kind, struct br_str key);

/* Keeps what somebody asked for, with their words and their urgency. */
void br_task_ask(
	struct br_txn *txn, const struct br_event *event, const struct br_task_create *create);

/* How urgent a kind is when nobody said. */
unsigned br_task_kind_priority(enum br_task_kind kind);

/* The tasks that are kept, by kind. False when the visitor wants no more. */
bool br_task_kept_walk(
	struct br_txn *txn, struct br_arena *arena, const struct br_task_visit *visit);
