# Makes SeaweedFS and its bucket be as asked for; may run again. $1: the container's address, $2: the bucket,
# $3: after how long objects end, as SeaweedFS writes it, empty for never. identities.json comes on standard input.
set -eu
umask 077
id -u seaweedfs >/dev/null 2>&1 || useradd --system --home-dir /var/lib/seaweedfs --shell /usr/sbin/nologin seaweedfs
install -d -m 0700 -o seaweedfs -g seaweedfs /var/lib/seaweedfs
new=$(mktemp)
cat >"$new"
if cmp -s "$new" /etc/seaweedfs.json; then
    rm "$new"
else
    chown seaweedfs:seaweedfs "$new"
    mv "$new" /etc/seaweedfs.json
fi

cat >/etc/systemd/system/lab-bucket.service <<UNIT
[Unit]
After=network.target
[Service]
User=seaweedfs
ExecStart=/usr/local/bin/weed -logtostderr=true server -dir=/var/lib/seaweedfs -ip=127.0.0.1 -ip.bind=127.0.0.1 \\
    -master.telemetry=false -master.volumeSizeLimitMB=1024 -volume.max=0 -volume.preStopSeconds=0 -filer \\
    -s3 -s3.ip.bind=$1 -s3.port=8333 -s3.config=/etc/seaweedfs.json -s3.iam=false -s3.encryptVolumeData \\
    -s3.port.iceberg=0 -s3.port.lance=0
Restart=always
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --quiet lab-bucket
if [ /etc/seaweedfs.json -nt /run/lab-bucket.started ]; then
    touch /run/lab-bucket.started
    systemctl restart lab-bucket
else
    systemctl start lab-bucket
fi

ask() {
    printf '%s\n' "$1" | timeout 20 weed shell -master=127.0.0.1:9333 -filer=127.0.0.1:8888 2>&1
}

tries=0
until ask "s3.bucket.list" | grep -q .; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { echo "SeaweedFS does not answer" >&2; exit 1; }
    sleep 0.5
done
ask "s3.bucket.list" | grep -q "^  $2[[:space:]]" || ask "s3.bucket.create -name $2"
if [ -n "$3" ]; then
    ask "fs.configure -locationPrefix=/buckets/$2/ -ttl=$3 -apply" >/dev/null
else
    ask "fs.configure -locationPrefix=/buckets/$2/ -delete -apply" >/dev/null
fi
