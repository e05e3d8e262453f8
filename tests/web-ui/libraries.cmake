# What the tests of the web server share is compiled once.
if(NOT TARGET backroom-test-web)
  add_library(backroom-test-web STATIC ${DIRECTORY}/ledger.c ${DIRECTORY}/hub_bench.c
    ${DIRECTORY}/web_client.c)
  target_link_libraries(backroom-test-web PUBLIC backroom-test-lib backroom-web-ui backroom-node)
endif()
target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-test-web)
