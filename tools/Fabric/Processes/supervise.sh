#!/bin/sh
# Runs a command that must not outlive the program that started it, even if that program is killed.
#
#   supervise.sh LOG SIGNAL SECONDS COMMAND [ARGUMENT...]
# The program holds the other end of standard input. Each line it writes is a signal to send to the command. When the pipe closes, because
# the program closed it or died, the command gets SIGNAL and is killed SECONDS later.
# Prints the command's process id; exits with the command's exit code.

log=$1 signal=$2 seconds=$3
shift 3

exec 3<&0 </dev/null 2>>"$log"
setsid "$@" >>"$log" 2>&1 3<&- &
child=$!
echo "$child"

# Signals the whole process group, or only the command if it does not have its own group yet.
send() {
    kill -s "$1" -- "-$child" 2>/dev/null || kill -s "$1" "$child" 2>/dev/null
}

forward_signals() {
    while read -r requested <&3; do
        send "$requested"
    done
    send "$signal"
    send CONT # a stopped process ignores other signals
    rounds=$((seconds * 10))
    while [ "$rounds" -gt 0 ]; do
        sleep 0.1
        rounds=$((rounds - 1))
    done
    send KILL
}

forward_signals &
watcher=$!
wait "$child"
code=$?
kill "$watcher"
send KILL # processes that the command left behind
exit "$code"
