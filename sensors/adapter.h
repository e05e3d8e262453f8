/*
 * An adapter: one vendor's way of speaking on MQTT, turned into readings and presence.
 *
 *	topic, payload, now ──► br_adapter_take() ──► sink: 0..n readings, 0..n presence changes
 *
 * An adapter does no I/O and reads no clock: what it emits depends on its state, the message and
 * nothing else. Its state is what it must remember between messages (a bridge's device list), made
 * by the vendor's own br_<vendor>_create() and released by br_adapter_destroy(). One adapter serves
 * one base topic; a store with two bridges has two adapters with two source names.
 *
 * The wiring subscribes the filters, offers each message to the adapters in turn until one does not
 * answer BR_ADAPTER_FOREIGN, and counts what was refused. Everything a sink is given points into
 * the message or the adapter and is valid during the callback only. A sink must not call back into
 * the adapter.
 */
#pragma once

#include "node/error.h"
#include "sensors/limits.h"
#include "sensors/reading.h"

struct br_sensor_message {
	struct br_str topic;
	struct br_str payload;
	int64_t received_ms; /* unix time */
	bool retained;	     /* the broker had kept it: it may be of any age */
};

enum br_presence_change {
	BR_PRESENCE_ONLINE,  /* it, or its bridge for it, says that it is there */
	BR_PRESENCE_OFFLINE, /* its bridge, or the broker by its will, says that it is gone */
	BR_PRESENCE_KNOWN,   /* a bridge lists it */
	BR_PRESENCE_RENAMED, /* same hardware, new id: `former` is the old one */
	BR_PRESENCE_LEFT     /* removed from its bridge by a person */
};

/* What is claimed about a device. Devices lie: only readings prove that one is alive. */
struct br_presence {
	struct br_str source;
	struct br_str device; /* empty: the bridge itself */
	struct br_str former; /* BR_PRESENCE_RENAMED only */
	struct br_str model;  /* BR_PRESENCE_KNOWN only; may be empty */
	enum br_presence_change change;
	int64_t received_ms;
};

/* Why something was refused; a message can be refused in part. */
enum br_sensor_refusal {
	BR_SENSOR_REFUSAL_SIZE,	  /* topic or payload over its limit */
	BR_SENSOR_REFUSAL_JSON,	  /* the payload is not JSON, or not UTF-8 */
	BR_SENSOR_REFUSAL_SHAPE,  /* JSON, but not built as this topic's messages are */
	BR_SENSOR_REFUSAL_NAME,	  /* a device's or channel's name is empty, too long or not UTF-8 */
	BR_SENSOR_REFUSAL_TYPE,	  /* a member that is known has a value of another type */
	BR_SENSOR_REFUSAL_NUMBER, /* not finite, or no number can be that large */
	BR_SENSOR_REFUSAL_DEVICE, /* the bridge has listed its devices, and this is none of them */
	BR_SENSOR_REFUSAL_READINGS, /* more readings in one message than the limit */
	BR_SENSOR_REFUSALS
};

/* "payload is not JSON", …: for logs and as a metric's label. */
const char *br_sensor_refusal_text(enum br_sensor_refusal reason);

struct br_adapter_sink {
	void (*reading)(void *context, const struct br_reading *reading);
	void (*presence)(void *context, const struct br_presence *presence);
	/* `what` names the member or part; may be empty. NULL when only the counts matter. */
	void (*refused)(void *context, enum br_sensor_refusal reason, struct br_str what);
	void *context;
};

/* What became of a message. */
enum br_adapter_outcome {
	BR_ADAPTER_TAKEN,   /* understood; readings or presence may have been emitted */
	BR_ADAPTER_IGNORED, /* well-formed and of this vendor, but nothing to know from it */
	BR_ADAPTER_REFUSED, /* wholly or in part refused; the parts that hold were emitted */
	BR_ADAPTER_FOREIGN  /* the topic is none of this adapter's */
};

/* Counted since the adapter was made. */
struct br_adapter_counts {
	uint64_t messages, readings, presences, ignored;
	uint64_t refused[BR_SENSOR_REFUSALS];
};

struct br_adapter;

/* What a vendor implements. */
struct br_adapter_class {
	const char *name;
	void (*destroy)(struct br_adapter *adapter);
	/* Topic and payload are within their limits and the topic is UTF-8 already. */
	int (*take)(struct br_adapter *adapter, const struct br_sensor_message *message,
		const struct br_adapter_sink *sink);
	size_t payload_bytes_max;
};

/* The part all adapters share; the first member of each vendor's own struct. */
struct br_adapter {
	const struct br_adapter_class *class;
	struct br_adapter_counts counts;
	struct br_str source; /* into source_text */
	unsigned filter_n;
	char source_text[BR_SENSOR_SOURCE_BYTES_MAX + 1];
	char filters[BR_SENSOR_FILTERS_MAX][BR_SENSOR_FILTER_BYTES_MAX];
};

/*
 * Fills the shared part. BR_E_INVALID with the fault filled when the source name is empty, longer
 * than its limit, not UTF-8 or has a '/' (the store's id of a device is `<source>/<id>`).
 */
BR_MUST_CHECK int br_adapter_init(struct br_adapter *adapter, const struct br_adapter_class *class,
	struct br_str source, struct br_fault *fault);

/* Releases the adapter and all its state; NULL is allowed. */
void br_adapter_destroy(struct br_adapter *adapter);
BR_DEFINE_CLEANUP(adapter, br_adapter_destroy)

/* The topic filters to subscribe, from 0 on; NULL past the last. Owned by the adapter. */
const char *br_adapter_filter(const struct br_adapter *adapter, unsigned number);

/* Reads one message: an enum br_adapter_outcome, or BR_E_MEMORY with nothing emitted. */
BR_MUST_CHECK int br_adapter_take(struct br_adapter *adapter,
	const struct br_sensor_message *message, const struct br_adapter_sink *sink);

const struct br_adapter_counts *br_adapter_counts(const struct br_adapter *adapter);

/*
 * For the adapters' own use: one message on its way through. The vendor fills device, time and
 * quality before it emits.
 */
struct br_adapter_call {
	struct br_adapter *adapter;
	const struct br_sensor_message *message;
	const struct br_adapter_sink *sink;
	struct br_str device;
	int64_t observed_ms;
	unsigned quality;
	unsigned readings; /* emitted out of this message */
	unsigned presences;
	unsigned refusals;
};

/* Begins with the time of receipt as the time of observation, flagged so. */
void br_adapter_call_init(struct br_adapter_call *call, struct br_adapter *adapter,
	const struct br_sensor_message *message, const struct br_adapter_sink *sink);

/* Says when it was observed; without it the time of receipt stands. */
void br_adapter_call_observed(struct br_adapter_call *call, int64_t observed_ms);

/* Sets the device; false, and refused, when the name is empty, too long or has control bytes. */
BR_MUST_CHECK bool br_adapter_call_device(struct br_adapter_call *call, struct br_str device);

void br_adapter_emit(struct br_adapter_call *call, struct br_str channel, enum br_reading_kind kind,
	int64_t value, struct br_str word);
void br_adapter_emit_presence(struct br_adapter_call *call, const struct br_presence *presence);
/* An online or offline claim about the call's device, or the bridge when that is empty. */
void br_adapter_emit_state(struct br_adapter_call *call, bool online);
void br_adapter_refuse(
	struct br_adapter_call *call, enum br_sensor_refusal reason, struct br_str what);

/* The outcome that the call's counts amount to. */
int br_adapter_call_outcome(struct br_adapter_call *call);
