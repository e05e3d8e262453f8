# What the tests of the core share is compiled once.
if(NOT TARGET backroom-test-bench)
  add_library(backroom-test-bench STATIC ${DIRECTORY}/bench.c ${DIRECTORY}/order_bench.c
    ${DIRECTORY}/shapes.c)
  target_link_libraries(backroom-test-bench PUBLIC backroom-test-lib backroom-node)
endif()
target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-test-bench)
# A part of the wiring, which no folder's library has.
if(NOUN STREQUAL wiring_sensor_order)
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${CMAKE_SOURCE_DIR}/node/wiring_sensor_order.c)
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-sensors)
endif()
