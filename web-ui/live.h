/*
 * What the dashboard shows that is not in the ledger: the last reading of a sensor, the battery of
 * a label, the state of the link to HQ, how the node itself is.
 *
 * The rows are made on the web thread, while these values change on the core thread. So whoever
 * implements the interface keeps a snapshot under a lock and copies out of it. Every function may
 * be called from the web thread at any time, must not block for longer than copying takes, and must
 * not call back into the web server. Texts are NUL-terminated UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/device.h"
#include "node/error.h"
#include "node/limits.h"
#include "node/str.h"
#include "node/text.h"

enum br_web_delivery {
	BR_WEB_DELIVERY_NONE,
	BR_WEB_DELIVERY_OFFERED, /* an access point was told that there is a picture */
	BR_WEB_DELIVERY_SENDING	 /* it has begun to take it */
};

struct br_web_live_label {
	char label[17]; /* 12 or 16 upper-case hexadecimal digits */
	char ap[BR_WORD_BYTES_MAX + 1], type[BR_WORD_BYTES_MAX + 1];
	unsigned w, h; /* pixels, 0 = not known */
	enum br_web_delivery delivery;
	unsigned tries;		      /* of the delivery under way */
	bool lost;		      /* has missed its check-ins */
	int64_t last_seen_ms;	      /* unix ms, 0 = never */
	int64_t battery_mv, rssi, tc; /* BR_WEB_UNKNOWN = not said */
};

#define BR_WEB_UNKNOWN INT64_MIN

struct br_web_live_channel {
	char channel[BR_WORD_BYTES_MAX + 1], kind[BR_WORD_BYTES_MAX + 1], unit[16];
	bool has_value;
	int64_t value;	     /* 1/1000 of the unit */
	int64_t observed_ms; /* unix ms */
};

struct br_web_live_sensor {
	char device[BR_DEVICE_BYTES_MAX + 1]; /* "<source>/<its own name>", as in the ledger */
	char source[BR_WORD_BYTES_MAX + 1];
	char name[BR_PATH_BYTES_MAX + 1], zone[BR_WORD_BYTES_MAX + 1];
	bool stale;
	int64_t last_seen_ms; /* unix ms, 0 = never */
	int64_t battery;      /* 1/1000 of a percent, BR_WEB_UNKNOWN = not said */
	unsigned channel_n;
	struct br_web_live_channel channels[BR_DEVICE_CHANNELS_MAX];
};

enum br_web_link_state { BR_WEB_LINK_OFF, BR_WEB_LINK_DOWN, BR_WEB_LINK_UP };

#define BR_WEB_LANES_MAX 4

struct br_web_live_lane {
	char name[BR_WORD_BYTES_MAX + 1];
	uint64_t backlog;     /* events that HQ has not acknowledged */
	int64_t oldest_ms;    /* unix ms of the oldest of them, 0 = none */
	uint64_t acked, head; /* journal sequences */
	uint64_t thinned;     /* events left out because too much waited */
};

enum br_web_certificate_state {
	BR_WEB_CERTIFICATE_NONE, /* the link has no TLS */
	BR_WEB_CERTIFICATE_GOOD,
	BR_WEB_CERTIFICATE_SOON,   /* less than 30 days */
	BR_WEB_CERTIFICATE_URGENT, /* less than 7 days */
	BR_WEB_CERTIFICATE_OVER,
	BR_WEB_CERTIFICATE_CLOCK, /* the machine's clock is wrong: nothing can be said */
	BR_WEB_CERTIFICATE_UNREADABLE
};

struct br_web_live_certificate {
	enum br_web_certificate_state state;
	int64_t since_ms;	       /* unix ms: since when it is so */
	int64_t until_ms;	       /* unix ms, 0 = not known */
	int64_t days;		       /* whole ones that are left */
	char text[BR_FAULT_BYTES_MAX]; /* a sentence, "" = none */
};

/* One lane from HQ: commands taken, and HQ's last one. */
struct br_web_live_down {
	const char *name;
	uint64_t taken, head;
};

struct br_web_live_link {
	enum br_web_link_state state;
	int64_t since_ms;   /* unix ms */
	char hq[256];	    /* HQ's address, "host:port" */
	char fallback[256]; /* its other one, "" = none */
	struct br_web_live_certificate certificate;
	unsigned lane_n;
	struct br_web_live_lane lanes[BR_WEB_LANES_MAX];
	unsigned down_n;
	struct br_web_live_down down[BR_WEB_LANES_MAX];
	int64_t last_ack_ms;   /* unix ms, 0 = never */
	int64_t round_trip_ms; /* BR_WEB_UNKNOWN = not measured */
	int64_t hq_clock_ms;   /* HQ's clock less the store's, BR_WEB_UNKNOWN = not heard */
	bool hq_clock_apart;   /* by so much that one of them is wrong */
	char last_error[BR_FAULT_BYTES_MAX];
	char comparing[16]; /* the view that is being compared with HQ's, "" = none */
};

/* How much the ledger takes before the disk is full. */
enum br_web_space {
	BR_WEB_SPACE_ENOUGH,
	BR_WEB_SPACE_LOW, /* sales and orders only */
	BR_WEB_SPACE_NONE /* nothing */
};

/* The machine's clock, and whose time the store goes by: node/timekeeper.h. */
enum br_web_clock { BR_WEB_CLOCK_GOOD, BR_WEB_CLOCK_BEHIND, BR_WEB_CLOCK_AHEAD };
enum br_web_time {
	BR_WEB_TIME_MACHINE,
	BR_WEB_TIME_SERVER,
	BR_WEB_TIME_HQ,
	BR_WEB_TIME_KEPT,
	BR_WEB_TIME_PERSON
};
/* "good", "behind", "ahead"; "machine", "server", "hq", "kept", "person" */
extern const char *const br_web_clock_words[], *const br_web_time_words[];

/* The node itself; times are unix ms of the last change. */
struct br_web_live_node {
	bool broker_away; /* the store's own: tills, labels and sensors are not heard */
	enum br_web_space space;
	enum br_web_clock clock;
	enum br_web_time time;
	bool clock_apart; /* from HQ's, by more than minutes */
	int64_t broker_since_ms, space_since_ms, clock_since_ms, apart_since_ms;
	int64_t machine_apart_ms; /* the machine's clock less the store's */
};

#define BR_WEB_POINTS_MAX 1000

struct br_web_live_point {
	int64_t t_ms;		/* unix ms: where the step begins */
	int64_t min, mean, max; /* 1/1000 of the unit */
	uint64_t n;		/* readings in the step */
};

struct br_web_live_series {
	char unit[16];
	int64_t step_ms;
	unsigned n;
	struct br_web_live_point points[BR_WEB_POINTS_MAX];
};

enum br_web_live_noun { BR_WEB_LIVE_LABEL, BR_WEB_LIVE_SENSOR, BR_WEB_LIVE_LINK };

struct br_web_live {
	void *context;

	/* One label or sensor by its id; false when nothing is known of it. */
	bool (*label)(void *context, struct br_str label, struct br_web_live_label *ret_label);
	bool (*sensor)(void *context, struct br_str device, struct br_web_live_sensor *ret_sensor);

	/* The one whose id comes next after `after` in byte order; an empty `after` is the first.
	 */
	bool (*label_next)(void *context, struct br_str after, struct br_web_live_label *ret_label);
	bool (*sensor_next)(
		void *context, struct br_str after, struct br_web_live_sensor *ret_sensor);

	void (*link)(void *context, struct br_web_live_link *ret_link);
	void (*node)(void *context, struct br_web_live_node *ret_node);

	/*
	 * Calls `changed` for everything that changed after version `after` (0 = everything there
	 * is) and returns the version now. The version grows with every change. `changed` only
	 * notes the key, so it may be called under the lock. The link's key is "hq".
	 */
	uint64_t (*changes)(void *context, uint64_t after,
		void (*changed)(void *owner, enum br_web_live_noun noun, struct br_str key),
		void *owner);

	/*
	 * Appends the PNG of what the label should show. 0, BR_E_NOT_FOUND (unbound, or no template
	 * fits), or another error with the fault set. May take as long as drawing takes.
	 */
	int (*picture)(
		void *context, struct br_str label, struct br_text *png, struct br_fault *fault);

	/*
	 * The series of a channel from `from_ms` to `to_ms` (unix ms) in at most `points` steps. 0,
	 * BR_E_NOT_FOUND for an unknown device or channel, or another error.
	 */
	int (*series)(void *context, struct br_str device, struct br_str channel, int64_t from_ms,
		int64_t to_ms, unsigned points, struct br_web_live_series *ret_series);
};

/* Knows nothing: no labels, no sensors, the link is off, the node is well. */
extern const struct br_web_live br_web_live_null;
