# The store's side, the pipe and the stand-in for HQ that all tests of the link share.
target_sources(test-${FOLDER}-${NOUN} PRIVATE
  ${DIRECTORY}/shop.c ${DIRECTORY}/pipe.c ${DIRECTORY}/fake_hq.c ${DIRECTORY}/same.c
  ${DIRECTORY}/site.c)
# HQ's side of the comparison of ranges is the peers' own.
target_link_libraries(test-${FOLDER}-${NOUN} PRIVATE backroom-peers)
