/*
 * The limits that only sensors have; those shared with the rest stand in node/limits.h. Past each
 * of them the input is refused, counted under a reason, and nothing of it is kept.
 */
#pragma once

#include "node/limits.h"

#define BR_SENSOR_SOURCE_BYTES_MAX 24	    /* an adapter's name in the configuration */
#define BR_SENSOR_CHANNEL_BYTES_MAX 40	    /* "DS18B20-1.Temperature" */
#define BR_SENSOR_MODEL_BYTES_MAX 48	    /* cut, not refused: it is only shown */
#define BR_SENSOR_WORD_BYTES_MAX 32	    /* a button's word: "double", "brightness_move_up" */
#define BR_SENSOR_TOPIC_BYTES_MAX 512	    /* longer topics are refused unread */
#define BR_SENSOR_FILTER_BYTES_MAX 256	    /* a base topic or a topic filter */
#define BR_SENSOR_FILTERS_MAX 2		    /* topic filters one adapter asks for */
#define BR_SENSOR_LIST_BYTES_MAX (8u << 20) /* a bridge's whole device list in one message */
#define BR_SENSOR_READINGS_MAX 64	    /* readings out of one message */
#define BR_SENSOR_DEVICES_MAX 2000	    /* adopted and merely seen ones together */
