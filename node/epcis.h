/*
 * Events as GS1 EPCIS 2.0 has them: for systems that follow goods through a supply chain.
 *
 * What the store's events move (movement.h) is said in EPCIS's words: an event of ours becomes one
 * EPCIS event for each kind of movement in it, with all its products in the quantityList.
 *
 *	receive	     ObjectEvent      OBSERVE  receiving	 in_progress
 *	put_away     ObjectEvent      OBSERVE  storing		 sellable_not_accessible
 *	fill	     ObjectEvent      OBSERVE  stocking		 sellable_accessible
 *	count	     ObjectEvent      OBSERVE  cycle_counting	 quantity is what was counted
 *	sale	     ObjectEvent      OBSERVE  retail_selling	 retail_sold		inv
 *	reserve	     TransactionEvent ADD      reserving	 reserved		po
 *	pick, stage  ObjectEvent      OBSERVE  picking, staging_outbound  reserved	po
 *	hand_over    TransactionEvent OBSERVE  retail_selling	 retail_sold		po
 *	return	     ObjectEvent      OBSERVE  receiving	 returned		rma
 *	waste	     ObjectEvent      DELETE   destroying	 disposed
 *	…	     the table in epcis.c
 *	device.summarised, alarm.raised
 *		     ObjectEvent      OBSERVE  sensor_reporting	 what was measured (epcis_sensor.c)
 *	sale_void    the sale's event again, with an errorDeclaration: it did not occur
 *
 * EPCIS has no word for what only changes a number (adjust), for what a supplier announces and for
 * rights: they are left out, and our own events tell them. Products are GS1 Digital Link URIs of
 * their first GTIN, with the lot when it is known; what has only numbers of the store's own is a
 * URN. An event's id follows from its number, so it is the same however often it is asked for.
 *
 * Pure: the event and the transaction in, JSON out.
 */
#pragma once

#include "node/event.h"

/*
 * What one event becomes at most: a line of it is less than 350 bytes in EPCIS's words, and there
 * are 20 lines at most; what stands around a list is less than 1,200, and there are few.
 */
#define BR_EPCIS_BYTES_MAX 20000

struct br_epcis_place {
	struct br_str store; /* the store's id */
	struct br_str gln;   /* its Global Location Number, as br_rule_gln allows; may be empty */
};

/*
 * Writes the event as br_event_to_json() does and, where EPCIS has words for it, the EPCIS events
 * that it is as the member `epcis` of its `data`. 0, or an error kept by the transaction.
 */
BR_MUST_CHECK int br_epcis_event_to_json(const struct br_epcis_place *place, struct br_txn *txn,
	const struct br_event *event, struct br_arena *arena, struct br_json_out *out);

/*
 * Writes the EPCIS events that the event is as elements of the array that is open, none for most.
 * 0, or an error kept by the transaction.
 */
BR_MUST_CHECK int br_epcis_write(const struct br_epcis_place *place, struct br_txn *txn,
	const struct br_event *event, struct br_arena *arena, struct br_json_out *out);

/* True for events that may have EPCIS's words in their `data`. */
bool br_epcis_tells(enum br_event_kind kind);

/*
 * Opens an EPCISDocument, up to its list of events; br_json_out_end() thrice ends it. Between the
 * second and the third members of ours may stand, whose names begin with "backroom:".
 */
void br_epcis_document_begin(struct br_json_out *out, const char *name, int64_t now_ms);
