target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/sim.c ${DIRECTORY}/actors.c
  ${DIRECTORY}/actors_goods.c ${DIRECTORY}/actors_order.c  ${DIRECTORY}/check.c ${DIRECTORY}/check_order.c
  ${DIRECTORY}/come_back.c)
if(NOUN STREQUAL schema)
  add_dependencies(test-${FOLDER}-${NOUN} backroom)
endif()
