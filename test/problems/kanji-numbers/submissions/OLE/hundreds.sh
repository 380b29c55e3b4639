# The last line of the answer, endlessly.
yes 百
