# Makes PostgreSQL be as asked for; may run again. $1: the container's address, $2: days that backups are kept.
# The SQL of accounts comes on standard input.
set -eu
version=15
settings=/etc/postgresql/$version/main
umask 077

if [ ! -d "$settings" ]; then
    pg_createcluster $version main --start-conf=auto --encoding UTF8 --locale C.UTF-8 -- --auth-local=peer --auth-host=scram-sha-256 --data-checksums
fi

# A CA of its own, which its clients are told: its key goes once the server's certificate is there.
if [ ! -f "$settings/server.crt" ]; then
    made=$(mktemp -d)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=lab database CA" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$made/ca.key" -out "$made/ca.crt" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
        -keyout "$made/server.key" -out "$made/server.csr" 2>/dev/null
    printf 'subjectAltName=IP:%s\nextendedKeyUsage=serverAuth\n' "$1" >"$made/names"
    openssl x509 -req -in "$made/server.csr" -CA "$made/ca.crt" -CAkey "$made/ca.key" -CAcreateserial \
        -days 3650 -extfile "$made/names" -out "$made/server.crt" 2>/dev/null
    install -m 0600 -o postgres -g postgres "$made/server.key" "$settings/server.key"
    install -m 0644 "$made/ca.crt" "$settings/ca.crt"
    install -m 0644 "$made/server.crt" "$settings/server.crt"
    rm -r "$made"
fi

install -d -m 0755 "$settings/conf.d"
cat >"$settings/conf.d/lab.conf" <<CONF
listen_addresses = '*'
ssl = on
ssl_cert_file = '$settings/server.crt'
ssl_key_file = '$settings/server.key'
ssl_min_protocol_version = 'TLSv1.2'
password_encryption = 'scram-sha-256'
CONF
chmod 0644 "$settings/conf.d/lab.conf"
cat >"$settings/pg_hba.conf" <<HBA
local   all postgres peer
hostssl all all 0.0.0.0/0 scram-sha-256
HBA
chown postgres:postgres "$settings/pg_hba.conf"

cat >/usr/local/sbin/lab-backup <<BACKUP
#!/bin/sh
set -eu
umask 077
cd /var/backups/postgresql
pg_dumpall | gzip >new.sql.gz
mv new.sql.gz "\$(date -u +%F).sql.gz"
find . -name '*.sql.gz' -mtime "+$2" -delete
BACKUP
chmod 0755 /usr/local/sbin/lab-backup
install -d -m 0700 -o postgres -g postgres /var/backups/postgresql
printf '[Service]\nType=oneshot\nUser=postgres\nExecStart=/usr/local/sbin/lab-backup\n' \
    >/etc/systemd/system/lab-backup.service
printf '[Timer]\nOnCalendar=daily\nPersistent=true\n[Install]\nWantedBy=timers.target\n' \
    >/etc/systemd/system/lab-backup.timer
systemctl daemon-reload
if [ "$2" -gt 0 ]; then
    systemctl enable --quiet --now lab-backup.timer
else
    systemctl disable --quiet --now lab-backup.timer
fi

systemctl start postgresql@$version-main
runuser -u postgres -- psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file -
