target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-peers)
