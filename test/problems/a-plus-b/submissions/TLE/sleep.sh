# Uses no CPU time: only the limit on wall time ends it.
read -r a b
while :; do sleep 3600; done
