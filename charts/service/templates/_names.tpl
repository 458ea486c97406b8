{{/* One company lives in one namespace, so a service has the name by which the others call it. */}}
{{- define "linli.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of pods: those that an upgrade leaves alone, for another label is another pod. */}}
{{- define "linli.podLabels" -}}
{{ include "linli.selector" . }}
app.kubernetes.io/part-of: linli
linli/company: {{ include "linli.company" . }}
{{- end }}

{{- define "linli.labels" -}}
{{ include "linli.podLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "linli.company" -}}
{{ required "global.company is missing: name the company, in lower-case letters, digits and dashes" .Values.global.company }}
{{- end }}

{{/* linli.image (chart, name, other): the other one if there is one. */}}
{{- define "linli.image" -}}
{{- $global := .chart.Values.global -}}
{{- if .other }}{{ .other }}{{ else }}
{{- with $global.image.registry }}{{ trimSuffix "/" . }}/{{ end }}linli/{{ .name }}:{{ $global.image.tag | default .chart.Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* linli.need (chart, path, value, why): a value, or a sentence that says what is missing. */}}
{{- define "linli.need" -}}
{{- required (printf "global.%s is missing: %s" .path .why) .value -}}
{{- end }}

{{- define "linli.brokers" -}}
{{ include "linli.need" (dict "path" "kafka.brokers" "value" (join "," .Values.global.kafka.brokers) "why" "say where Kafka is, [host:9092, …]") }}
{{- end }}
{{- define "linli.redis" -}}
{{ include "linli.need" (dict "path" "redis.address" "value" .Values.global.redis.address "why" "say where Redis is, host:6379") }}
{{- end }}
{{- define "linli.databaseSecret" -}}
{{ include "linli.need" (dict "path" "database.existingSecret" "value" .Values.global.database.existingSecret "why" "name the secret with the URLs that linli prepare schemas made") }}
{{- end }}
{{- define "linli.keysSecret" -}}
{{ include "linli.need" (dict "path" "secrets.existingSecret" "value" .Values.global.secrets.existingSecret "why" "name the secret with the keys admin-password and personal-data") }}
{{- end }}
