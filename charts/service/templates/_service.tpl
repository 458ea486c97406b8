{{/*
linli.service (chart, facts): all objects of a service. Facts are what the code of the service decides, not who installs it:
  callers   services that call it, as host.CalledBy in its module.go says; empty: it has no gRPC
  calls     services that it calls
  stores    it has a schema on PostgreSQL
  reads     topics of its consumer group, without the company
  keys      keys of the company that it reads
  public    people reach it
  embedded  it brings every server along and keeps all state in its folder
*/}}
{{- define "linli.service" -}}
{{- include "linli.secretsThere" . }}
{{- range list "linli.deployment" "linli.kubeService" "linli.ingress" "linli.account" "linli.pdb" "linli.policy" "linli.autoscaler" "linli.monitor" "linli.claim" }}
{{- with include . $ | trim }}
---
{{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "linli.deployment" -}}
{{- $v := .chart.Values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
{{- if .facts.embedded }}
  replicas: 1
  strategy: {type: Recreate}
{{- else }}
{{- if not $v.autoscaling }}
  replicas: {{ $v.replicas }}
{{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
{{- end }}
  selector:
    matchLabels: {{- include "linli.selector" .chart | nindent 6 }}
  template:
    metadata:
      labels: {{- include "linli.podLabels" .chart | nindent 8 }}
      annotations:
        checksum/secrets: {{ include "linli.secretSum" . }}
{{- with $v.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec: {{- include "linli.pod" . | nindent 6 }}
{{- end }}

{{- define "linli.pod" -}}
{{- $v := .chart.Values -}}
serviceAccountName: {{ .chart.Chart.Name }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 45
securityContext: {{- include "linli.podSecurity" . | nindent 2 }}
{{- include "linli.pull" .chart }}
{{- with $v.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if not .facts.embedded }}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "linli.selector" $.chart | nindent 8 }}
{{- end }}
{{- end }}
containers:
  - name: {{ .chart.Chart.Name }}
    image: {{ include "linli.image" (dict "chart" .chart "name" .chart.Chart.Name "other" $v.image) | quote }}
    imagePullPolicy: {{ $v.global.image.pullPolicy }}
{{- if .facts.embedded }}
    args: [serve]
{{- end }}
    securityContext: {{- include "linli.containerSecurity" . | nindent 6 }}
    env: {{- include "linli.env" . | trim | nindent 6 }}
    ports:
      - {name: http, containerPort: 8080}
{{- if .facts.callers }}
      - {name: grpc, containerPort: 9000}
{{- end }}
    startupProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 2
      failureThreshold: 90
    livenessProbe:
      httpGet: {path: /healthz, port: http}
      periodSeconds: 10
      timeoutSeconds: 3
    readinessProbe:
      httpGet: {path: /readyz, port: http}
      periodSeconds: 3
      timeoutSeconds: 2
      failureThreshold: 2
    resources: {{- toYaml $v.resources | nindent 6 }}
    volumeMounts: {{- include "linli.mounts" . | nindent 6 }}
volumes: {{- include "linli.volumes" . | nindent 2 }}
{{- end }}

{{/* Without an address of its own, so that callers spread over the pods themselves; what people reach has one. */}}
{{- define "linli.kubeService" -}}
{{- $expose := .chart.Values.expose -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
{{- if .facts.public }}
  type: {{ $expose.type }}
{{- else }}
  clusterIP: None
{{- end }}
  selector: {{- include "linli.selector" .chart | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
{{- if and .facts.public $expose.nodePort }}
      nodePort: {{ $expose.nodePort }}
{{- end }}
{{- if .facts.callers }}
    - {name: grpc, port: 9000, targetPort: grpc}
{{- end }}
{{- end }}

{{- define "linli.ingress" -}}
{{- $expose := .chart.Values.expose -}}
{{- if and .facts.public $expose.host -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
{{- with $expose.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
{{- end }}
spec:
{{- with $expose.ingressClass }}
  ingressClassName: {{ . | quote }}
{{- end }}
{{- with $expose.tlsSecret }}
  tls:
    - {secretName: {{ . | quote }}, hosts: [{{ $expose.host | quote }}]}
{{- end }}
  rules:
    - host: {{ $expose.host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: {{ .chart.Chart.Name }}, port: {name: http}}}
{{- end }}
{{- end }}

{{- define "linli.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
automountServiceAccountToken: false
{{- end }}

{{- define "linli.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
  maxUnavailable: {{ .chart.Values.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "linli.selector" .chart | nindent 6 }}
{{- end }}

{{- define "linli.monitor" -}}
{{- if .chart.Values.global.monitoring.serviceMonitor -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
spec:
  selector:
    matchLabels: {{- include "linli.selector" .chart | nindent 6 }}
  targetLabels: [linli/company]
  endpoints:
    - port: http
      path: /metrics
      interval: {{ .chart.Values.global.monitoring.interval | quote }}
{{- end }}
{{- end }}

{{- define "linli.claim" -}}
{{- if .facts.embedded -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .chart.Chart.Name }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep # all state of the company
spec:
  accessModes: [ReadWriteOnce]
{{- with .chart.Values.persistence.storageClass }}
  storageClassName: {{ . | quote }}
{{- end }}
  resources:
    requests: {storage: {{ .chart.Values.persistence.size }}}
{{- end }}
{{- end }}
