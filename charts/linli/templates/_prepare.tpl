{{/* linli.prepare: the job that looks for the servers and makes schemas and topics, before anything of the release changes; it may run again. */}}
{{- define "linli.prepare" -}}
{{- $kafka := .Values.global.kafka -}}
{{- $all := dict "chart" . "facts" (dict "stores" true) -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: prepare
  labels: {{- include "linli.labels" . | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "0"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    helm.sh/hook-output-log-policy: hook-failed # the sentence that says why
spec:
  backoffLimit: 0 # it waits for servers by itself
  activeDeadlineSeconds: 240
  template:
    metadata:
      labels:
        app.kubernetes.io/name: prepare
        app.kubernetes.io/instance: {{ .Release.Name }}
        app.kubernetes.io/part-of: linli
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {{- include "linli.podSecurity" . | nindent 8 }}
      {{- include "linli.pull" . | nindent 6 }}
      containers:
        - name: prepare
          image: {{ include "linli.image" (dict "chart" . "name" "allinone" "other" .Values.jobs.image) | quote }}
          imagePullPolicy: {{ .Values.global.image.pullPolicy }}
          args: [prepare, all, --known, /databases, --partitions, {{ $kafka.partitions | quote }}, --replicas, {{ $kafka.replicas | quote }}, --min-in-sync, {{ $kafka.minInSync | quote }}]
          terminationMessagePolicy: FallbackToLogsOnError
          securityContext: {{- include "linli.containerSecurity" . | nindent 12 }}
          env:
            - {name: LINLI_COMPANY, value: {{ include "linli.company" . | quote }}}
            - {name: LINLI_BROKERS, value: {{ include "linli.brokers" . | quote }}}
            - {name: LINLI_REDIS, value: {{ include "linli.redis" . | quote }}}
{{- with .Values.global.consul.address }}
            - {name: LINLI_CONSUL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.global.otlp.endpoint }}
            - {name: LINLI_OTLP, value: {{ . | quote }}}
{{- end }}
{{- range $name, $value := include "linli.accessEnv" $all | fromJson }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
            - name: LINLI_ADMIN_DATABASE
              valueFrom: {secretKeyRef: {name: {{ include "linli.databaseSecret" . }}, key: admin}}
          resources: {{- toYaml .Values.jobs.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: databases, mountPath: /databases, readOnly: true}
            {{- include "linli.accessMounts" $all | nindent 12 }}
      volumes:
        - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
        - name: databases
          secret: {secretName: {{ include "linli.databaseSecret" . }}, defaultMode: 0440}
        {{- include "linli.accessVolumes" $all | nindent 8 }}
{{- end }}
