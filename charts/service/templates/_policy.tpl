{{/* Who may call the service, and whom it may call; all else is denied, in both directions. */}}
{{- define "linli.policy" -}}
{{- $g := .chart.Values.global -}}
{{- if $g.networkPolicies -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "linli.selector" .chart | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
{{- with .facts.callers }}
    - from: {{- include "linli.servicePeers" . | trim | nindent 8 }}
      ports: [{port: grpc}]
{{- end }}
{{- if .facts.public }}
    - ports: [{port: http}]
{{- with .chart.Values.expose.from }}
      from: {{- toYaml . | nindent 8 }}
    - from: [{podSelector: {matchLabels: {app.kubernetes.io/name: check}}}]
      ports: [{port: http}]
{{- end }}
{{- end }}
{{- with $g.monitoring.from }}
    - from: {{- toYaml . | nindent 8 }}
      ports: [{port: http}]
{{- end }}
  egress:
    {{- include "linli.dns" . | nindent 4 }}
{{- with .facts.calls }}
    - to: {{- include "linli.servicePeers" . | trim | nindent 8 }}
      ports: [{port: 9000}]
{{- end }}
{{- if not .facts.embedded }}
    {{- include "linli.toKafka" .chart | nindent 4 }}
    {{- include "linli.to" (dict "ports" (list (include "linli.redis" .chart)) "peers" $g.redis.peers) | nindent 4 }}
{{- with $g.consul.address }}
    {{- include "linli.to" (dict "ports" (list .) "peers" $g.consul.peers) | nindent 4 }}
{{- end }}
{{- end }}
{{- if .facts.stores }}
    {{- include "linli.toDatabase" .chart | nindent 4 }}
{{- end }}
{{- with $g.otlp.endpoint }}
    {{- include "linli.to" (dict "ports" (list .) "peers" $g.otlp.peers) | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "linli.servicePeers" -}}
{{- range . }}
- podSelector: {matchLabels: {app.kubernetes.io/name: {{ . }}, app.kubernetes.io/part-of: linli}}
{{- end }}
{{- end }}

{{- define "linli.dns" -}}
- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
  ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- end }}

{{- define "linli.toKafka" -}}
{{- $_ := include "linli.brokers" . -}}
{{- include "linli.to" (dict "ports" .Values.global.kafka.brokers "peers" .Values.global.kafka.peers) }}
{{- end }}

{{- define "linli.toDatabase" -}}
{{- include "linli.to" (dict "ports" (list (printf ":%v" .Values.global.database.port)) "peers" .Values.global.database.peers) }}
{{- end }}

{{/* linli.to (ports, peers): to the ports of some addresses, each port once. */}}
{{- define "linli.to" -}}
{{- $ports := list }}{{ range .ports }}{{ $ports = append $ports (splitList ":" . | last) }}{{ end -}}
- ports:
{{- range uniq $ports }}
    - {port: {{ . }}}
{{- end }}
{{- with .peers }}
  to: {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}
