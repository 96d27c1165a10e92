#!/bin/bash
# The whole story in a minute: a database from quickstart.json, a backup, an accident, and the way back.
#
# Everything happens in one temporary directory and on free ports, and is taken down at the end. As root the servers
# run as postgres, otherwise as whoever calls this. PGSTANZA names the executable; `make demo` sets it.
set -euo pipefail

program=${PGSTANZA:-$(command -v pgstanza)} || { echo "demo: no pgstanza: run \`make demo\`" >&2; exit 69; }
examples=$(cd "$(dirname "$0")" && pwd)
owner=$(id -un)
[ "$(id -u)" != 0 ] || owner=postgres
group=$(id -gn "$owner")

# Short, for the sockets in it; under /tmp, for the clone may lie where only its owner may enter.
place=$(mktemp -d /tmp/pgstanza-demo.XXXXXX)
export PATH=$place/bin:$PATH
unset "${!PG@}" 2>/dev/null || true # PGHOST and the like would lead psql elsewhere
export PGSTANZA_HOME=$place/home

clean_up() {
    local status=$? file pid
    trap '' INT TERM
    [ "$status" = 0 ] || echo "demo: failed (exit code $status)" >&2
    # Servers by their pid files, in case pgstanza cannot; a pid is believed when the process works in that directory.
    while IFS= read -r file; do
        pid=$(head -1 "$file")
        [ "$(readlink "/proc/$pid/cwd")" = "$(dirname "$file")" ] || continue
        kill -QUIT "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            [ -e "/proc/$pid/cwd" ] || break
            sleep 0.05
        done
    done < <(find "$place" -name postmaster.pid 2>/dev/null)
    rm -rf "$place"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

as_owner() {
    if [ "$(id -u)" = 0 ]; then runuser -u "$owner" -- "$@"; else "$@"; fi
}

parts=()
part_name='' part_start=0
# Closes the part before, for the table at the end, and starts the next.
part() {
    local now=${EPOCHREALTIME/[.,]/}
    [ -z "$part_name" ] || parts+=("$(printf '%5d.%01d s  %s' $(((now - part_start) / 1000000)) \
        $(((now - part_start) % 1000000 / 100000)) "$part_name")")
    part_name=${1:-} part_start=$now
    [ -z "$part_name" ] || printf '\n== %s\n' "$part_name"
}
run() { # shows the command as a user would type it, and runs it
    echo "\$ $*"
    "$@"
}
sql() { # sql ROLE SQL...: on the primary or on the replica
    local port=$primary_port
    [ "$1" = primary ] || port=$replica_port
    shift
    as_owner psql -X -q -h "$PGSTANZA_HOME/run" -p "$port" -d "$database" -v ON_ERROR_STOP=1 "$@"
}
field() { # field KEY...: a value of the JSON on standard input
    python3 -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = value[int(key) if key.lstrip("-").isdigit() else key]
print(value)' "$@"
}

mkdir "$place/bin" "$place/repository" "$PGSTANZA_HOME"
cp "$program" "$place/bin/pgstanza"
chmod 755 "$place" "$place/bin" "$place/bin/pgstanza"
chown "$owner:$group" "$place" "$place/repository" "$PGSTANZA_HOME"
cd "$place"

# The example as it is, with its repository in this directory and its ports taken from those that are free.
python3 - "$examples/quickstart.json" "$place/repository" > quickstart.json <<'PYTHON'
import re, socket, sys

def free_port(_):
    probe = socket.socket()
    probe.bind(("127.0.0.1", 0))
    kept.append(probe)  # until all are chosen, so that they differ
    return f'"port": {probe.getsockname()[1]}'

kept = []
text = open(sys.argv[1]).read()
text = re.sub(r'"base_path": *"[^"]*"', f'"base_path": "{sys.argv[2]}"', text)
print(re.sub(r'"port": *[0-9]+', free_port, text), end="")
PYTHON

part 'create a primary and a read replica, and turn archiving on'
run pgstanza db create quickstart.json --yes
listing=$(pgstanza db list --json)
id=$(field databases 0 id <<<"$listing")
database=$(field databases 0 database_name <<<"$listing")
primary_port=$(python3 -c 'import json,sys
print([n["port"] for n in json.load(sys.stdin)["databases"][0]["nodes"] if n["role"] == "primary"][0])' <<<"$listing")
replica_port=$(python3 -c 'import json,sys
print([n["port"] for n in json.load(sys.stdin)["databases"][0]["nodes"] if n["role"] != "primary"][0])' <<<"$listing")
run pgstanza db list

part 'write rows, take a full backup, write more'
sql primary -c "CREATE TABLE orders (number int PRIMARY KEY, item text, ordered timestamptz DEFAULT now())" \
    -c "INSERT INTO orders (number, item) SELECT i, 'item ' || i FROM generate_series(1, 1000) i"
run pgstanza backup "$id" --type full
sql primary -c "INSERT INTO orders (number, item) SELECT i, 'item ' || i FROM generate_series(1001, 1500) i"
expected=$(sql primary -At -c "SELECT count(*), md5(string_agg(orders::text, ',' ORDER BY number)) FROM orders")

part 'the accident'
sleep 1
before=$(sql primary -At -c "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
sleep 1
printf '$ psql -c "DROP TABLE orders"\n'
sql primary -c "DROP TABLE orders"

part 'look at the plan'
run pgstanza restore "$id" --type time --target "$before" --plan

part 'restore to just before the accident'
run pgstanza restore "$id" --type time --target "$before" --yes

part 'the rows are back'
for role in primary replica; do
    found=$(sql "$role" -At -c "SELECT count(*), md5(string_agg(orders::text, ',' ORDER BY number)) FROM orders")
    echo "$role: ${found%|*} rows"
    [ "$found" = "$expected" ] || { echo "demo: the $role holds $found, expected $expected" >&2; exit 1; }
done

part 'turn backups on again'
run pgstanza db update "$id" --yes
run pgstanza backups "$id"

part
printf '\nHow long it took:\n'
printf '%s\n' "${parts[@]}"
