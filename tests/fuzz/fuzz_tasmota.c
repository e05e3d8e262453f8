/* Fuzzes the Tasmota adapter, its pattern of topics, and all that its readings pass through. */
#include "sensors/tasmota.h"
#include "tests/fuzz/sensor_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The first line of an input is the FullTopic; one that cannot be leaves the default. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_str rest = {(const char *)bytes, n};
	struct br_tasmota_settings settings = {.source = BR_STR("t"), .utc_offset_min = 60};
	struct br_adapter *adapter = NULL;

	settings.full_topic = br_str_split(&rest, 0x1E);
	br_assert(br_registry_create(20, &fuzz_registry) == 0);
	if (br_tasmota_create(&settings, &adapter, NULL) != 0) {
		settings.full_topic = (struct br_str){NULL, 0};
		br_assert(br_tasmota_create(&settings, &adapter, NULL) == 0);
	}
	fuzz_now = (struct br_sensor_moment){FUZZ_NOW_MS, 1000};
	fuzz_adopt(settings.source, BR_STR("a"), BR_STR("DS18B20.Temperature"));
	fuzz_messages(adapter, (const uint8_t *)rest.s, rest.n);
	br_adapter_destroy(adapter);
	br_registry_destroy(fuzz_registry);
	return 0;
}
