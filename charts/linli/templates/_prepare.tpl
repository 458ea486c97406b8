{{/* linli.prepare (chart, what): a job that makes schemas or topics, before anything of the release changes; it may run again. */}}
{{- define "linli.prepare" }}
apiVersion: batch/v1
kind: Job
metadata:
  name: prepare-{{ .what }}
  labels: {{- include "linli.labels" .chart | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "0"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 1
  activeDeadlineSeconds: 240
  template:
    metadata:
      labels:
        app.kubernetes.io/name: prepare
        app.kubernetes.io/instance: {{ .chart.Release.Name }}
        app.kubernetes.io/part-of: linli
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {{- include "linli.podSecurity" . | nindent 8 }}
      {{- include "linli.pull" .chart | nindent 6 }}
      containers:
        - name: prepare
          image: {{ include "linli.image" (dict "chart" .chart "name" "allinone" "other" .chart.Values.jobs.image) | quote }}
          imagePullPolicy: {{ .chart.Values.global.image.pullPolicy }}
          args: {{- include (printf "linli.prepare.%s" .what) .chart | nindent 12 }}
          terminationMessagePolicy: FallbackToLogsOnError
          securityContext: {{- include "linli.containerSecurity" . | nindent 12 }}
          env:
            - {name: LINLI_COMPANY, value: {{ include "linli.company" .chart | quote }}}
{{- if eq .what "schemas" }}
            - name: LINLI_ADMIN_DATABASE
              valueFrom: {secretKeyRef: {name: {{ include "linli.databaseSecret" .chart }}, key: admin}}
{{- else }}
            - {name: LINLI_BROKERS, value: {{ include "linli.brokers" .chart | quote }}}
{{- end }}
          resources: {{- toYaml .chart.Values.jobs.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
{{- if eq .what "schemas" }}
            - {name: databases, mountPath: /databases, readOnly: true}
{{- end }}
      volumes:
        - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
{{- if eq .what "schemas" }}
        - name: databases
          secret: {secretName: {{ include "linli.databaseSecret" .chart }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "linli.prepare.schemas" -}}
[prepare, schemas, --known, /databases]
{{- end }}

{{- define "linli.prepare.topics" -}}
{{- $kafka := .Values.global.kafka -}}
[prepare, topics, --partitions, {{ $kafka.partitions | quote }}, --replicas, {{ $kafka.replicas | quote }}, --min-in-sync, {{ $kafka.minInSync | quote }}]
{{- end }}
