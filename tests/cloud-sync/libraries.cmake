# The store's side, the pipe and the stand-in for HQ that all tests of the link share.
target_sources(test-${FOLDER}-${NOUN} PRIVATE
  ${DIRECTORY}/shop.c ${DIRECTORY}/pipe.c ${DIRECTORY}/fake_hq.c ${DIRECTORY}/same.c
  ${DIRECTORY}/site.c ${DIRECTORY}/site_check.c ${DIRECTORY}/office.c ${DIRECTORY}/chain.c
  ${DIRECTORY}/chain_check.c)
# HQ's side of the comparison of ranges is the peers' own.
target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-peers)
# The sanitizers make each seed three times as slow; the release build plays the big slice.
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_definitions(test-${FOLDER}-${NOUN} PRIVATE CHAIN_SEEDS=1000)
else()
  target_compile_definitions(test-${FOLDER}-${NOUN} PRIVATE CHAIN_SEEDS=200)
endif()
