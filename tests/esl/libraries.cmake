# A real decoder reads the codes back from the drawn pictures.
if(NOUN STREQUAL "shipped")
  pkg_check_modules(ZBAR REQUIRED IMPORTED_TARGET zbar)
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE PkgConfig::ZBAR)
endif()
# A whole shop with its air around the labels; its ledger is the core's bench.
if(NOUN STREQUAL "labels")
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/label_shop.c ${DIRECTORY}/label_air.c
    ${DIRECTORY}/../node/bench.c)
endif()
