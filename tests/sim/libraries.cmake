target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/sim.c ${DIRECTORY}/actors.c
  ${DIRECTORY}/check.c ${DIRECTORY}/check_order.c)
