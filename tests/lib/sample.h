/*
 * Samples: a value for any field of a shape, as a person would write it, so that a test can walk
 * over every command there is without knowing it.
 */
#pragma once

#include "node/record.h"

/* Writes a value that the field takes; the buffer holds at least 64 bytes. Not for lists. */
void sample_value(const struct br_field *field, char *buffer, size_t size);

/* One item of a list as name=value,name=value: with what it needs, or with all it can have. */
void sample_item(const struct br_shape *item, bool all, char *buffer, size_t size);
