# What the tests of the core share is compiled once.
if(NOT TARGET backroom-test-bench)
  add_library(backroom-test-bench STATIC ${DIRECTORY}/bench.c ${DIRECTORY}/shapes.c)
  target_link_libraries(backroom-test-bench PUBLIC backroom-test-lib backroom-node)
endif()
target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-test-bench)
