# The test starts the programs, in their short mode.
add_dependencies(test-${FOLDER}-${NOUN} bench-programs)
set_tests_properties(${FOLDER}/${NOUN} PROPERTIES TIMEOUT 600 RUN_SERIAL TRUE)
