# shellcheck shell=bash disable=SC2154
# What the development servers (kafka-dev/kafka, clickhouse-dev/clickhouse) share: one server per
# directory, run in the background as an ordinary process, known by a pid file and a log file.
#
# The script that sources this sets   server (its name), dir, pid_file, log_file, port (to look at)
# and defines                         launch (exec the server in the foreground)
#                                     is_ready (succeeds once clients are served)
# Exit status everywhere: 0 done, 1 failed, 2 wrong usage, 3 something needed is not on this machine.

readonly START_LIMIT_S=90 STOP_LIMIT_S=30

say() { printf '%s: %s\n' "$server" "$*" >&2; }
fail() { say "$*"; exit 1; }
misused() { say "$*"; exit 2; }
lacking() { say "$*"; exit 3; }

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The pid file alone could name another process by now: its command line must mention our directory.
is_running() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$dir/"
}

wait_until_gone() {
  local deadline=$((SECONDS + $1))
  while is_running; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
  # A process that dies loses its command line a little before its sockets.
  deadline=$((SECONDS + 5))
  while port_answers "$port" && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
}

start_server() {
  is_running && fail "already running in $dir (pid $(cat "$pid_file"))"
  port_answers "$port" && fail "port $port is taken"
  [ ! -f "$log_file" ] || mv -f "$log_file" "$log_file.previous"
  : >"$log_file"
  launch </dev/null >"$log_file" 2>&1 &
  echo $! >"$pid_file"
  disown
  local deadline=$((SECONDS + START_LIMIT_S)) pid=$!
  until is_ready; do
    kill -0 "$pid" 2>/dev/null || fail "ended while starting, see $log_file"
    if [ "$SECONDS" -ge "$deadline" ]; then
      kill -KILL "$pid"
      fail "not ready after $START_LIMIT_S s, see $log_file"
    fi
    sleep 0.1
  done
  say "ready on 127.0.0.1:$port (pid $pid, log $log_file)"
}

stop_server() {
  if is_running; then
    kill -TERM "$(cat "$pid_file")"
    if ! wait_until_gone "$STOP_LIMIT_S"; then
      say "did not end in $STOP_LIMIT_S s, killing it"
      kill_server
    fi
    say "stopped"
  else
    say "not running"
  fi
  rm -f "$pid_file"
}

kill_server() {
  if is_running; then
    kill -KILL "$(cat "$pid_file")"
    wait_until_gone "$STOP_LIMIT_S" || fail "survived SIGKILL"
  fi
  rm -f "$pid_file"
}

show_status() {
  is_running || { say "not running in $dir"; return 1; }
  is_ready || { say "starting (pid $(cat "$pid_file"))"; return 1; }
  say "running on 127.0.0.1:$port (pid $(cat "$pid_file"), log $log_file)"
}
