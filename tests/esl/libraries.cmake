# A real decoder reads the codes back from the drawn pictures.
if(NOUN STREQUAL "shipped")
  pkg_check_modules(ZBAR REQUIRED IMPORTED_TARGET zbar)
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE PkgConfig::ZBAR)
endif()
