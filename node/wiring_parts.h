/* What the files of the wiring share; for them only. */
#pragma once

#include "cloud-sync/credentials.h"
#include "cloud-sync/diagnosis.h"
#include "cloud-sync/link.h"
#include "cloud-sync/renewal.h"
#include "esl/labels.h"
#include "node/bus.h"
#include "node/config.h"
#include "node/core.h"
#include "node/feed.h"
#include "node/loop.h"
#include "node/mutex.h"
#include "node/queue.h"
#include "node/schedule.h"
#include "node/till.h"
#include "node/timekeeper.h"
#include "node/wiring_sensor_order.h"
#include "sensors/intake.h"
#include "web-ui/server.h"

struct br_wiring {
	struct br_config config;
	char config_path[4096];
	struct br_timekeeper *timekeeper;
	const struct br_clock *machine; /* what the machine says, right or wrong */
	const struct br_clock *clock;	/* the store's time: the timekeeper's */
	struct br_loop *loop;
	struct br_store *ledger, *telemetry;
	struct br_keys *keys;
	struct br_core *core;
	struct br_bus *bus;
	struct br_queue *queue;
	struct br_till *till;
	struct br_feed *feed;
	struct br_schedule *schedule;
	struct br_intake *intake;
	struct br_labels *labels;
	struct br_link *link;
	uint64_t dice; /* of the link's jitter */
	struct br_credentials *credentials;
	struct br_renewal *renewal;
	struct br_diagnosis *diagnosis;
	char tool_path[4096]; /* of `backroom`, beside this program or where it is installed */
	struct br_web *web;
	struct br_web_live live;
	struct br_sensor_order sensor_order; /* of the web thread, under the intake's lock */
	struct br_loop_source *tick_timer;
	enum br_shed shed;
	uint64_t disk_free_bytes;
	unsigned ticks;
	bool bus_connected;
	/* The link's and the node's state as the web thread may see them, under the lock. */
	struct br_mutex shown_lock;
	struct br_link_state link_state;
	struct br_credentials_state credentials_state;
	int64_t link_changed_ms;	 /* unix ms */
	struct br_time_state time_state; /* of the core thread */
	struct br_time_state time_shown;
	struct br_web_live_node node;
};

/* Makes all parts; what was made is destroyed with the wiring. */
BR_MUST_CHECK int br_wiring_make(struct br_wiring *wiring, struct br_fault *fault);

/* The live values for the dashboard, taken from the parts under their locks. */
struct br_web_live br_wiring_live(struct br_wiring *wiring);

/* Core thread: lets the web thread see the link's and the node's state as they are now. */
void br_wiring_show(struct br_wiring *wiring);
