{{- define "touchline.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "touchline.selector" -}}
app.kubernetes.io/name: touchline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "touchline.labels" -}}
{{ include "touchline.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "touchline.port" -}}
{{- get (dict "ingestion" "3001" "identity" "3002" "journey" "3003" "metrics" "3004") . }}
{{- end }}

{{- define "touchline.image" -}}
{{ .root.Values.image.repository }}/{{ .program }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "touchline.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "touchline.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What all pods have: where they run, and that they are nobody to the API server. */}}
{{- define "touchline.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* By the name of their file: the variable that names it, and the object and key that it comes from. */}}
{{- define "touchline.authorities" -}}
{{- $variables := dict "kafka" "KAFKA_CA_FILE" "postgres" "DATABASE_CA_FILE" "redis" "REDIS_CA_FILE" }}
{{- range $backend, $variable := $variables }}
{{- with (get $.Values $backend).authority }}
{{- if or .configMap .secret }}
{{ $backend }}: { variable: {{ $variable }}, kind: {{ if .configMap }}configMap{{ else }}secret{{ end }}, name: {{ .configMap | default .secret }}, key: {{ .key }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Variables of every program; secrets stand in files. */}}
{{- define "touchline.env" -}}
{{- $values := .root.Values }}
- { name: TOUCHLINE_LOG, value: kafka }
- { name: KAFKA_BROKERS, value: {{ $values.kafka.brokers | quote }} }
- { name: TOUCHLINE_PARTITIONS, value: {{ $values.kafka.partitions | quote }} }
- { name: TOUCHLINE_DRAIN_MS, value: "3000" }
{{- with $values.kafka.topicPrefix }}
- { name: KAFKA_TOPIC_PREFIX, value: {{ . | quote }} }
{{- end }}
{{- if $values.kafka.tls }}
- { name: KAFKA_TLS, value: "on" }
{{- end }}
{{- with $values.kafka.sasl }}
{{- if .mechanism }}
- { name: KAFKA_SASL_MECHANISM, value: {{ .mechanism }} }
- name: KAFKA_SASL_USERNAME
  valueFrom: { secretKeyRef: { name: {{ .secret }}, key: {{ .usernameKey }} } }
- { name: KAFKA_SASL_PASSWORD_FILE, value: /run/secrets/touchline/kafka-password }
{{- end }}
{{- end }}
- { name: DATABASE_URL_FILE, value: /run/secrets/touchline/database-url }
{{- if $values.redis.secret }}
- { name: REDIS_URL_FILE, value: /run/secrets/touchline/redis-url }
{{- end }}
- { name: TOUCHLINE_SECRET_FILE, value: /run/secrets/touchline/secret }
{{- if eq .component "ingestion" }}
- { name: TOUCHLINE_ADMIN_KEY_FILE, value: /run/secrets/touchline/admin-key }
{{- end }}
{{- range $name, $authority := include "touchline.authorities" .root | fromYaml }}
- { name: {{ $authority.variable }}, value: /etc/touchline/trust/{{ $name }}.crt }
{{- end }}
{{- if $values.trust.configMap }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/touchline/trust/ca.crt }
{{- end }}
{{- range $name, $value := merge (dict) (.env | default dict) $values.settings }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "touchline.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: secrets, mountPath: /run/secrets/touchline, readOnly: true }
{{- if or .Values.trust.configMap (include "touchline.authorities" .) }}
- { name: trust, mountPath: /etc/touchline/trust, readOnly: true }
{{- end }}
{{- end }}

{{- define "touchline.volumes" -}}
{{- $values := .root.Values }}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: { name: {{ $values.postgres.secret }}, items: [{ key: {{ $values.postgres.urlKey }}, path: database-url }] }
      {{- with $values.redis }}
      {{- if .secret }}
      - secret: { name: {{ .secret }}, items: [{ key: {{ .urlKey }}, path: redis-url }] }
      {{- end }}
      {{- end }}
      {{- with $values.kafka.sasl }}
      {{- if .mechanism }}
      - secret: { name: {{ .secret }}, items: [{ key: {{ .passwordKey }}, path: kafka-password }] }
      {{- end }}
      {{- end }}
      {{- with $values.installation }}
      - secret: { name: {{ .secret }}, items: [{ key: {{ .secretKey }}, path: secret }] }
      {{- if eq $.component "ingestion" }}
      - secret: { name: {{ .secret }}, items: [{ key: {{ .adminKeyKey }}, path: admin-key }] }
      {{- end }}
      {{- end }}
{{- $authorities := include "touchline.authorities" .root | fromYaml }}
{{- if or $values.trust.configMap $authorities }}
- name: trust
  projected:
    defaultMode: 0444
    sources:
      {{- with $values.trust }}
      {{- if .configMap }}
      - configMap: { name: {{ .configMap }}, items: [{ key: {{ .key }}, path: ca.crt }] }
      {{- end }}
      {{- end }}
      {{- range $name, $authority := $authorities }}
      - {{ $authority.kind }}: { name: {{ $authority.name }}, items: [{ key: {{ $authority.key }}, path: {{ $name }}.crt }] }
      {{- end }}
{{- end }}
{{- end }}
