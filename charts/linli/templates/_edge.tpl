{{/* The service that people reach. */}}
{{- define "linli.edge" -}}
{{ if .Values.tags.allinone }}allinone{{ else }}gateway{{ end }}
{{- end }}
