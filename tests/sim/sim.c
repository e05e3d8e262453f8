/* The mail, the crashes and the clock. */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/correction.h"
#include "node/timer.h"

/* 2026-03-01T10:10:00Z */
#define SIM_NOW_MS INT64_C(1772359800000)
#define YEAR_MS (INT64_C(365) * 86400000)
/* Of 100 commits, so many end in a crash before them and so many in one after them. */
#define CRASHES_BEFORE 6
#define CRASHES_AFTER 6
#define REST_TURNS_MAX 64

unsigned sim_upto(struct sim *sim, unsigned n)
{
	br_assert(n > 0);
	sim->random ^= sim->random >> 12;
	sim->random ^= sim->random << 25;
	sim->random ^= sim->random >> 27;
	return (unsigned)((sim->random * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

void sim_break(struct sim *sim, const char *format, ...)
{
	va_list arguments;

	if (sim->broken[0] != '\0')
		return;
	va_start(arguments, format);
	(void)vsnprintf(sim->broken, sizeof(sim->broken), format, arguments);
	va_end(arguments);
}

static void quotes_turn(char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\'')
			*text = '"';
}

struct sim_letter *sim_write(
	struct sim *sim, const char *actor, const char *type, const char *format, ...)
{
	struct sim_letter *letter = &sim->letters[sim->letter_n % SIM_LETTERS_MAX];
	va_list arguments;
	int n;

	*letter = (struct sim_letter){.answered = false};
	(void)snprintf(letter->id, sizeof(letter->id), "l%u", ++sim->letter_n);
	(void)snprintf(letter->actor, sizeof(letter->actor), "%s", actor);
	(void)snprintf(letter->type, sizeof(letter->type), "%s", type);
	va_start(arguments, format);
	n = vsnprintf(letter->json, sizeof(letter->json), format, arguments);
	va_end(arguments);
	br_assert(n > 0 && n < SIM_JSON_BYTES_MAX);
	quotes_turn(letter->json);
	sim->figures.letters++;
	return letter;
}

/* The answer reaches its sender, unless the process is dying. */
static void answer_hear(void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct sim *sim = owner;
	struct sim_letter *letter = &sim->letters[ticket->number % SIM_LETTERS_MAX];

	if (sim->deaf || strcmp(letter->id, ticket->command) != 0)
		return;
	if (sim->trace)
		printf("  %s %s: %s %s %" PRIu64 " %s\n", letter->id, letter->type,
			br_outcome_words[answer->outcome], br_refusal_words[answer->refusal],
			answer->sequence, answer->message);
	if (answer->outcome == BR_OUTCOME_BUSY || answer->outcome == BR_OUTCOME_CONFLICT)
		return;
	if (letter->answered && (letter->answer.outcome != answer->outcome ||
					letter->answer.refusal != answer->refusal ||
					letter->answer.sequence != answer->sequence))
		sim_break(sim, "letter %s %s was answered %s and now %s", letter->id, letter->type,
			br_outcome_words[letter->answer.outcome],
			br_outcome_words[answer->outcome]);
	if (!letter->answered) {
		sim->figures.accepted += answer->outcome == BR_OUTCOME_ACCEPTED;
		sim->figures.refused += answer->outcome == BR_OUTCOME_REFUSED;
	}
	letter->answered = true;
	letter->answer = *answer;
}

/* A conflict is the only right answer to another body under a known id. */
static void conflict_hear(
	void *owner, const struct br_ticket *ticket, const struct br_answer *answer)
{
	struct sim *sim = owner;

	if (sim->deaf)
		return;
	sim->figures.conflicts++;
	if (answer->outcome != BR_OUTCOME_CONFLICT)
		sim_break(sim, "another body under the id %s was answered %s", ticket->command,
			br_outcome_words[answer->outcome]);
}

/* Hands one command to the core. */
static void submit(struct sim *sim, const struct sim_letter *letter, unsigned number,
	const char *json, bool conflict)
{
	BR_CLEANUP(br_json_cleanup) struct br_json *root = NULL;
	struct br_command command = {.id = br_str_from(letter->id),
		.actor = br_str_from(letter->actor),
		.type = br_command_type_named(br_str_from(letter->type)),
		.happened_ms = letter->happened_ms,
		.now_ms = sim->now_ms};
	struct br_ticket ticket = {
		.deliver = conflict ? conflict_hear : answer_hear, .owner = sim, .number = number};
	struct br_fault fault = {.text = ""};
	struct br_arena arena;
	void *body;

	if (sim->said != NULL && !conflict && command.type != NULL && !command.type->internal)
		(void)fprintf(sim->said, "{\"id\":\"%s\",\"type\":\"%s\",\"data\":%s}\n",
			letter->id, letter->type, json);
	br_arena_init(&arena, 4 << 20);
	body = command.type == NULL ? NULL : br_arena_take(&arena, command.type->shape->size);
	command.body = body;
	if (body == NULL || br_json_parse(br_str_from(json), &root, &fault) < 0 ||
		br_record_from_json(command.type->shape, root, &arena, body, &fault) < 0)
		sim_break(
			sim, "a letter cannot be read: %s %s: %s", letter->type, json, fault.text);
	else if (!br_str_copy(command.id, ticket.command, sizeof(ticket.command)) ||
		 br_core_submit(sim->core, &command, &ticket) < 0)
		sim_break(sim, "the core failed at %s", letter->type);
	br_arena_finish(&arena);
}

static bool store_open(struct sim *sim)
{
	struct br_store_options options = br_ledger_options(false);
	struct br_keys_options keys = {.sync_off = true};
	struct br_fault fault = {.text = ""};
	char path[512];

	/* A crash here is one of the process; the machine and its disk go on. */
	options.sync_off = true;
	(void)snprintf(path, sizeof(path), "%s-keys", sim->path);
	if (br_store_open(sim->path, &options, &sim->store, &fault) == 0 &&
		br_keys_open(path, &keys, &sim->keys, &fault) == 0 &&
		br_core_create(sim->store, sim->keys, &sim->core, &fault) == 0)
		return true;
	sim_break(sim, "the store does not open: %s", fault.text);
	return false;
}

static void store_close(struct sim *sim)
{
	br_core_destroy(BR_TAKE(sim->core));
	br_keys_close(BR_TAKE(sim->keys));
	br_store_close(BR_TAKE(sim->store));
}

/* The process dies and is started again. */
static void crash(struct sim *sim, const char *where)
{
	if (sim->trace)
		printf("  crash %s\n", where);
	sim->figures.crashes++;
	store_close(sim);
	(void)store_open(sim);
}

/* Ends the turn in one of the three ways. */
static void turn_end(struct sim *sim, bool calm)
{
	unsigned fate = calm ? 100 : sim_upto(sim, 100);

	sim->figures.commits++;
	if (fate < CRASHES_BEFORE) {
		crash(sim, "before the commit");
		return;
	}
	sim->deaf = fate < CRASHES_BEFORE + CRASHES_AFTER;
	if (br_core_commit(sim->core) < 0)
		sim_break(sim, "a commit failed");
	if (sim->deaf)
		crash(sim, "after the commit");
	sim->deaf = false;
}

/* Sends a letter; now and then twice, or with another body under its id once it was answered. */
static void letter_send(struct sim *sim, unsigned number)
{
	struct sim_letter *letter = &sim->letters[number % SIM_LETTERS_MAX];

	if (sim->trace && !letter->answered)
		printf("  send %s %s %s\n", letter->id, letter->type, letter->json);
	sim->figures.repeats += letter->answered;
	submit(sim, letter, number, letter->json, false);
	if (sim_upto(sim, 20) == 0)
		submit(sim, letter, number, letter->json, false);
	if (letter->answered && sim_upto(sim, 10) == 0 && strcmp(letter->type, "stock.move") == 0)
		submit(sim, letter, number,
			"{\"sku\":\"S0\",\"kind\":\"receive\",\"quantity\":777}", true);
}

static unsigned letter_oldest(const struct sim *sim)
{
	return sim->letter_n > SIM_LETTERS_MAX ? sim->letter_n - SIM_LETTERS_MAX : 0;
}

/* Sends some of the letters that wait, in no order, and now and then one that was answered. */
static void mail_carry(struct sim *sim)
{
	unsigned oldest = letter_oldest(sim), waiting[SIM_LETTERS_MAX], n = 0;

	for (unsigned i = oldest; i < sim->letter_n; i++)
		if (!sim->letters[i % SIM_LETTERS_MAX].answered)
			waiting[n++] = i;
	for (unsigned sent = 0; sent < 5 && n > 0; sent++) {
		unsigned at = sim_upto(sim, n);

		letter_send(sim, waiting[at]);
		waiting[at] = waiting[--n];
	}
	if (sim_upto(sim, 3) == 0)
		letter_send(sim, oldest + sim_upto(sim, sim->letter_n - oldest));
}

/* What is due by the simulated clock takes effect, as the daemon's schedule does it. */
static void timer_fire(struct sim *sim, struct br_txn *txn)
{
	char at[BR_TIME_TEXT_BYTES];
	struct br_timer timer;

	/* What the clock has done wrong is put right first. */
	if (br_correction_due(br_core_latest_ms(sim->core), sim->now_ms)) {
		(void)sim_write(sim, "timer", "clock.correct", "{'why':'set back'}");
		sim->figures.corrections++;
		return;
	}
	if (!br_timer_next(txn, NULL, &timer) || timer.at_ms > sim->now_ms)
		return;
	br_time_format(timer.at_ms, at);
	(void)sim_write(sim, "timer", br_timer_commands[timer.kind], "{'key':'%s','at':'%s'}",
		timer.key, at);
	sim->figures.timers++;
}

static void clock_go(struct sim *sim)
{
	unsigned kind = sim_upto(sim, 200);

	if (kind == 0)
		sim->now_ms += YEAR_MS;
	else if (kind == 1)
		sim->now_ms -= YEAR_MS;
	else if (kind < 20)
		sim->now_ms += sim_upto(sim, 6 * 3600) * INT64_C(1000);
	else
		sim->now_ms += sim_upto(sim, 60000);
	sim->figures.jumps += kind < 2;
}

/* No letter that waits may be pushed out by new ones: its sender would never give up. */
static bool mail_has_room(const struct sim *sim)
{
	for (unsigned i = 0; i < 8; i++) {
		const struct sim_letter *letter =
			&sim->letters[(sim->letter_n + i) % SIM_LETTERS_MAX];

		if (letter->id[0] != '\0' && !letter->answered)
			return false;
	}
	return true;
}

static void actors_act(struct sim *sim)
{
	BR_CLEANUP(br_txn_cleanup) struct br_txn *txn = NULL;

	if (!mail_has_room(sim))
		return;
	if (br_txn_begin(sim->store, false, &txn) < 0) {
		sim_break(sim, "the store cannot be read");
		return;
	}
	timer_fire(sim, txn);
	for (unsigned i = 1 + sim_upto(sim, 3); i > 0; i--)
		sim_act(sim, txn);
}

/* The number of a letter that still waits, the oldest first; letter_n when none does. */
static unsigned letter_waiting(const struct sim *sim)
{
	unsigned oldest = letter_oldest(sim);

	while (oldest < sim->letter_n && sim->letters[oldest % SIM_LETTERS_MAX].answered)
		oldest++;
	return oldest;
}

/* Nobody writes any more, nothing fails: every letter must get its answer. */
static void rest(struct sim *sim)
{
	for (unsigned turn = 0; turn < REST_TURNS_MAX && sim->broken[0] == '\0'; turn++) {
		unsigned number = letter_waiting(sim);

		if (number == sim->letter_n)
			return;
		for (; number < sim->letter_n; number++)
			if (!sim->letters[number % SIM_LETTERS_MAX].answered)
				letter_send(sim, number);
		turn_end(sim, true);
		sim_check(sim);
	}
	sim_break(sim, "a letter gets no answer");
}

static void step(struct sim *sim)
{
	br_arena_reset(&sim->arena);
	clock_go(sim);
	actors_act(sim);
	mail_carry(sim);
	turn_end(sim, false);
	if (sim->broken[0] == '\0')
		sim_check(sim);
}

bool sim_run(struct sim *sim, const char *path, const char *scratch, uint64_t seed, unsigned steps,
	bool trace)
{
	*sim = (struct sim){.seed = seed,
		.random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1,
		.trace = trace,
		.path = path,
		.scratch = scratch,
		.said = sim->said,
		.epcis = sim->epcis,
		.now_ms = SIM_NOW_MS};
	br_arena_init(&sim->arena, 16 << 20);
	if (store_open(sim)) {
		sim_open_store(sim);
		rest(sim);
		for (unsigned i = 0; i < steps && sim->broken[0] == '\0'; i++) {
			if (trace)
				printf("step %u\n", i);
			step(sim);
		}
		rest(sim);
		if (sim->broken[0] == '\0')
			sim_check_all(sim);
		if (sim->broken[0] == '\0')
			sim_come_back(sim);
	}
	store_close(sim);
	br_arena_finish(&sim->arena);
	return sim->broken[0] == '\0';
}
