/*
 * Every limit of Backroom in one place. Past a limit the answer is an error that names it.
 *
 * The planned size of one store: 100,000 products, 20,000 labels, 2,000 sensors, 100 dashboards, 40
 * tills, 3,000 orders a day, 30 days without the central system.
 */
#pragma once

/* Texts, in bytes of UTF-8. */
#define BR_ID_BYTES_MAX 64 /* ids made elsewhere: SKUs, orders, commands, devices, actors */
#define BR_NAME_BYTES_MAX 200
#define BR_BARCODE_BYTES_MAX 128 /* what a scanner sends: GS1 codes say more than a number */
#define BR_NOTE_BYTES_MAX 400
#define BR_PERSONAL_BYTES_MAX BR_NOTE_BYTES_MAX /* the longest text that is sealed */
#define BR_REASON_BYTES_MAX 120
#define BR_PATH_BYTES_MAX 120 /* category paths, image references */
#define BR_ALLERGENS_BYTES_MAX 200
#define BR_WORD_BYTES_MAX 32 /* short words: zones, kinds, template names */

/* Numbers in 1/1000. A quantity may be a year's pallets, an amount a car; both stay far from
 * overflow. */
#define BR_QUANTITY_MAX INT64_C(1000000000) /* one million pieces or kilograms */
#define BR_AMOUNT_MAX INT64_C(100000000000) /* 100 million of the currency */

/* Lists. */
#define BR_GTINS_MAX 8
#define BR_NAMES_MAX 6	   /* of a product in other languages */
#define BR_POSITIONS_MAX 4 /* of a product in the planogram */
#define BR_SALE_LINES_MAX 1500
#define BR_SALE_LINES_PER_EVENT_MAX 20 /* keeps the event's record under BR_RECORD_BYTES_MAX */
#define BR_ORDER_LINES_MAX 100
#define BR_ORDER_CHANGES_PER_EVENT_MAX 12 /* lines in one event, for the same reason */
#define BR_DELIVERY_LINES_MAX 500
#define BR_TRANSFER_LINES_MAX 200
#define BR_COUNT_SKUS_MAX 200		/* named when a count is opened */
#define BR_COUNT_LINES_MAX 3000		/* products in one count */
#define BR_STOCK_LINES_PER_EVENT_MAX 12 /* of deliveries, transfers and counts */
#define BR_DEVICE_CHANNELS_MAX 16

/* Stored records; larger values fragment LMDB's pages. */
#define BR_RECORD_BYTES_MAX 2000

/* The core's queue and one turn of its loop. */
#define BR_TURN_COMMANDS_MAX 1000
#define BR_TURN_MESSAGES_MAX 1024
#define BR_COMMAND_ARENA_BYTES_MAX (4u << 20)
#define BR_COMMAND_QUEUE_MAX 2048 /* commands waiting between the web thread and the core */

/* Messages. */
#define BR_TILL_MESSAGE_BYTES_MAX (256u << 10)
#define BR_SENSOR_MESSAGE_BYTES_MAX (64u << 10)
#define BR_LINK_MESSAGE_BYTES_MAX (64u << 10)
#define BR_LINK_BATCH_EVENTS_MAX 256
#define BR_LINK_WINDOW_BATCHES 32

/* The store's own sizes. */
#define BR_LEDGER_MAP_BYTES (UINT64_C(64) << 30)
#define BR_TELEMETRY_MAP_BYTES (UINT64_C(16) << 30)
#define BR_PRICES_PER_PRODUCT_SCAN_MAX 400
