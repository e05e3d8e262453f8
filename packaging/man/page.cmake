# Joins the fixed parts of a man page and what the tool prints between them, asked with WORDS.
separate_arguments(WORDS)
execute_process(COMMAND ${TOOL} ${WORDS} OUTPUT_VARIABLE BODY COMMAND_ERROR_IS_FATAL ANY)
file(READ ${HEAD} HEAD_TEXT)
file(READ ${TAIL} TAIL_TEXT)
file(WRITE ${PAGE} "${HEAD_TEXT}${BODY}${TAIL_TEXT}")
