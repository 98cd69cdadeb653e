weed={program/weed#path}
data={host/hub-2#root}/data/seaweedfs
identities={host/hub-2#root}/seaweedfs/identities.json
s3={host/hub-2/service/seaweedfs#s3.port}
s3_grpc={host/hub-2/service/seaweedfs#s3_grpc.port}
filer={host/hub-2/service/seaweedfs#filer.port}
filer_grpc={host/hub-2/service/seaweedfs#filer_grpc.port}
volume={host/hub-2/service/seaweedfs#volume.port}
volume_grpc={host/hub-2/service/seaweedfs#volume_grpc.port}
master={host/hub-2/service/seaweedfs#master.port}
master_grpc={host/hub-2/service/seaweedfs#master_grpc.port}
# Runs SeaweedFS and clears away the sockets that it leaves in /tmp. Expects $weed, $data, $identities and the ports.
set -u

sockets() {
    for port in "$master_grpc" "$volume_grpc" "$filer_grpc" "$s3_grpc"; do
        rm -f /tmp/seaweedfs-*-grpc-"$port".sock
    done
    rm -f "/tmp/seaweedfs-filer-$filer.sock" "/tmp/seaweedfs-s3-$s3.sock"
}

sockets
# With this script killed the server must not live on, or the next one would find its ports taken.
setpriv --pdeathsig KILL "$weed" -logtostderr=true server -dir="$data" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -master.port="$master" -master.port.grpc="$master_grpc" -master.telemetry=false -master.volumeSizeLimitMB=1024 \
    -master.electionTimeout=500ms -master.heartbeatInterval=100ms \
    -volume.port="$volume" -volume.port.grpc="$volume_grpc" -volume.max=0 -volume.preStopSeconds=0 \
    -filer -filer.port="$filer" -filer.port.grpc="$filer_grpc" \
    -s3 -s3.port="$s3" -s3.port.grpc="$s3_grpc" -s3.config="$identities" -s3.iam=false \
    -s3.port.iceberg=0 -s3.port.lance=0 &
server=$!

# Its own way of stopping waits for clients that never leave, and it is written to survive a kill.
trap 'kill -TERM "$server"; sleep 1; kill -KILL "$server" 2>/dev/null' TERM INT
wait "$server"
status=$?
trap '' TERM INT
wait "$server"
sockets
exit "$status"
