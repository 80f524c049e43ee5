# Runs a command that must not outlive the process that started this guard:
#   guard INT|KILL DIRECTORY COMMAND ARGUMENT...
# File descriptor 3 is the read end of a pipe whose only write end is in that
# process, so it reaches its end when the process closes it or dies, however it
# dies. Then the command gets the signal (PostgreSQL takes INT as its fast
# shutdown), and DIRECTORY, unless empty, is removed.
signal=$1
directory=$2
shift 2

# A signal to many, as a service manager sends it, must not part the guard from
# its command.
trap '' HUP INT TERM

# Who is told to end by TERM must be able to: what is ignored is inherited, and
# Java leaves it ignored. PostgreSQL sets handlers of its own.
(
	trap - TERM
	exec "$@"
) 3<&- &
command=$!

(
	read -r _ <&3
	trap '' USR1
	attempts=0
	# Once is not enough: a background command of a shell begins with SIGINT
	# ignored, and has no handler until it has set one.
	while kill -s "$signal" "$command" 2>/dev/null; do
		attempts=$((attempts + 1))
		[ "$attempts" -lt 200 ] || signal=KILL
		sleep 0.05
	done
	# After a SIGKILL of the server its sessions may still write for a moment.
	[ -z "$directory" ] || rm -rf "$directory" || { sleep 1; rm -rf "$directory"; }
) &
watcher=$!

wait "$command"
status=$?
# Ends the watcher unless the pipe has ended: then it is cleaning up.
kill -s USR1 "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$status"
