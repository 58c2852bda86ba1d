# As apache/kafka: CLUSTER_ID and /mnt/shared/config/server.properties; formats an empty folder, then runs.
set -eu
properties=/mnt/shared/config/server.properties
kafka() { exec java ${KAFKA_HEAP_OPTS:--Xmx512m} -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*' "$@"; }
(kafka kafka.tools.StorageTool format --ignore-formatted -t "$CLUSTER_ID" -c "$properties")
kafka kafka.Kafka "$properties"
