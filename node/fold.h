/*
 * Words for searching, alike in every script: letters lose case and accents (Unicode NFKD, marks
 * dropped, full case folding), everything else separates.
 */
#pragma once

#include "node/str.h"

#define BR_FOLD_WORDS_MAX 16
#define BR_FOLD_WORD_BYTES_MAX 32

/*
 * Calls `word` for each word of `text` in order, at most BR_FOLD_WORDS_MAX, each cut to
 * BR_FOLD_WORD_BYTES_MAX at a character's border. The slice lives during the call only. Text that
 * is not UTF-8 has no words.
 */
void br_fold_words(
	struct br_str text, void (*word)(void *context, struct br_str word), void *context);
