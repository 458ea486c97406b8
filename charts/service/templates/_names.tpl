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

{{/*
linli.there (chart, name, keys): refuses a secret that is not there or lacks a key, in a sentence and before anything changes;
where Helm speaks to a cluster, whose every namespace has a service account "default".
*/}}
{{- define "linli.there" -}}
{{- $space := .chart.Release.Namespace -}}
{{- if lookup "v1" "ServiceAccount" $space "default" -}}
{{- $secret := lookup "v1" "Secret" $space .name -}}
{{- if not $secret }}{{ fail (printf "secret %s is not in namespace %s: docs/install.md says how it is made" .name $space) }}{{ end -}}
{{- $data := $secret.data | default dict -}}
{{- range .keys -}}
{{- if not (hasKey $data .) }}{{ fail (printf "secret %s in namespace %s has no key %s: docs/install.md says how it is made" $.name $space .) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end }}
