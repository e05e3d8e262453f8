/*
 * Configuration: one table of keys, and everything follows from the table.
 *
 * INI file /etc/backroom/backroom.conf and then conf.d/(star).conf beside it in name order, later
 * values win. The table gives each key its section, type, default, range and one line of help; it
 * drives reading, `backroom config check`, `backroom config show` and the man page. An unknown key
 * is an error with its line and the nearest key there is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node/error.h"
#include "node/record.h"
#include "node/text.h"

enum br_config_kind { BR_CONFIG_TEXT, BR_CONFIG_NUMBER, BR_CONFIG_FLAG };

/* With its key a value of that length is still one line of the file. */
#define BR_CONFIG_VALUE_BYTES 181
/* A unix socket's path: sockaddr_un takes 107 bytes. */
#define BR_CONFIG_SOCKET_BYTES 108
#define BR_CONFIG_FILES_MAX 64 /* in conf.d */

struct br_config {
	/* [store] */
	char store_id[65], store_gln[14], store_name[BR_CONFIG_VALUE_BYTES], currency[4];
	char state_dir[BR_CONFIG_VALUE_BYTES];
	char master_key[BR_CONFIG_VALUE_BYTES]; /* file that wraps the persons' keys, "" = none */
	int64_t utc_offset_min;
	int64_t ledger_max_mb;
	/* [broker] */
	char broker_socket[BR_CONFIG_SOCKET_BYTES], broker_host[BR_CONFIG_VALUE_BYTES];
	int64_t broker_port;
	bool broker_epcis;
	/* [web] */
	char web_listen[BR_CONFIG_VALUE_BYTES]; /* address */
	int64_t web_port;
	char web_root[BR_CONFIG_VALUE_BYTES];	 /* the bundled app */
	char web_hosts[BR_CONFIG_VALUE_BYTES];	 /* further host names to answer to, blank-separated
						  */
	char web_socket[BR_CONFIG_SOCKET_BYTES]; /* unix socket for the tool, "" = none */
	char web_certificate[BR_CONFIG_VALUE_BYTES], web_key[BR_CONFIG_VALUE_BYTES]; /* "" = HTTP */
	/* [link] */
	bool link_enabled;
	char link_host[BR_CONFIG_VALUE_BYTES]; /* HQ's broker, for the bridge file */
	int64_t link_port;
	char link_fallback_host[BR_CONFIG_VALUE_BYTES]; /* "" = none */
	int64_t link_fallback_port;
	int64_t link_enrol_port; /* at both */
	char link_ca[BR_CONFIG_VALUE_BYTES], link_certificate[BR_CONFIG_VALUE_BYTES],
		link_key[BR_CONFIG_VALUE_BYTES]; /* "" = in the certificate's file */
	char link_crl[BR_CONFIG_VALUE_BYTES];
	int64_t link_reconcile_hour, link_reconcile_outage_hours, link_reconcile_order_days;
	/* [labels] */
	char label_templates[BR_CONFIG_VALUE_BYTES]; /* folder of templates */
	char label_link_host[BR_CONFIG_VALUE_BYTES]; /* host of the Digital Link in QR codes */
	int64_t render_threads;
	/* How labels write numbers and dates. */
	char decimal_mark[5], group_mark[5], digit_zero[5], date_form[6];
	/* [sensors] */
	char zigbee2mqtt_base[BR_CONFIG_VALUE_BYTES], tasmota_topic[BR_CONFIG_VALUE_BYTES];
	bool tasmota_grams;
	int64_t summary_hours;
	/* [log] */
	int64_t log_level;
};

/* One row of the table. */
struct br_config_key {
	const char *section, *key;
	enum br_config_kind kind;
	size_t offset, size;
	const char *fallback; /* as text */
	int64_t min, max;     /* numbers: range; texts: bytes */
	const char *help;
	const struct br_text_rule *rule; /* texts, may be NULL; an empty text is not asked */
};
extern const struct br_config_key br_config_keys[];
extern const unsigned br_config_key_n;

/* All defaults. */
void br_config_init(struct br_config *config);

/*
 * Reads `path` and the conf.d folder beside it over what is in *config. A missing main file is an
 * error. A line is a section, `key = value`, or a comment that starts with ; or #; a value ends
 * before a blank and a ;. On errors *config is untouched and the fault names file, line, key and
 * what is allowed: BR_E_INVALID, or BR_E_* of a file that cannot be read.
 */
BR_MUST_CHECK int br_config_read(
	struct br_config *config, const char *path, struct br_fault *fault);

/* Every key with its value, as an INI file with the help lines as comments. */
void br_config_write(const struct br_config *config, struct br_text *text);

/* The keys as the body of a man page (roff). */
void br_config_man(struct br_text *text);
