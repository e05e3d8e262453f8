# cmake -DMUTANT=… -DROOT=… -DOUT=… -P mutate.cmake: writes the source that a mutant names, with its
# one wrong place in it.
#
# A mutant is a text: a line that says what is wrong, a line with the source's path, then what is
# replaced and by what, each behind a line "-----". What is replaced must stand in the source exactly
# once, so a mutant whose line has changed stops the build, instead of being found out for nothing.
file(READ ${MUTANT} TEXT)
string(REGEX MATCH "^[^\n]+\n([^\n]+)\n-----\n" HEAD "${TEXT}")
set(SOURCE ${CMAKE_MATCH_1})
string(LENGTH "${HEAD}" HEAD_N)
string(SUBSTRING "${TEXT}" ${HEAD_N} -1 TEXT)
string(FIND "${TEXT}" "-----\n" MIDDLE)
if(HEAD_N EQUAL 0 OR MIDDLE LESS 1)
  message(FATAL_ERROR "${MUTANT}: is no mutant; mutate.cmake says how one is written")
endif()
string(SUBSTRING "${TEXT}" 0 ${MIDDLE} FROM)
math(EXPR MIDDLE "${MIDDLE} + 6")
string(SUBSTRING "${TEXT}" ${MIDDLE} -1 TO)

file(READ ${ROOT}/${SOURCE} CODE)
string(FIND "${CODE}" "${FROM}" FIRST)
string(FIND "${CODE}" "${FROM}" LAST REVERSE)
if(FIRST EQUAL -1)
  message(FATAL_ERROR "${MUTANT}: what it replaces stands no more in ${SOURCE}: bring the mutant up to date")
elseif(NOT FIRST EQUAL LAST)
  message(FATAL_ERROR "${MUTANT}: what it replaces stands in ${SOURCE} more than once")
endif()
string(REPLACE "${FROM}" "${TO}" CODE "${CODE}")
file(WRITE ${OUT} "${CODE}")
