#!/bin/bash
# The broker with the configuration that setup.mjs wrote. The image's own start formats without users, and a broker that
# asks who one is must know them before the first one comes.
set -euo pipefail
config=/etc/stagedoor/server.properties
mapfile -t users </etc/stagedoor/scram.arguments
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id "$(cat /etc/stagedoor/cluster.id)" \
  --config "$config" "${users[@]}"
exec /opt/kafka/bin/kafka-server-start.sh "$config"
