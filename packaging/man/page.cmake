# Joins the fixed parts of a man page and what `backroom config man` prints between them.
execute_process(COMMAND ${TOOL} config man OUTPUT_VARIABLE BODY COMMAND_ERROR_IS_FATAL ANY)
file(READ ${HEAD} HEAD_TEXT)
file(READ ${TAIL} TAIL_TEXT)
file(WRITE ${PAGE} "${HEAD_TEXT}${BODY}${TAIL_TEXT}")
