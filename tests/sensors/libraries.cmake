target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/capture.c)
# The intake stands on a real ledger: the core's bench.
if(NOUN MATCHES "^intake")
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/../node/bench.c)
endif()
