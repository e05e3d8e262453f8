/*
 * The link to HQ: outbox, acks, inbox, epochs and restores (cloud-sync/README.md).
 *
 *	store ── event (previous, k] ──► HQ: covers it, keeps k ── commit ──► ack k ──► store
 *	HQ ── command (HQ's epoch, s) ──► store: mark and effect ── commit ──► answer s ──► HQ
 *
 * The journal's slots 1 to OLD are of the store's first epoch, those behind JUMP of the epoch that
 * a restored store begins: its numbers begin behind all that were ever given. A slot may be an
 * event of another lane; the next one of this lane covers it.
 *
 * Both sides have what they work on (m_, hm_) and what they committed (d_, hd_). A crash puts this
 * over that. A restore, once, on either side, puts a backup (b_, hb_) over both.
 *
 * Mutants: -D and one of the words in the #ifdef below. Each must be found out.
 */
#ifndef OWNS
#define OWNS 2
#endif
#ifndef COMMANDS
#define COMMANDS 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef RESTORED
#define RESTORED STORE
#endif
#define NOBODY 0
#define STORE 1
#define HQ 2

#define JUMP (OWNS + COMMANDS)
#define SLOTS (JUMP + 1 + COMMANDS + JUMP)

/* What a slot holds. */
#define FREE 0
#define OTHER 1		/* an event of another lane */
#define OWN 2		/* what the store did by itself */
#define EFFECT 2	/* + id: what a command did */
#define WITHDRAWN (EFFECT + COMMANDS) /* + k: the old epoch's slot k is void */

#define BIT(k) (1 << (k))
#define HAS(set, k) (((set) & BIT(k)) != 0)
#define IN_LANE(k) (slot[k] >= OWN)

/* What a restored store has forgotten stays in the slots, for HQ may know it. */
byte slot[SLOTS + 1];

/*
 * The store: its last slot, ids of commands done, the old epoch's slots got back and merged or
 * withdrawn, whether all of them are; HQ's epoch and how many of its commands were taken.
 */
byte m_last, m_done, m_merged, m_void, m_hq, m_mark;
byte d_last, d_done, d_merged, d_void, d_hq, d_mark;
byte b_last, b_done, b_hq, b_mark, b_cursor;
bool m_whole = true, d_whole = true;
short confirmed; /* slots that HQ has, as far as the store knows */
byte m_cursor, d_cursor; /* HQ has everything up to here */
bool backed_up, restored;
byte kept; /* a restored store's last slot of the old epoch */

/* HQ: slots covered and kept, whether it knows of the store's new epoch, commands, answers. */
short hm_cover, hm_has, hd_cover, hd_has, hb_cover, hb_has;
bool hm_restored, hd_restored;
byte hm_made, hm_answered, hd_made, hd_answered, hb_made, hb_answered;
bool hq_backed_up;
byte hq;				/* HQ's epoch: 1 after it was restored */
byte hq_before, hq_carried, hq_used; /* ids answered, sent again, ever given, at that moment */

hidden byte j, x; /* a loop's; what an inline works on, which takes no expression */

/* A command keeps its id when it gets another number in HQ's next epoch. */
#ifdef HQ_EPOCH_AGAIN
byte hq_same = COMMANDS;
#define ID(e, s) ((s) <= hq_same -> (s) : hq_used + (s) - hq_same)
#else
#define ID(e, s) \
	((e) == 0 -> (s) : \
	((s) <= hq_carried -> hq_before + (s) : hq_used + (s) - hq_carried))
#endif

/* HQ was restored, and may have less than it once confirmed. */
#define WENT_BACK (RESTORED == HQ && restores)

/* The store's own journal, as committed. */
#define OWNED(k) (restored -> (k) <= kept || ((k) > JUMP && (k) <= d_last) : (k) <= d_last)
#define DONE_N ((HAS(m_done, 1) -> 1 : 0) + (HAS(m_done, 2) -> 1 : 0))
#define OWN_ROOM (!restored && m_last - DONE_N < OWNS)
#define ROOM (restored || m_last < JUMP)
#define HOLE(k) (restored && (k) > kept && (k) <= JUMP)
/* What HQ has of it is taken in order. */
#define HOLE_REST (hd_has & UP_TO(JUMP) & ~UP_TO(kept) & ~m_merged & ~m_void)
#define HOLE_NEXT(k) ((HOLE_REST & UP_TO(k)) == BIT(k))
#define UP_TO(k) (BIT((k) + 1) - 1)

/*
 * The pipe. LOSSY: what was sent arrives any number of times, in any order, until a loss takes it
 * away; who has no answer sends again what is not on its way. Otherwise whatever was committed ever
 * may arrive at any time and any number of times, and there need be no loss, for all that a lost
 * message can do is come late.
 */
short up, acks;
byte down[2], answers[2];
byte losses, crashes;
bool restores;
#ifdef LOSSY
#define AT_HQ(k) HAS(up, k)
#define AT_STORE(k) HAS(acks, k)
#define ACK_SEND(set) acks = acks | (set)
#define COMMAND_AT(e, s) HAS(down[e], s)
#define ANSWER_AT(e, s) HAS(answers[e], s)
#else
#define AT_HQ(k) (IN_LANE(k) && (OWNED(k) || HOLE(k)))
#define AT_STORE(k) (HAS(hd_has | acks, k))
#define ACK_SEND(set) skip
#define COMMAND_AT(e, s) ((s) <= (hq == (e) -> hd_made : (hq > (e) -> hq_used : 0)))
#define ANSWER_AT(e, s) (HAS(answers[e], s) || ((s) <= d_mark && d_hq == (e)))
#endif
#ifdef ACK_BEFORE_COMMIT
#define ACK_EARLY(k) acks = acks | BIT(k)
#else
#define ACK_EARLY(k) skip
#endif
#ifdef NO_SECOND_ACK
#define MAY_ACK_AGAIN false
#else
#define MAY_ACK_AGAIN true
#endif
#ifdef NO_RESEND
short sent;
#define MAY_SEND(k) (!HAS(sent, k))
#define NOTE_SENT(k) sent = sent | BIT(k)
#else
#define MAY_SEND(k) true
#define NOTE_SENT(k) skip
#endif

/* No number has two contents: what was committed once may never be written again. */
inline append(what)
{
	m_last++;
	assert(m_last <= SLOTS && slot[m_last] == FREE);
	slot[m_last] = what
}

/* Nothing is applied twice. */
inline take_effect(id)
{
	assert(!HAS(m_done, id));
	m_done = m_done | BIT(id)
}

#define STORE_DIRTY \
	(m_last != d_last || m_done != d_done || m_merged != d_merged || m_void != d_void || \
	m_hq != d_hq || m_mark != d_mark || m_whole != d_whole || m_cursor != d_cursor)

inline store_commit()
{
	d_last = m_last; d_done = m_done; d_merged = m_merged; d_void = m_void;
	d_hq = m_hq; d_mark = m_mark; d_whole = m_whole; d_cursor = m_cursor
}

inline store_fall_back()
{
	j = m_last;
	do
	:: j > d_last -> slot[j] = FREE; j--
	:: else -> break
	od;
	m_last = d_last; m_done = d_done; m_merged = d_merged; m_void = d_void;
	m_hq = d_hq; m_mark = d_mark; m_whole = d_whole; m_cursor = d_cursor;
	confirmed = UP_TO(d_cursor)
}

/* The backup is put back: a new epoch, whose first event says so. */
inline store_restore()
{
	store_fall_back();
	restores = true;
	/* Answers of before are on their way still. */
	answers[d_hq] = answers[d_hq] | (UP_TO(d_mark) & ~UP_TO(b_mark));
	d_done = b_done; d_hq = b_hq; d_mark = b_mark; d_cursor = b_cursor;
#ifdef NUMBER_AGAIN
	d_last = b_last;
#else
	restored = true;
	kept = b_last;
	d_last = JUMP + 1;
	slot[d_last] = OWN;
#ifndef NO_RECOVERY
	d_whole = false;
#endif
#endif
	m_last = d_last; m_done = d_done; m_hq = d_hq; m_mark = d_mark; m_whole = d_whole;
	m_cursor = d_cursor;
	confirmed = UP_TO(d_cursor);
	b_last = 0; b_done = 0; b_hq = 0; b_mark = 0; b_cursor = 0
}

/* The cursor follows as far as everything is confirmed; it is never beyond what HQ has for good. */
#define NEXT (restored && m_cursor == kept -> JUMP + 1 : m_cursor + 1)
inline cursor_follow()
{
	do
	:: m_cursor < d_last && (!IN_LANE(NEXT) || HAS(confirmed, NEXT)) ->
		m_cursor = NEXT;
		assert(!IN_LANE(m_cursor) || HAS(hd_has, m_cursor) || WENT_BACK)
	:: else -> break
	od
}

active proctype store()
{
end:	do
	:: d_step { OWN_ROOM -> append(OWN) }
	:: d_step { OWN_ROOM -> append(OTHER) }
	:: d_step { STORE_DIRTY -> store_commit() }
	:: d_step { STORE_DIRTY && crashes < CRASHES -> crashes++; store_fall_back() }
	:: d_step { !STORE_DIRTY && confirmed != UP_TO(d_cursor) && crashes < CRASHES ->
		crashes++; store_fall_back() }
	:: d_step { RESTORED == STORE && !backed_up ->
		backed_up = true;
		b_last = d_last; b_done = d_done; b_hq = d_hq; b_mark = d_mark;
		b_cursor = d_cursor }
	:: d_step { backed_up && !restores -> store_restore() }
	/* A hello, at once or at the next interval, and HQ's welcome after its own commit. */
	:: d_step { hm_restored != restored -> hm_restored = restored }
	:: d_step { restored == hd_restored && hm_answered > d_mark && d_hq == hq ->
		hm_answered = d_mark }
	:: d_step { restored == hd_restored && m_hq != hq -> m_hq = hq; m_mark = 0 }
	:: d_step { restored == hd_restored && (confirmed & ~hd_cover) != 0 && WENT_BACK ->
		confirmed = confirmed & hd_cover }
	/* Everything that HQ had of the hole is back. */
	:: d_step { !m_whole && hd_restored &&
		HOLE_REST == 0 ->
		m_whole = true }
	od
}

#define HQ_DIRTY \
	(hm_cover != hd_cover || hm_has != hd_has || hm_restored != hd_restored || \
	hm_made != hd_made || hm_answered != hd_answered)

inline hq_fall_back()
{
	hm_cover = hd_cover; hm_has = hd_has; hm_restored = hd_restored;
	hm_made = hd_made; hm_answered = hd_answered
}

/* An epoch of its own: the numbers of its commands begin again, their ids do not. */
inline hq_restore()
{
	restores = true;
#ifdef HQ_EPOCH_AGAIN
	hq_used = hd_made; hq_same = hb_made;
	hd_made = hb_made; hd_answered = hb_answered;
#else
	hq = 1;
	hq_used = hd_made;
	hq_before = hb_answered;
	hq_carried = hb_made - hb_answered;
	hd_made = hq_carried; hd_answered = 0;
#endif
	acks = acks | (hd_has & ~hb_has); /* on their way still */
	hd_cover = hb_cover; hd_has = hb_has;
	hb_cover = 0; hb_has = 0; hb_made = 0; hb_answered = 0;
	hq_fall_back()
}

active proctype central()
{
end:	do
	:: d_step { hm_made < COMMANDS && ID(hq, hm_made + 1) <= COMMANDS -> hm_made++ }
	:: d_step { HQ_DIRTY ->
		ACK_SEND(hm_has & ~hd_has);
		hd_cover = hm_cover; hd_has = hm_has; hd_restored = hm_restored;
		hd_made = hm_made; hd_answered = hm_answered }
	:: d_step { HQ_DIRTY && crashes < CRASHES -> crashes++; hq_fall_back() }
	:: d_step { RESTORED == HQ && !hq_backed_up ->
		hq_backed_up = true;
		hb_cover = hd_cover; hb_has = hd_has; hb_made = hd_made;
		hb_answered = hd_answered }
	:: d_step { hq_backed_up && !restores -> hq_restore() }
	od
}

#ifdef MERGE_ALL
#define MAY_MERGE(id) true
#else
#define MAY_MERGE(id) (!HAS(m_done, id))
#endif

/* What may happen to slot k on its way, and when it is got back. */
proctype event(byte k)
{
end:	do
#ifdef LOSSY
	:: d_step { OWNED(k) && IN_LANE(k) && !HAS(confirmed, k) && !HAS(up, k) && MAY_SEND(k) ->
		up = up | BIT(k); NOTE_SENT(k) }
	:: d_step { HAS(up, k) && losses < LOSSES -> losses++; up = up & ~BIT(k) }
	:: d_step { HAS(acks, k) && losses < LOSSES -> losses++; acks = acks & ~BIT(k) }
	/* What it has for good HQ confirms again. Of the hole nobody would listen. */
	:: d_step { HAS(up, k) && HAS(hd_has, k) && !HAS(confirmed, k) && !HAS(acks, k) &&
		OWNED(k) && MAY_ACK_AGAIN -> acks = acks | BIT(k) }
#endif
	/* HQ takes nothing more of an epoch that it has left, nor of one it was not greeted in. */
	:: d_step { AT_HQ(k) && !HAS(hm_cover, k) && (k > JUMP -> hm_restored :
		!hm_restored || k <= kept) ->
		hm_has = hm_has | BIT(k);
		j = k;
		do
		:: hm_cover = hm_cover | BIT(j); j--;
			if
			:: j == 0 || (IN_LANE(j) && !HOLE(j)) -> break
			:: else
			fi
		od;
		j = 0;
		ACK_EARLY(k) }
	:: d_step { HAS(acks, k) || (AT_STORE(k) && OWNED(k) && !HAS(confirmed, k)) ->
		acks = acks & ~BIT(k);
		if
		:: OWNED(k) ->
			/* Nothing that is acknowledged is lost. */
			assert(HAS(hd_has, k) || WENT_BACK);
			confirmed = confirmed | BIT(k);
			cursor_follow()
		:: else
		fi }
	/*
	 * HQ gives back what it has of the hole. What a command did that was done again since is
	 * withdrawn, and so is what no longer fits what happened since.
	 */
	:: d_step { HOLE(k) && !m_whole && hd_restored && slot[k] > EFFECT &&
		HOLE_NEXT(k) && MAY_MERGE(slot[k] - EFFECT) ->
		x = slot[k] - EFFECT; take_effect(x); m_merged = m_merged | BIT(k) }
	:: d_step { HOLE(k) && !m_whole && hd_restored && slot[k] > EFFECT &&
		HOLE_NEXT(k) && HAS(m_done, slot[k] - EFFECT) ->
		x = WITHDRAWN + k; append(x); m_void = m_void | BIT(k) }
	:: d_step { HOLE(k) && !m_whole && hd_restored && slot[k] == OWN &&
		HOLE_NEXT(k) -> m_merged = m_merged | BIT(k) }
	:: d_step { HOLE(k) && !m_whole && hd_restored && slot[k] == OWN &&
		HOLE_NEXT(k) -> x = WITHDRAWN + k; append(x); m_void = m_void | BIT(k) }
	od
}

/* What may happen to command s of HQ's epoch e, and to its answer. */
proctype command(byte e, s)
{
end:	do
#ifdef LOSSY
	:: d_step { hq == e && s <= hd_made && s > hd_answered && !HAS(down[e], s) ->
		down[e] = down[e] | BIT(s) }
	:: d_step { HAS(down[e], s) && losses < LOSSES ->
		losses++; down[e] = down[e] & ~BIT(s) }
	:: d_step { HAS(answers[e], s) && losses < LOSSES ->
		losses++; answers[e] = answers[e] & ~BIT(s) }
	/* An answer, for the first time or again. */
	:: d_step { HAS(down[e], s) && d_hq == e && s <= d_mark && hm_answered < s && hq == e &&
		!HAS(answers[e], s) -> answers[e] = answers[e] | BIT(s) }
#endif
	/* In order only; an id that was done is answered, not done again. */
	:: d_step { COMMAND_AT(e, s) && m_hq == e && s == m_mark + 1 && HAS(m_done, ID(e, s)) ->
		m_mark = s }
	:: d_step { COMMAND_AT(e, s) && m_hq == e && s == m_mark + 1 && !HAS(m_done, ID(e, s)) &&
		ROOM ->
		x = ID(e, s); take_effect(x); x = EFFECT + x; append(x); m_mark = s }
#ifdef NO_MARK
	:: d_step { COMMAND_AT(e, s) && m_hq == e && s <= m_mark && ROOM ->
		x = ID(e, s); take_effect(x); x = EFFECT + x; append(x) }
#endif
	:: d_step { ANSWER_AT(e, s) && hq == e && s == hm_answered + 1 ->
		answers[e] = answers[e] & ~BIT(s);
		hm_answered = s }
	/* HQ has counted it, or is another one now. */
	:: d_step { HAS(answers[e], s) && (hq != e || s <= hm_answered) ->
		answers[e] = answers[e] & ~BIT(s) }
	od
}

/* When nothing can happen any more, all is quiet and both sides know the same. */
active proctype quiet()
{
	byte k, id;

end:	timeout -> d_step {
		assert(!STORE_DIRTY && !HQ_DIRTY && hm_restored == restored && m_hq == hq);
		assert(m_whole && hm_answered == hm_made);
		id = 1;
		do
		:: id <= hm_made -> assert(HAS(m_done, ID(hq, id))); id++
		:: else -> break
		od;
		k = 1;
		do
		:: k <= SLOTS ->
			/* HQ has all that the store has, */
			assert(!(OWNED(k) && IN_LANE(k)) ||
				(HAS(hm_has, k) && HAS(confirmed, k)));
			/* and nothing else but what the store has told it to forget. */
			assert(!HAS(hm_has, k) || OWNED(k) || HAS(m_merged | m_void, k));
			k++
		:: else -> break
		od;
		k = 0; id = 0
	}
}

init
{
	atomic {
		j = 1;
		do
		:: j <= SLOTS -> run event(j); j++
		:: else -> break
		od;
		j = 1;
		do
		:: j <= COMMANDS -> run command(0, j); run command(1, j); j++
		:: else -> break
		od;
		j = 0
	}
}
