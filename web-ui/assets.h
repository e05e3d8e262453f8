/*
 * The assets: the bundled app, read into memory once at start.
 *
 * The folder has an assets.json: a list of {path, file, type, hash, gz}. `path` is the address it
 * is served at (several may lead to one file), `type` its media type, `hash` the hexadecimal
 * SHA-256 of the file, which is the ETag, and `gz` the name of its gzip form, if there is one. A
 * file whose name carries its hash may be kept by browsers for ever, since other contents have
 * another name; the page itself is asked for every time.
 */
#pragma once

#include <stdbool.h>

#include "node/error.h"
#include "node/str.h"

#define BR_ASSETS_MAX 128
#define BR_ASSET_BYTES_MAX (4u << 20)

struct br_asset {
	char path[128], type[64];
	char etag[20];	      /* with its quotes */
	struct br_str bytes;  /* owned by the assets */
	struct br_str packed; /* gzip form, empty when there is none */
	bool immutable;	      /* its name carries its hash */
};

struct br_assets;

/*
 * Reads the folder. BR_E_NOT_FOUND when it or its assets.json is not there, BR_E_INVALID when the
 * list is wrong or a file is missing or too large; the fault names it.
 */
BR_MUST_CHECK int br_assets_read(
	const char *folder, struct br_assets **ret_assets, struct br_fault *fault);
void br_assets_destroy(struct br_assets *assets);
BR_DEFINE_CLEANUP(assets, br_assets_destroy)

/*
 * What is served at `path`. A path without a dot that is not in the list gets the page, whose
 * script reads the address. NULL when there is nothing. `assets` may be NULL.
 */
const struct br_asset *br_assets_find(const struct br_assets *assets, struct br_str path);

/* True when an If-None-Match header names this asset's tag (RFC 9110, section 13.1.2). */
bool br_asset_matches(const struct br_asset *asset, struct br_str if_none_match);
