# A real decoder reads the codes back from the drawn pictures.
if(NOUN STREQUAL "shipped")
  pkg_check_modules(ZBAR REQUIRED IMPORTED_TARGET zbar)
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE PkgConfig::ZBAR)
endif()
# A ledger with products: the core's bench; and a whole shop with its air around the labels.
if(NOUN MATCHES "^(labels|label_content|label_price|label_template|label_unbound)$")
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/../node/bench.c)
endif()
if(NOUN MATCHES "^(labels|label_price|label_template|label_unbound)$")
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/label_shop.c ${DIRECTORY}/label_air.c)
endif()
