target_sources(test-${FOLDER}-${NOUN} PRIVATE ${DIRECTORY}/capture.c)
