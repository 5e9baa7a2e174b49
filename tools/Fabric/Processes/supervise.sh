#!/bin/sh
# Runs a command that must not outlive the program that asked for it, even if that program is killed.
#
#   supervise.sh LOG SIGNAL SECONDS COMMAND [ARGUMENT...]
#
# The program holds the other end of standard input. Each line it writes is a signal to send to the command. When the pipe
# closes, because the program closed it or died, the command gets SIGNAL and, SECONDS later, it is killed.
# Prints the command's process id; exits with the command's exit code.

log=$1 signal=$2 seconds=$3
shift 3

exec 3<&0 </dev/null 2>>"$log"
setsid "$@" >>"$log" 2>&1 3<&- &
child=$!
echo "$child"

# The whole group, or the command alone in the instant before it has a group of its own.
send() {
    kill -s "$1" -- "-$child" 2>/dev/null || kill -s "$1" "$child" 2>/dev/null
}

obey() {
    while read -r asked <&3; do
        send "$asked"
    done
    send "$signal"
    send CONT # a stopped process acts on no other signal
    rounds=$((seconds * 10))
    while [ "$rounds" -gt 0 ]; do
        sleep 0.1
        rounds=$((rounds - 1))
    done
    send KILL
}

obey &
watcher=$!
wait "$child"
code=$?
kill "$watcher"
send KILL # what the command has left behind
exit "$code"
