#include "cloud-sync/stretch.h"

#include <string.h>

static void invariant_check(const struct br_stretches *set)
{
	br_assert(set->n <= BR_STRETCHES_MAX);
	for (unsigned i = 0; i < set->n; i++) {
		br_assert(set->pieces[i].after < set->pieces[i].until);
		br_assert(i == 0 || set->pieces[i - 1].until <= set->pieces[i].after);
	}
}

/* Puts `with` (0 to 2 pieces) where `n` pieces from `at` on were. */
static void pieces_replace(struct br_stretches *set, unsigned at, unsigned n,
	const struct br_stretch *with, unsigned with_n)
{
	br_assert(at + n <= set->n && set->n - n + with_n <= BR_STRETCHES_MAX);
	memmove(set->pieces + at + with_n, set->pieces + at + n,
		(set->n - at - n) * sizeof(set->pieces[0]));
	for (unsigned i = 0; i < with_n; i++)
		set->pieces[at + i] = with[i];
	set->n = set->n - n + with_n;
}

bool br_stretches_add(struct br_stretches *set, uint64_t after, uint64_t until)
{
	struct br_stretch joined = {after, until};
	unsigned at = 0, n = 0;

	br_assert(after < until);
	while (at < set->n && set->pieces[at].until < after)
		at++;
	while (at + n < set->n && set->pieces[at + n].after <= until)
		n++;
	if (n == 0 && set->n == BR_STRETCHES_MAX)
		return false;
	if (n > 0 && set->pieces[at].after < after)
		joined.after = set->pieces[at].after;
	if (n > 0 && set->pieces[at + n - 1].until > until)
		joined.until = set->pieces[at + n - 1].until;
	pieces_replace(set, at, n, &joined, 1);
	invariant_check(set);
	return true;
}

bool br_stretches_remove(struct br_stretches *set, uint64_t after, uint64_t until)
{
	struct br_stretch left[2];
	unsigned at = 0, n = 0, left_n = 0;

	if (after >= until)
		return false;
	while (at < set->n && set->pieces[at].until <= after)
		at++;
	while (at + n < set->n && set->pieces[at + n].after < until)
		n++;
	if (n == 0)
		return false;
	if (set->pieces[at].after < after)
		left[left_n++] = (struct br_stretch){set->pieces[at].after, after};
	if (set->pieces[at + n - 1].until > until)
		left[left_n++] = (struct br_stretch){until, set->pieces[at + n - 1].until};
	br_assert(left_n <= 2);
	if (set->n - n + left_n > BR_STRETCHES_MAX)
		return false;
	pieces_replace(set, at, n, left, left_n);
	invariant_check(set);
	return true;
}

bool br_stretches_part(struct br_stretches *set, uint64_t at)
{
	unsigned i = 0;

	while (i < set->n && set->pieces[i].until <= at)
		i++;
	if (i == set->n || set->pieces[i].after >= at || set->n == BR_STRETCHES_MAX)
		return false;
	pieces_replace(set, i, 1,
		(struct br_stretch[]){{set->pieces[i].after, at}, {at, set->pieces[i].until}}, 2);
	invariant_check(set);
	return true;
}

bool br_stretches_cover(const struct br_stretches *set, uint64_t after, uint64_t until)
{
	br_assert(after < until && set->n <= BR_STRETCHES_MAX);
	for (unsigned i = 0; i < set->n; i++)
		if (set->pieces[i].after <= after && until <= set->pieces[i].until)
			return true;
	return false;
}
