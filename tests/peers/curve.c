#include "tests/peers/curve.h"

#include <math.h>

#include "node/attributes.h"
#include "tests/peers/random.h"

#define DEFROST_EVERY_S 21600.0
#define DEFROST_S 900.0
#define FAULT_DEGREES_PER_S 0.1
#define FAULT_TOP 18.0
#define DOOR_EVERY_S 180.0
#define SHELF_PIECES 24u
#define SHELF_TAKE_S 45.0 /* between two shoppers */

/* Repeatable noise: even in [-1, 1), another one for every second and device. */
static double noise(unsigned number, double at_s)
{
	struct peer_random random;

	peer_random_init(&random, number, (uint64_t)(int64_t)floor(at_s));
	return peer_random_share(&random) * 2 - 1;
}

bool peer_fault_is_on(const struct peer_sensor_fault *fault, double at_s)
{
	return fault->set && at_s >= (double)fault->from_s &&
	       (fault->length_s == 0 || at_s < (double)(fault->from_s + fault->length_s));
}

/* How many degrees the fault has added by now. */
static double fault_rise(const struct peer_sensor_fault *fault, double at_s, double top)
{
	double rise;

	if (!fault->set || at_s < (double)fault->from_s)
		return 0;
	rise = (at_s - (double)fault->from_s) * FAULT_DEGREES_PER_S;
	if (!peer_fault_is_on(fault, at_s)) {
		double over_s = at_s - (double)(fault->from_s + fault->length_s);

		rise = fmin((double)fault->length_s * FAULT_DEGREES_PER_S, top);
		rise -= over_s * FAULT_DEGREES_PER_S;
	}
	return fmax(0, fmin(rise, top));
}

double peer_curve_temperature(enum peer_sensor_kind kind, unsigned number, double at_s,
	const struct peer_sensor_fault *fault)
{
	static const double set_points[PEER_SENSOR_KINDS] = {3.8, -20.5, 20, 20.5, 2.2, 20};
	double base = set_points[kind], period_s = 1100 + 130 * (number % 7), value;
	double defrost_s = fmod(at_s + number * 3333.0, DEFROST_EVERY_S);

	br_assert((unsigned)kind < PEER_SENSOR_KINDS);
	value = base + 0.15 * (number % 5);
	if (kind == PEER_CLIMATE) /* follows the day, and does not defrost */
		return value + 1.5 * sin(at_s / 86400 * 2 * M_PI) + 0.05 * noise(number, at_s) +
		       fault_rise(fault, at_s, FAULT_TOP);
	/* The compressor's saw: slow up, faster down. */
	value += 1.2 * fabs(fmod(at_s + number * 97.0, period_s) / period_s - 0.3) - 0.4;
	if (defrost_s < DEFROST_S)
		value += 2.5 * sin(defrost_s / DEFROST_S * M_PI);
	return value + 0.05 * noise(number, at_s) + fault_rise(fault, at_s, FAULT_TOP - base);
}

double peer_curve_humidity(enum peer_sensor_kind kind, unsigned number, double at_s)
{
	double base = kind == PEER_CLIMATE ? 46 : kind == PEER_FREEZER ? 60 : 78;

	return base + 6 * sin(at_s / 2700 + number) + noise(number + 1000, at_s);
}

bool peer_curve_door_open(unsigned number, double at_s, const struct peer_sensor_fault *fault)
{
	double turn = floor((at_s + number * 61.0) / DOOR_EVERY_S);
	double within_s = at_s + number * 61.0 - turn * DOOR_EVERY_S;
	double opens_s = (noise(number + 2000, turn) + 1) / 2 * (DOOR_EVERY_S - 40);
	double open_s = 8 + 10 * (noise(number + 3000, turn) + 1);

	if (peer_fault_is_on(fault, at_s))
		return true;
	return within_s >= opens_s && within_s < opens_s + open_s;
}

unsigned peer_curve_pieces(unsigned number, double at_s, double *ret_piece_kg)
{
	static const double weights_kg[] = {0.25, 0.5, 1, 0.33, 0.75};
	unsigned taken = (unsigned)((at_s + number * 400.0) / SHELF_TAKE_S);

	*ret_piece_kg = weights_kg[number % BR_ARRAY_LEN(weights_kg)];
	return SHELF_PIECES - taken % (SHELF_PIECES * 2 / 3 + 1);
}
