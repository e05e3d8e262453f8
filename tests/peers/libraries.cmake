target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-peers)
add_dependencies(test-${FOLDER}-${NOUN} ${BACKROOM_PEERS} preload-flush_delay preload-fault)
