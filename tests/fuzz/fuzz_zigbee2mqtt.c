/* Fuzzes the Zigbee2MQTT adapter and all that its readings pass through. */
#include "sensors/zigbee2mqtt.h"
#include "tests/fuzz/sensor_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct br_zigbee2mqtt_settings settings = {.source = BR_STR("z"), .base = BR_STR("z")};
	struct br_adapter *adapter = NULL;

	br_assert(br_registry_create(20, &fuzz_registry) == 0);
	br_assert(br_zigbee2mqtt_create(&settings, &adapter, NULL) == 0);
	fuzz_now = (struct br_sensor_moment){FUZZ_NOW_MS, 1000};
	fuzz_adopt(settings.source, BR_STR("a/b"), BR_STR("temperature"));
	fuzz_messages(adapter, bytes, n);
	br_adapter_destroy(adapter);
	br_registry_destroy(fuzz_registry);
	return 0;
}
