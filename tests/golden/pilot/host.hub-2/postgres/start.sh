# Makes the cluster at the first start and runs it. Safe to kill at any moment.
set -eu
umask 077
programs={program/postgresql#path}/..
root={host/hub-2#root}
port={host/hub-2/service/postgres#sql.port}
data="$root/data/postgres"
export LC_ALL=C TZ=UTC

# The lock lives as long as the server or any of its processes. Whoever holds it is alone with the data, so that a
# postmaster.pid found then is left over from a kill or a reboot, whatever process has its number today.
exec 9>"$data/lock"
flock -w 30 9 || { echo "another PostgreSQL still uses $data" >&2; exit 1; }

if [ ! -d "$data/cluster" ]; then
    rm -rf "$data/cluster.new"
    "$programs/bin/initdb" --pgdata="$data/cluster.new" --username=admin --pwfile="$root/postgres/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
        --no-instructions
    mv "$data/cluster.new" "$data/cluster"
fi

rm -f "$data/cluster/postmaster.pid"
exec "$programs/bin/postgres" -D "$data/cluster" -p "$port" \
    -c config_file="$root/postgres/postgresql.conf" -c hba_file="$root/postgres/pg_hba.conf" -c ident_file="$root/postgres/pg_ident.conf"
