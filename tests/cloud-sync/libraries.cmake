# The store's side, the pipe, the stand-in for HQ and the chain of stores that tests of the link share.
if(NOT TARGET backroom-chain)
  add_library(backroom-chain STATIC
    ${DIRECTORY}/shop.c ${DIRECTORY}/pipe.c ${DIRECTORY}/fake_hq.c ${DIRECTORY}/fake_verdict.c
    ${DIRECTORY}/same.c ${DIRECTORY}/refused.c
    ${DIRECTORY}/site.c ${DIRECTORY}/site_check.c ${DIRECTORY}/office.c ${DIRECTORY}/desk.c ${DIRECTORY}/chain.c
    ${DIRECTORY}/chain_check.c)
  # HQ's side of the comparison of ranges is the peers' own.
  target_link_libraries(backroom-chain PUBLIC
    backroom-test-lib backroom-cloud-sync backroom-peers)
endif()
# Before the library that it stands on.
target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-chain backroom-cloud-sync)

# Some twenty seconds of a quiet machine.
if(NOUN MATCHES "^(chain|mutants|simulation)$")
  set_tests_properties(${FOLDER}/${NOUN} PROPERTIES TIMEOUT 300)
endif()
if(NOUN STREQUAL "chain")
  # The sanitizers make each seed three times as slow; the release build plays the big slice.
  if(CMAKE_BUILD_TYPE MATCHES "Rel")
    target_compile_definitions(test-${FOLDER}-${NOUN} PRIVATE CHAIN_SEEDS=1000)
  else()
    target_compile_definitions(test-${FOLDER}-${NOUN} PRIVATE CHAIN_SEEDS=200)
  endif()
elseif(NOUN STREQUAL "mutants")
  # Each mutant is the product's own source with one place replaced; linked before the library that
  # has it right, it takes its place.
  file(GLOB MUTANTS CONFIGURE_DEPENDS ${DIRECTORY}/mutants/*.mutant)
  set(MUTANT_NAMES)
  foreach(MUTANT ${MUTANTS})
    get_filename_component(MUTANT_NAME ${MUTANT} NAME_WE)
    file(STRINGS ${MUTANT} MUTANT_LINES LIMIT_COUNT 2)
    list(GET MUTANT_LINES 1 MUTANT_SOURCE)
    set(MUTATED ${CMAKE_CURRENT_BINARY_DIR}/mutants/${MUTANT_NAME}.c)
    add_custom_command(OUTPUT ${MUTATED}
      COMMAND ${CMAKE_COMMAND} -DMUTANT=${MUTANT} -DROOT=${CMAKE_SOURCE_DIR} -DOUT=${MUTATED}
        -P ${DIRECTORY}/mutants/mutate.cmake
      DEPENDS ${MUTANT} ${CMAKE_SOURCE_DIR}/${MUTANT_SOURCE} ${DIRECTORY}/mutants/mutate.cmake
      VERBATIM)
    add_executable(mutant-${MUTANT_NAME} ${DIRECTORY}/mutant.c ${MUTATED})
    target_compile_definitions(mutant-${MUTANT_NAME} PRIVATE CHAIN_MUTANT_SEEDS=200)
    target_link_libraries(mutant-${MUTANT_NAME} PRIVATE backroom-chain backroom-cloud-sync)
    add_dependencies(test-${FOLDER}-${NOUN} mutant-${MUTANT_NAME})
    list(APPEND MUTANT_NAMES "\"${MUTANT_NAME}\"")
  endforeach()
  list(JOIN MUTANT_NAMES "," MUTANT_NAMES)
  target_compile_definitions(test-${FOLDER}-${NOUN} PRIVATE CHAIN_MUTANTS=${MUTANT_NAMES}
    CHAIN_MUTANT_FOLDER="${CMAKE_CURRENT_BINARY_DIR}")
endif()

# The rules of the conformance program, with a line and a clock that a test holds.
if(NOUN STREQUAL "conformance")
  target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/fake_post.c)
  target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE conformance-rules)
endif()
