#!/bin/sh
# First process of the guest, in its final root: runs in-guest.js, tells its exit code, and switches the guest off.
# It reaps what the attacks leave to it, as an init must: a shell that waits takes every child that ends.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb NO_COLOR=1
code=0
/saiban/node /saiban/checkout/dist/test/attacks/v2/in-guest.js /saiban/plan.json || code=$?
echo "saiban-guest: exit $code"
echo o >/proc/sysrq-trigger
# Init must not end, and no program can be read any more when the machine is going down.
while :; do :; done
