#!/bin/bash
# What Kafka's official image starts with: its own program makes server.properties out of KAFKA_* and formats the folder.
set -euo pipefail
export CLUSTER_ID=${CLUSTER_ID:-4L6g3nShT-eMCtK--X86sw}
# A folder that an earlier start has formatted is no failure, there as here: its settings are written by then.
said=$(java -cp '/opt/kafka/libs/*' kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1) \
  || grep --ignore-case 'already formatted' <<< "$said" || { echo "$said"; exit 1; }
exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties
