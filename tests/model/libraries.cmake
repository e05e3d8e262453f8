# Every state of a model is visited: that takes as long as it takes, and memory rather than cores.
target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/spin.c)
target_compile_definitions(test-${FOLDER}-${NOUN} PRIVATE TEST_MODEL_CC="${CMAKE_C_COMPILER}")
set_tests_properties(${FOLDER}/${NOUN} PROPERTIES TIMEOUT 600)
