/*
 * Rights: what HQ may promise online without asking the store (cloud-sync/README.md).
 *
 *	store ── GRANT, RECALL, TAKEN (numbered events) ──► HQ: may spend
 *	HQ ── ORDER, AGREED, REFUSED (numbered commands) ──► store
 *
 * All quantities are single units. The store has STOCK of them; it promises some itself, grants
 * rights of others, and tills sell or people miss what they like: that is a fact, and when a
 * promise is broken by it, the breach is recorded with it. HQ spends a right by placing an order.
 * The store asks for rights back by an event; HQ takes one out of what it may spend and says so in
 * one commit, or says that it is spent; only then the store has it back.
 *
 * Both sides have what they work on (m_, hm_) and what they committed (d_, hd_); a crash puts that
 * over this. The store is restored once from an older backup (b_): it gets back from HQ what the
 * backup did not know, before it grants anything or takes commands.
 *
 * The pipe: whatever was committed may arrive at any time, in any order, any number of times, or
 * never. That what is missing is sent again is link.pml's matter.
 *
 * Mutants: -D and one of the words in the #ifdef below. Each must be found out.
 */
#ifndef STOCK
#define STOCK 2
#endif
#ifndef EVENTS
#define EVENTS 3 /* in each epoch of the store */
#endif
#ifndef ORDERS
#define ORDERS 2
#endif
#ifndef RECALLS
#define RECALLS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif

#define FREE 0
#define GRANT 1
#define RECALL 2
#define TAKEN 3
#define SLOTS (2 * EVENTS) /* the second epoch's numbers are behind EVENTS */

#define ORDER 1
#define AGREED 2
#define REFUSED 3
#define COMMANDS (ORDERS + RECALLS)

#define BIT(k) (1 << (k))
#define HAS(set, k) (((set) & BIT(k)) != 0)
#define UP_TO(k) (BIT((k) + 1) - 1)

/* What the numbers stand for; a crash wipes what was not committed. */
byte event[SLOTS + 1], command[COMMANDS + 1];

/* The store. breached: units promised that facts have taken. asked: recalls without an answer. */
byte m_on_hand = STOCK, m_reserved, m_rights, m_breached, m_asked, m_mark, m_last;
byte d_on_hand = STOCK, d_reserved, d_rights, d_breached, d_asked, d_mark, d_last;
byte b_on_hand, b_reserved, b_rights, b_breached, b_asked, b_mark, b_last;
bool m_whole = true, d_whole = true; /* nothing is to be got back from HQ */
/* Before all was back, facts happened or the store promised something itself. */
bool m_blind, d_blind;
bool backed_up, restored;
byte recalls;
byte merged; /* events of the hole that are back */
byte d_merged;

/* HQ: what it may spend, events taken, commands made, whether it knows of the second epoch. */
byte hm_may, hm_has, hm_made, hm_recalls, hd_may, hd_has, hd_made, hd_recalls;
bool hm_restored, hd_restored;
byte crashes;
/* What was ever granted, and spent for good. */
byte granted, spent;
hidden byte j, n;

/* Numbers of the store's own journal, as committed; and those that its backup forgot. */
#define OWNED(k) (restored -> (k) <= b_last || ((k) > EVENTS && (k) <= d_last) : (k) <= d_last)
#define HOLE(k) (restored && (k) > b_last && (k) <= EVENTS && event[k] != FREE)
#define ROOM (restored -> m_last < SLOTS : m_last < EVENTS)
#define PROMISED (m_reserved + m_rights)

#define STORE_DIRTY \
	(m_on_hand != d_on_hand || m_reserved != d_reserved || m_rights != d_rights || \
	m_asked != d_asked || m_mark != d_mark || m_last != d_last || m_whole != d_whole || \
	m_blind != d_blind || merged != d_merged)

inline store_commit()
{
	j = d_last + 1;
	do
	:: j <= m_last -> granted = granted + (event[j] == GRANT -> 1 : 0); j++
	:: else -> break
	od;
	d_on_hand = m_on_hand; d_reserved = m_reserved; d_rights = m_rights;
	d_breached = m_breached; d_asked = m_asked; d_mark = m_mark; d_last = m_last;
	d_whole = m_whole; d_blind = m_blind; d_merged = merged
}

inline store_fall_back()
{
	j = m_last;
	do
	:: j > d_last -> event[j] = FREE; j--
	:: else -> break
	od;
	m_on_hand = d_on_hand; m_reserved = d_reserved; m_rights = d_rights;
	m_breached = d_breached; m_asked = d_asked; m_mark = d_mark; m_last = d_last;
	m_whole = d_whole; m_blind = d_blind; merged = d_merged
}

inline store_restore()
{
	store_fall_back();
	restored = true;
	d_on_hand = b_on_hand; d_reserved = b_reserved; d_rights = b_rights;
	d_breached = b_breached; d_asked = b_asked; d_mark = b_mark;
	d_last = EVENTS;
	d_whole = false;
	m_on_hand = d_on_hand; m_reserved = d_reserved; m_rights = d_rights;
	m_breached = d_breached; m_asked = d_asked; m_mark = d_mark; m_last = d_last;
	m_whole = d_whole
}

/* A fact has taken a unit, or given back a promise: what is broken by it is recorded with it. */
inline breach_record()
{
	m_breached = (PROMISED > m_on_hand + m_breached -> PROMISED - m_on_hand : m_breached)
}

/*
 * Nothing is promised twice: what is promised is there, or a fact has taken it and that was
 * recorded. And no more was ever spent than granted.
 */
inline check()
{
	assert(PROMISED <= m_on_hand + m_breached);
	assert(spent <= granted)
#ifndef PROMISES_ONLY
	;
	/* Each right is in one place: at HQ, or on its way to it, or on its way back. */
	if
	:: m_whole ->
		n = hm_may;
		j = 1;
		do
		:: j <= SLOTS ->
			n = n + ((event[j] == GRANT && !HAS(hm_has, j) && (restored ->
				j <= b_last || (j > EVENTS && j <= m_last) : j <= m_last)) -> 1 : 0);
			j++
		:: else -> break
		od;
		j = m_mark + 1;
		do
		:: j <= hm_made ->
			n = n + (command[j] == ORDER || command[j] == AGREED -> 1 : 0);
			j++
		:: else -> break
		od;
		assert(n == m_rights);
		n = 0;
		j = 0
	:: else
	fi
#endif
}

#ifdef GRANT_UNLOOKED
#define FREE_UNIT true
#else
#define FREE_UNIT (m_on_hand > PROMISED)
#endif
#ifdef GRANT_EARLY
#define MAY_GRANT true
#else
#define MAY_GRANT m_whole
#endif
#ifdef NO_HANDSHAKE
#define BACK_AT_RECALL 1
#else
#define BACK_AT_RECALL 0
#endif

active proctype store()
{
end:	do
	:: d_step { ROOM && MAY_GRANT && FREE_UNIT ->
		m_last++; event[m_last] = GRANT; m_rights++; check() }
	:: d_step { m_on_hand > PROMISED ->
		m_reserved++; m_blind = m_blind || !m_whole; check() }
	:: d_step { ROOM && m_on_hand > 0 ->
		m_last++; event[m_last] = TAKEN;
		m_on_hand--; m_blind = m_blind || !m_whole; breach_record(); check() }
	:: d_step { ROOM && m_whole && m_rights > 0 && m_asked == 0 && recalls < RECALLS ->
		recalls++;
		m_last++; event[m_last] = RECALL; m_asked++;
		m_rights = m_rights - BACK_AT_RECALL; check() }
#ifdef TIMER
	:: d_step { m_rights > 0 -> m_rights--; check() }
#endif
	:: d_step { STORE_DIRTY -> store_commit(); check() }
	:: d_step { STORE_DIRTY && crashes < CRASHES -> crashes++; store_fall_back(); check() }
	:: d_step { !backed_up ->
		backed_up = true;
		b_on_hand = d_on_hand; b_reserved = d_reserved; b_rights = d_rights;
		b_breached = d_breached; b_asked = d_asked; b_mark = d_mark; b_last = d_last }
	:: d_step { backed_up && !restored -> store_restore(); check() }
	:: d_step { !m_whole && hd_restored &&
		(hd_has & UP_TO(EVENTS) & ~UP_TO(b_last) & ~merged) == 0 ->
		m_whole = true; check() }
	od
}

#ifdef WITHDRAW_GRANT
#define GRANTED_BACK 0
#else
#define GRANTED_BACK 1
#endif

/* What may happen to the event of slot k: HQ takes it, and a restored store gets it back. */
proctype up(byte k)
{
end:	do
	:: d_step { event[k] != FREE && (OWNED(k) || HOLE(k)) && !HAS(hm_has, k) &&
		(k > EVENTS -> hm_restored : !hm_restored || k <= b_last) ->
		hm_has = hm_has | BIT(k);
		if
		:: event[k] == GRANT -> hm_may++
		:: event[k] == RECALL && hm_may > 0 ->
			/* One step: out of what may be spent, and said. */
#ifndef HQ_KEEPS
			hm_may--;
#endif
			hm_recalls++; hm_made++; command[hm_made] = AGREED
		:: event[k] == RECALL && hm_may == 0 ->
			hm_recalls++; hm_made++; command[hm_made] = REFUSED
		:: else
		fi;
		check() }
	:: d_step { HOLE(k) && !m_whole && hd_restored && HAS(hd_has, k) && !HAS(merged, k) ->
		merged = merged | BIT(k);
		if
		:: event[k] == GRANT -> m_rights = m_rights + GRANTED_BACK
		:: event[k] == RECALL -> m_asked++
		:: event[k] == TAKEN ->
			m_on_hand = (m_on_hand > 0 -> m_on_hand - 1 : 0); m_blind = true
		fi;
		/*
		 * What was promised or taken since knew nothing of it, and HQ's agreements since the
		 * backup are still to come again. Grants could wait, so they are no excuse.
		 */
		assert(PROMISED <= m_on_hand + m_breached || m_blind || m_mark < hm_made);
		breach_record();
		check() }
	od
}

#ifdef SEND_BEFORE_COMMIT
#define SENT hm_made
#else
#define SENT hd_made
#endif
#ifdef NO_MARK
#define TURN(s) ((s) <= m_mark + 1)
#else
#define TURN(s) ((s) == m_mark + 1)
#endif
#ifdef COMMANDS_EARLY
#define MAY_TAKE true
#else
#define MAY_TAKE m_whole
#endif

/* What may happen to HQ's command s at the store. */
proctype down(byte s)
{
end:	do
	:: d_step { s <= SENT && TURN(s) && MAY_TAKE ->
		m_mark = (s > m_mark -> s : m_mark);
		if
		:: command[s] == ORDER ->
			/* A customer was promised it: there must be a right for it. */
			assert(m_rights > 0);
			m_rights--; m_reserved++
		:: command[s] == AGREED ->
			assert(m_asked > 0 && m_rights >= 1 - BACK_AT_RECALL);
			m_asked--;
			m_rights = m_rights - (1 - BACK_AT_RECALL)
		:: command[s] == REFUSED -> assert(m_asked > 0); m_asked--
		fi;
		check() }
	od
}

#define HQ_DIRTY \
	(hm_may != hd_may || hm_has != hd_has || hm_made != hd_made || hm_restored != hd_restored)

active proctype central()
{
end:	do
	:: d_step { hm_may > 0 && hm_made - hm_recalls < ORDERS ->
		hm_may--; hm_made++; command[hm_made] = ORDER; check() }
	:: d_step { hm_restored != restored -> hm_restored = restored }
	:: d_step { HQ_DIRTY ->
		j = hd_made + 1;
		do
		:: j <= hm_made -> spent = spent + (command[j] == ORDER -> 1 : 0); j++
		:: else -> break
		od;
		hd_may = hm_may; hd_has = hm_has; hd_made = hm_made; hd_recalls = hm_recalls;
		hd_restored = hm_restored;
		check() }
	:: d_step { HQ_DIRTY && crashes < CRASHES ->
		crashes++;
		j = hm_made;
		do
		:: j > hd_made -> command[j] = FREE; j--
		:: else -> break
		od;
		hm_may = hd_may; hm_has = hd_has; hm_made = hd_made; hm_recalls = hd_recalls;
		hm_restored = hd_restored;
		check() }
	od
}

/* When nothing can happen any more, all is quiet and both sides mean the same rights. */
active proctype quiet()
{
	byte k;

end:	timeout -> d_step {
		assert(!STORE_DIRTY && !HQ_DIRTY && m_whole && hm_restored == restored);
		assert(m_mark == hm_made && m_asked == 0 && m_rights == hm_may);
		k = 1;
		do
		:: k <= SLOTS -> assert(event[k] == FREE || !OWNED(k) || HAS(hm_has, k)); k++
		:: else -> break
		od;
		k = 0
	}
}

init
{
	atomic {
		j = 1;
		do
		:: j <= SLOTS -> run up(j); j++
		:: else -> break
		od;
		j = 1;
		do
		:: j <= COMMANDS -> run down(j); j++
		:: else -> break
		od;
		j = 0
	}
}
