# Shows the first line, over and over.
line = gets * 10_000
loop { print line }
