#!/bin/bash
# What Kafka's official image starts with: its own program makes server.properties out of KAFKA_* and formats the folder.
set -euo pipefail
export CLUSTER_ID=${CLUSTER_ID:-4L6g3nShT-eMCtK--X86sw}
java -cp '/opt/kafka/libs/*' kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config
exec /opt/kafka/bin/kafka-server-start.sh /opt/kafka/config/server.properties
