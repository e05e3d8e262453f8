#include "node/wiring_contract.h"

#include "node/till_request.h"

#define OBJECT(PROPERTIES, REQUIRED) \
	"{\"type\":\"object\",\"properties\":{" PROPERTIES "},\"required\":[" REQUIRED "]}"
#define STRING(NAME) "\"" NAME "\":{\"type\":\"string\"}"
/* null: it was erased. */
#define ERASABLE(NAME) "\"" NAME "\":{\"type\":[\"string\",\"null\"]}"
#define INTEGER(NAME) "\"" NAME "\":{\"type\":\"integer\"}"
#define NUMBER(NAME) "\"" NAME "\":{\"type\":\"number\"}"
#define TRUTH(NAME) "\"" NAME "\":{\"type\":\"boolean\"}"
#define LIST(NAME) "\"" NAME "\":{\"type\":\"array\"}"
#define ANY(NAME) "\"" NAME "\":{}"

/* The schemas are laid out by hand, one member after the other as the messages have them. */
/* clang-format off */
#define TILL_REPLY \
	OBJECT("\"id\":{\"type\":[\"string\",\"null\"]}," STRING("outcome") "," \
		INTEGER("sequence") "," STRING("code") "," STRING("message") "," STRING("warning") \
		",\"lines\":{\"type\":[\"integer\",\"array\"]}," NUMBER("total") "," \
		NUMBER("cash") "," STRING("sku") "," STRING("name") "," NUMBER("quantity") "," \
		NUMBER("amount") "," \
		STRING("lot") "," STRING("expiry") "," NUMBER("price") "," STRING("currency") "," \
		NUMBER("regular_price") "," TRUTH("promotion") "," NUMBER("lowest_30d") "," \
		STRING("until") "," TRUTH("override") "," STRING("next_from") "," \
		NUMBER("next_price") "," NUMBER("unit_price") "," STRING("unit_price_base") "," \
		NUMBER("on_hand") "," NUMBER("available") "," NUMBER("reserved") "," \
		"\"parked\":{\"type\":[\"string\",\"array\"]}," STRING("till") "," \
		STRING("associate") "," ERASABLE("note") "," STRING("since") "," \
		STRING("taken_by") "," STRING("date") "," LIST("totals") "," \
		LIST("promised") "," STRING("order") "," STRING("state") "," STRING("method") "," \
		STRING("payment") "," ERASABLE("person") "," STRING("location") "," STRING("bay") \
		"," TRUTH("code_needed"), \
		"\"id\",\"outcome\"")

#define BATCH \
	OBJECT(STRING("store") "," STRING("epoch") "," STRING("lane") "," INTEGER("prev_seq") "," \
		INTEGER("first_seq") "," INTEGER("last_seq") "," INTEGER("n") "," \
		INTEGER("thinned") "," STRING("crc32c") \
		",\"events\":{\"type\":\"array\",\"maxItems\":256,\"items\":" \
		"{\"$ref\":\"#/components/schemas/event\"}}", \
		"\"store\",\"epoch\",\"lane\",\"prev_seq\",\"first_seq\",\"last_seq\",\"n\"," \
		"\"crc32c\",\"events\"")

#define UP_CONTROL \
	OBJECT("\"type\":{\"enum\":[\"hello\",\"ack\",\"check\",\"recover\",\"ranges\"," \
		"\"certificate_request\"]}," STRING("store") "," STRING("epoch") "," \
		STRING("id") "," INTEGER("since") "," STRING("version") "," \
		STRING("hq_epoch") "," ANY("lanes") "," \
		ANY("down") "," INTEGER("until") "," STRING("time") "," STRING("hlc") "," \
		STRING("lane") "," \
		INTEGER("cum_seq") "," \
		LIST("results") "," STRING("session") "," INTEGER("round") "," \
		STRING("view") "," \
		STRING("key") "," INTEGER("after") "," LIST("ranges") "," LIST("differ") "," \
		STRING("request"), \
		"\"type\"")

#define DOWN_CONTROL \
	OBJECT("\"type\":{\"enum\":[\"ack\",\"welcome\",\"refused\",\"recovered\"," \
		"\"verdict\",\"checked\",\"ranges\"," \
		"\"reconcile\",\"certificate\",\"certificate_refused\"]}," STRING("epoch") "," \
		STRING("certificate") "," LIST("addresses") "," STRING("message") "," \
		STRING("id") "," STRING("time") "," STRING("hlc") "," \
		STRING("lane") "," INTEGER("cum_seq") "," LIST("nack") "," INTEGER("credit") "," \
		STRING("hq_epoch") "," ANY("lanes") "," STRING("session") "," \
		INTEGER("round") "," \
		STRING("view") "," ANY("at") "," LIST("answers") "," INTEGER("repairs") "," \
		STRING("refused") "," TRUTH("wait") "," LIST("views") "," LIST("have") "," \
		STRING("code") "," INTEGER("after") "," INTEGER("until") "," \
		INTEGER("told") "," ANY("whole") "," TRUTH("end") "," LIST("events"), \
		"\"type\"")

#define COMMANDS \
	OBJECT(STRING("hq_epoch") "," STRING("lane") "," INTEGER("prev_seq") "," \
		INTEGER("head") "," STRING("hlc") \
		",\"commands\":{\"type\":\"array\",\"maxItems\":256,\"items\":" \
		OBJECT(INTEGER("hq_seq") "," STRING("id") "," STRING("type") "," ANY("data"), \
			"\"hq_seq\",\"id\",\"type\",\"data\"") "}", \
		"\"hq_epoch\",\"lane\",\"prev_seq\",\"commands\"")

#define AP_STATE \
	OBJECT(TRUTH("on") "," INTEGER("boot") "," STRING("model") "," STRING("fw") "," \
		INTEGER("q_max") "," INTEGER("q_free") "," INTEGER("win") "," INTEGER("msg_max") \
		"," LIST("enc") "," LIST("can") "," INTEGER("labels") "," INTEGER("up"), \
		"\"on\"")

#define AP_SEEN \
	"{\"type\":\"array\",\"maxItems\":50,\"items\":" \
	OBJECT(STRING("l") "," STRING("type") "," INTEGER("rssi") "," INTEGER("lqi") "," \
		INTEGER("mv") "," INTEGER("tc") "," ANY("shown") "," INTEGER("next") "," \
		INTEGER("pend"), \
		"\"l\"") "}"

#define AP_ACK \
	OBJECT(STRING("job") "," INTEGER("rev") ",\"st\":{\"enum\":[\"queued\",\"sending\"," \
		"\"shown\",\"failed\",\"superseded\",\"expired\",\"refused\"]}," STRING("err") \
		"," INTEGER("retry_s") "," ANY("shown") "," INTEGER("tries") "," INTEGER("ms") "," \
		INTEGER("mv") "," INTEGER("rssi"), \
		"\"job\",\"st\"")
/* clang-format on */

const struct br_contract_channel br_wiring_channels[] = {
	{"tillRequest", "backroom/v1/till/{till}/request", true, 1, false, "A till asks",
		"At most 256 KiB; the till sends it again, with the same id and body, until it "
		"has the reply. sale: lines, each with barcode or sku, quantity and price; one "
		"without a price is charged what counted when it happened; parked ends a parked "
		"sale. return: lines, and sale (with sale_till, if it was another one) when the "
		"sale is known: then no unit comes back twice. void: sale, as a whole. adjust: "
		"barcode or sku, and quantity. park: parked (a name) and lines. unpark: parked, "
		"with drop when nobody goes on with it. hand_over: order, or surname and code; "
		"with code, or waived and why. price, stock: barcode or sku. order: order. parked: "
		"all, or one by parked. totals: of this till on a date of the store. Texts with "
		"the "
		"number of a payment card are refused.",
		&br_till_request_shape, NULL},
	{"tillReply", "backroom/v1/till/{till}/reply", false, 1, false, "The answer to a till",
		"Leaves after the commit. A repeated id gets the first reply; the same id with "
		"another body is a conflict, which is reported. An answer is final, a refusal "
		"too: correct it and send it under a new id. A look-up is found or refused and "
		"not kept. A warning tells that a sale took what is promised.",
		NULL, TILL_REPLY},
	{"event", "backroom/v1/event/{noun}/{what}", false, 1, false, "What has happened",
		"Every committed event, at least once; the id tells repeats.", NULL, NULL},
	{"upOrders", "backroom/up/orders", false, 1, false, "Orders, to the central system",
		"A batch of at most 256 events and 64 kB. At the central system's broker the topic "
		"is "
		"up/<shard>/<store>/orders, where <shard> is the first two hexadecimal digits of "
		"the "
		"SHA-256 of the store's id. `crc32c` covers the bytes of `events` from [ to ], and "
		"`events` is the last member. It is the whole of its lane between prev_seq and "
		"last_seq, and may come before what is in front of it: the central system keeps "
		"what it has of a lane, and answers with cum_seq and the pieces beyond it.",
		NULL, BATCH},
	{"upStock", "backroom/up/stock", false, 1, false, "Stock, to the central system",
		"As orders.", NULL, BATCH},
	{"upTelemetry", "backroom/up/telemetry", false, 1, false,
		"Telemetry, to the central system",
		"As orders: devices, alarms, what labels show and what sensors measured. It waits "
		"for the "
		"other lanes, and may leave out old events of the last two: `thinned` says how "
		"many between "
		"prev_seq and last_seq, which count as had.",
		NULL, BATCH},
	{"upControl", "backroom/up/ctl", false, 1, false, "Control, to the central system",
		"hello at every connection and each 30 s; ack of the central system's commands "
		"with "
		"the result of each; recover asks for what a restored store has forgotten; "
		"ranges compares a view with the central system's, or tells "
		"the keys of it that differ.",
		NULL, UP_CONTROL},
	{"downControl", "backroom/dn/ctl", true, 1, false, "Control, from the central system",
		"welcome answers a hello, with the central system's own time and stamp; ack says "
		"up to which sequence everything is durable "
		"there. "
		"Nothing else moves the store's cursors. refused: this epoch of the store is "
		"not followed, `code` says why. recovered answers recover, with what the central "
		"system has of a restored store's past. verdict names events that it refuses for "
		"good, or takes after all, until it has the store's event of that; event.resent "
		"has it judge one anew. ranges answers a "
		"comparison; reconcile "
		"asks for one, of the views named or of all.",
		NULL, DOWN_CONTROL},
	{"downOrders", "backroom/dn/orders", true, 1, false, "Orders, from the central system",
		"Commands numbered densely from 1 in each lane; `head` is the last one there "
		"is, for the progress of a first contact. Each is sent again until its "
		"result is there: a cum_seq or a hello's `down` that is further on is none.",
		NULL, COMMANDS},
	{"downCatalog", "backroom/dn/catalog", true, 1, false, "Catalogue, from the central system",
		"As orders, for products and prices.", NULL, COMMANDS},
	{"bridgeState", "$SYS/broker/connection/{bridge}/state", true, 1, true, "Is the bridge up?",
		"The broker's own notification: 1 or 0.", NULL, "{\"enum\":[0,1]}"},
	{"accessPointState", "brap/1/{ap}/state", true, 1, true, "An access point",
		"Retained, with {\"on\":false} as its will. `boot` is new at each start.", NULL,
		AP_STATE},
	{"accessPointTypes", "brap/1/{ap}/types", true, 1, true, "The displays it serves",
		"{displays: {type: {w, h, planes, palette, rot, enc}}}.", NULL,
		OBJECT(ANY("displays"), "\"displays\"")},
	{"accessPointSeen", "brap/1/{ap}/seen", true, 0, false, "Labels that checked in",
		"At most 50. `shown` is the hash of the picture on the glass, or null.", NULL,
		AP_SEEN},
	{"accessPointAck", "brap/1/{ap}/ack/{label}", true, 1, false, "What became of a job",
		"`shown` means that the panel's refresh has ended.", NULL, AP_ACK},
	{"accessPointEvent", "brap/1/{ap}/event/{label}", true, 1, false, "Something at a label",
		"Buttons, NFC, start, low battery.", NULL, OBJECT(STRING("ev"), "\"ev\"")},
	{"accessPointJob", "brap/1/{ap}/job/{label}", false, 1, false, "A picture for a label",
		"Binary: length of the header (u16, big-endian), JSON header, picture. `sha256` is "
		"the "
		"first 16 bytes, in hexadecimal, of the hash over the raw planes as they lie in "
		"the "
		"label's memory, whatever encoding carries them. Above msg_max the picture follows "
		"in "
		"parts on job/{label}/{i}.",
		NULL, "{\"type\":\"string\",\"contentMediaType\":\"application/octet-stream\"}"},
	{"accessPointJobPart", "brap/1/{ap}/job/{label}/{part}", false, 1, false,
		"A part of a picture",
		"Binary, as a job with a header of {job}; parts count from 0 and are at most 16 "
		"KiB.",
		NULL, "{\"type\":\"string\",\"contentMediaType\":\"application/octet-stream\"}"},
	{"accessPointCommand", "brap/1/{ap}/cmd/{label}", false, 1, false, "A command for a label",
		"cancel takes back a job that went to an access point which is not the best any "
		"more.",
		NULL, OBJECT(STRING("job") ",\"op\":{\"enum\":[\"cancel\"]}", "\"job\",\"op\"")},
	{"zigbee2mqtt", "zigbee2mqtt/{device}", true, 1, false, "Zigbee2MQTT",
		"Its own topics below the configured base: states, availability, bridge/devices.",
		NULL, "{}"},
	{"tasmota", "tele/{topic}/{what}", true, 1, false, "Tasmota",
		"Its own topics by the configured FullTopic: SENSOR, STATE, LWT.", NULL, "{}"},
	{"tasmotaStatus", "stat/{topic}/{what}", true, 1, false, "Tasmota, when asked",
		"Answers to its commands by the configured FullTopic: RESULT, STATUS….", NULL,
		"{}"},
};
const unsigned br_wiring_channel_n = BR_ARRAY_LEN(br_wiring_channels);
