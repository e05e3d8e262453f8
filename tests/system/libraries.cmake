target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-system)
add_dependencies(test-${FOLDER}-${NOUN} ${BACKROOM_PEERS} preload-flush_delay preload-fault
  preload-time_server backroomd backroom)
# Most of them wait for others nearly all the time, so they run beside each other, and begin before
# what is short. The crowd compares how long its members wait, and stands alone.
set_tests_properties(${FOLDER}/${NOUN} PROPERTIES TIMEOUT 1500 COST 100)
if(NOUN STREQUAL crowd)
  set_tests_properties(${FOLDER}/${NOUN} PROPERTIES RUN_SERIAL TRUE)
endif()
# It walks over the table of questions, and looks into the manual.
if(NOUN STREQUAL call)
  if(TARGET man-pages)
    add_dependencies(test-${FOLDER}-${NOUN} man-pages)
  endif()
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-web-ui)
endif()
# It plays a retailer's file itself, without a broker between.
if(NOUN STREQUAL retail)
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/../peers/retail.c
    ${DIRECTORY}/../peers/request.c ${DIRECTORY}/../peers/gtin.c)
endif()
# They speak MQTT themselves, or know the liar's lies.
if(NOUN STREQUAL crowd OR NOUN STREQUAL hostile OR NOUN STREQUAL conformance)
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-peers)
endif()
# They hold messages against the contract's schemas.
if(NOUN STREQUAL conformance OR NOUN STREQUAL guide OR NOUN STREQUAL contract)
  add_dependencies(test-${FOLDER}-${NOUN} backroom-conformance contract-schemas)
endif()
# It begins with a journal that is full already.
if(NOUN STREQUAL offline)
  add_dependencies(test-${FOLDER}-${NOUN} bench-fill)
endif()
