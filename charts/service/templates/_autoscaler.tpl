{{/* At most one autoscaler, for two on one target undo each other; the schema of the values sees to that. */}}
{{- define "linli.autoscaler" -}}
{{- $scaling := .chart.Values.autoscaling -}}
{{- if and $scaling .facts.embedded }}{{ fail "allinone.autoscaling: all state is in one folder, so there is one pod" }}{{ end -}}
{{- if $scaling.keda }}{{ include "linli.keda" . }}{{ else if $scaling.hpa }}{{ include "linli.hpa" . }}{{ end -}}
{{- end }}

{{- define "linli.hpa" -}}
{{- $hpa := .chart.Values.autoscaling.hpa -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .chart.Chart.Name }}}
  minReplicas: {{ $hpa.min }}
  maxReplicas: {{ include "linli.max" (dict "chart" .chart "facts" .facts "max" $hpa.max) }}
  metrics:
{{- with $hpa.metric }}
    - type: Pods
      pods:
        metric: {name: {{ .name | quote }}}
        target: {type: AverageValue, averageValue: {{ .average | quote }}}
{{- else }}
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ $hpa.cpu | default 70 }}}}
{{- end }}
  behavior: {{- include "linli.behavior" . | nindent 4 }}
{{- end }}

{{/* Lag tells how many are needed; KEDA takes the greatest of its triggers, so that the schedule is a floor below it. */}}
{{- define "linli.keda" -}}
{{- $keda := .chart.Values.autoscaling.keda -}}
{{- $company := include "linli.company" .chart -}}
{{- if not .facts.reads }}{{ fail (printf "%s.autoscaling.keda: %s reads no topic, use hpa" .chart.Chart.Name .chart.Chart.Name) }}{{ end -}}
{{- if and .chart.Values.global.kafka.accessSecret (not $keda.authentication) }}
{{- fail (printf "%s.autoscaling.keda: global.kafka.accessSecret lets pods into Kafka and not KEDA, so name a TriggerAuthentication as keda.authentication, or use hpa" .chart.Chart.Name) }}
{{- end }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ .chart.Chart.Name }}}
  minReplicaCount: {{ $keda.min }}
  maxReplicaCount: {{ include "linli.max" (dict "chart" .chart "facts" .facts "max" $keda.max) }}
  pollingInterval: 5
  cooldownPeriod: 300
  fallback: {failureThreshold: 3, replicas: {{ $keda.fallback | default $keda.max }}}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior: {{- include "linli.behavior" . | nindent 8 }}
  triggers:
{{- range .facts.reads }}
    - type: kafka
      metadata:
        bootstrapServers: {{ include "linli.brokers" $.chart }}
        consumerGroup: {{ $company }}.{{ $.chart.Chart.Name }}
        topic: {{ $company }}.{{ . }}
        lagThreshold: {{ $keda.lag | quote }}
        offsetResetPolicy: earliest
{{- with $keda.authentication }}
      authenticationRef: {name: {{ . }}}
{{- end }}
{{- end }}
{{- range $keda.floors }}
    - type: cron
      metadata:
        timezone: Asia/Shanghai
        start: {{ .start | quote }}
        end: {{ .end | quote }}
        desiredReplicas: {{ .replicas | quote }}
{{- end }}
{{- end }}

{{/* linli.max (chart, facts, max): no more readers than can have two partitions each. */}}
{{- define "linli.max" -}}
{{- $partitions := .chart.Values.global.kafka.partitions | int -}}
{{- if and .facts.reads (gt (mul 2 (.max | int)) $partitions) }}
{{- fail (printf "%s.autoscaling: max %v needs global.kafka.partitions of at least %d, two for each replica; they are %d" .chart.Chart.Name .max (mul 2 (.max | int)) $partitions) }}
{{- end -}}
{{ .max }}
{{- end }}

{{/* Up as Kubernetes does it unless told otherwise: at once, by four or to twice as many. */}}
{{- define "linli.behavior" -}}
scaleDown:
  stabilizationWindowSeconds: 300
  policies: [{type: Pods, value: 1, periodSeconds: 60}]
{{- end }}
