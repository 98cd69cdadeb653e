# Makes SeaweedFS and its bucket be as asked for; may run again. $1: the container's address, $2: the bucket,
# $3: after how long objects end, as SeaweedFS writes it, empty for never. identities.json comes on standard input.
set -eu
umask 077
id -u seaweedfs >/dev/null 2>&1 || useradd --system --home-dir /var/lib/seaweedfs --shell /usr/sbin/nologin seaweedfs
install -d -m 0700 -o seaweedfs -g seaweedfs /var/lib/seaweedfs
cat >/etc/seaweedfs.json
chown seaweedfs:seaweedfs /etc/seaweedfs.json

cat >/etc/systemd/system/lab-bucket.service <<UNIT
[Unit]
After=network.target
[Service]
User=seaweedfs
ExecStart=/usr/local/bin/weed -logtostderr=true server -dir=/var/lib/seaweedfs -ip=127.0.0.1 -ip.bind=127.0.0.1 \\
    -master.telemetry=false -master.volumeSizeLimitMB=1024 -master.electionTimeout=500ms \\
    -master.heartbeatInterval=100ms -volume.max=0 -volume.preStopSeconds=0 -filer \\
    -s3 -s3.ip.bind=$1 -s3.port=8333 -s3.config=/etc/seaweedfs.json -s3.iam=false -s3.encryptVolumeData \\
    -s3.port.iceberg=0 -s3.port.lance=0
Restart=always
# Its own way of stopping waits for clients that never leave, and it is written to survive a kill.
TimeoutStopSec=2
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --quiet lab-bucket
if sha256sum --status --check /run/lab-bucket.taken 2>/dev/null; then
    systemctl start lab-bucket
else
    systemctl restart lab-bucket
    sha256sum /etc/seaweedfs.json >/run/lab-bucket.taken
fi

ask() {
    printf '%s\n' "$1" | timeout 20 weed shell -master=127.0.0.1:9333 -filer=127.0.0.1:8888 2>&1
}

is_there() {
    ask "s3.bucket.list" | grep -q "^  $1[[:space:]]"
}

tries=0
until is_there "$2"; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { echo "SeaweedFS does not make its bucket" >&2; exit 1; }
    ask "s3.bucket.create -name $2" >/dev/null || true
    is_there "$2" || sleep 0.3
done
if [ -n "$3" ]; then
    ask "fs.configure -locationPrefix=/buckets/$2/ -ttl=$3 -apply" >/dev/null
else
    ask "fs.configure -locationPrefix=/buckets/$2/ -delete -apply" >/dev/null
fi
