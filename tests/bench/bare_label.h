/*
 * The least that a label picture takes: three lines of text set by Pango at a fixed size, drawn by
 * cairo, made one bit and packed by zlib. No template, no fitting, no barcode, no check.
 */
#pragma once

#include <stddef.h>

/* The texts of one label. */
struct bench_bare_label {
	const char *name, *brand, *price;
};

/* Draws and packs a picture of w × h pixels with one plane; returns the packed bytes. */
size_t bench_bare_label_draw(const struct bench_bare_label *label, int w, int h);
