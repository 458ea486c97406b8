{{/* What every container and pod is confined to: the restricted Pod Security Standard, and a root that is read-only. */}}
{{- define "linli.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "linli.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "linli.pull" -}}
{{- with .Values.global.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* linli.env (chart, facts): each name once, for it is made from a map: the platform's settings, then those of the values. */}}
{{- define "linli.env" -}}
{{- $v := .chart.Values -}}{{- $g := $v.global -}}
{{- $env := dict
  "LINLI_COMPANY" (include "linli.company" .chart) "LINLI_DATA" "/data" "LINLI_HTTP" ":8080"
  "LINLI_LOG_LEVEL" $g.log.level "LINLI_LOG_FORMAT" $g.log.format "LINLI_DRAIN_DELAY" $g.drainDelay -}}
{{- if .facts.callers }}{{ $_ := set $env "LINLI_GRPC" ":9000" }}{{ end -}}
{{- if not .facts.embedded }}
{{- $_ := set $env "LINLI_BROKERS" (include "linli.brokers" .chart) }}
{{- $_ := set $env "LINLI_REDIS" (include "linli.redis" .chart) }}
{{- end -}}
{{- $env = merge $env (include "linli.accessEnv" . | fromJson) -}}
{{- if .facts.keys }}{{ $_ := set $env "LINLI_SECRETS" "/secrets" }}{{ end -}}
{{- with .facts.calls }}
{{- $peers := list }}{{ range . }}{{ $peers = append $peers (printf "%s=dns:///%s:9000" . .) }}{{ end }}
{{- $_ := set $env "LINLI_PEERS" (join ";" $peers) }}
{{- end -}}
{{- if and $g.consul.address (not .facts.embedded) }}{{ $_ := set $env "LINLI_CONSUL" $g.consul.address }}{{ end -}}
{{- with $g.otlp.endpoint }}{{ $_ := set $env "LINLI_OTLP" . }}{{ end -}}
{{- if and $g.tls.existingSecretPrefix (not .facts.embedded) }}{{ $_ := set $env "LINLI_TLS_DIR" "/tls" }}{{ end -}}
{{- if $g.demo }}{{ $_ := set $env "LINLI_DEMO" "true" }}{{ end -}}
{{- range $name, $value := $v.env }}
{{- if hasKey $env $name }}{{ fail (printf "%s.env.%s is set by the chart: use the value it has for it" $.chart.Chart.Name $name) }}{{ end }}
{{- $_ := set $env $name $value }}
{{- end -}}
{{- range $name, $value := $env }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- include "linli.clockEnv" .chart }}
- name: LINLI_INSTANCE
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: LINLI_ADVERTISE
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
{{- if .facts.stores }}
- name: LINLI_DATABASE
  valueFrom: {secretKeyRef: {name: {{ include "linli.databaseSecret" .chart }}, key: {{ .chart.Chart.Name }}}}
{{- end }}
{{- end }}

{{- define "linli.secretsThere" -}}
{{- $prefix := .chart.Values.global.tls.existingSecretPrefix -}}
{{- if .facts.keys }}{{ include "linli.there" (dict "chart" .chart "name" (include "linli.keysSecret" .chart) "keys" .facts.keys) }}{{ end -}}
{{- if .facts.stores }}{{ include "linli.there" (dict "chart" .chart "name" (include "linli.databaseSecret" .chart) "keys" (list .chart.Chart.Name)) }}{{ end -}}
{{- if and $prefix (not .facts.embedded) }}{{ include "linli.there" (dict "chart" .chart "name" (printf "%s-%s" $prefix .chart.Chart.Name) "keys" (list "ca.pem" "cert.pem" "key.pem")) }}{{ end -}}
{{- include "linli.accessThere" . -}}
{{- end }}

{{/*
linli.secretSum: changes when the secrets that a pod reads do, as far as whoever installs may see them. What is in those of
linli.access is read for each connection, so that of them only coming and going files count.
*/}}
{{- define "linli.secretSum" -}}
{{- $seen := list -}}
{{- $g := .chart.Values.global -}}
{{- $names := list -}}
{{- if .facts.keys }}{{ $names = append $names $g.secrets.existingSecret }}{{ end -}}
{{- if .facts.stores }}{{ $names = append $names $g.database.existingSecret }}{{ end -}}
{{- range $names }}{{ $seen = append $seen (dig "data" dict (lookup "v1" "Secret" $.chart.Release.Namespace .)) }}{{ end -}}
{{- range $name := include "linli.access" . | fromJson | values | sortAlpha }}
{{- $names = append $names $name }}{{ $seen = append $seen (dig "data" dict (lookup "v1" "Secret" $.chart.Release.Namespace $name) | keys | sortAlpha) }}
{{- end -}}
{{- list $names $seen | toJson | sha256sum -}}
{{- end }}

{{- define "linli.mounts" -}}
- {name: data, mountPath: /data}
- {name: tmp, mountPath: /tmp}
{{- if .facts.keys }}
- {name: secrets, mountPath: /secrets, readOnly: true}
{{- end }}
{{- if and .chart.Values.global.tls.existingSecretPrefix (not .facts.embedded) }}
- {name: tls, mountPath: /tls, readOnly: true}
{{- end }}
{{- include "linli.accessMounts" . }}
{{- end }}

{{- define "linli.volumes" -}}
- name: data
{{- if .facts.embedded }}
  persistentVolumeClaim: {claimName: {{ .chart.Chart.Name }}}
{{- else }}
  emptyDir: {sizeLimit: 256Mi}
{{- end }}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- if .facts.keys }}
- name: secrets
  secret:
    secretName: {{ include "linli.keysSecret" .chart }}
    defaultMode: 0440
    items:
{{- range .facts.keys }}
      - {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end }}
{{- if and .chart.Values.global.tls.existingSecretPrefix (not .facts.embedded) }}
- name: tls
  secret: {secretName: {{ .chart.Values.global.tls.existingSecretPrefix }}-{{ .chart.Chart.Name }}, defaultMode: 0440}
{{- end }}
{{- include "linli.accessVolumes" . }}
{{- end }}
