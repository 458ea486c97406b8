{{/*
A demo whose clock is set has it in a ConfigMap, which charts/linli makes: pods share no folder, and all that are told the same
start, real time and speed agree.
*/}}
{{- define "linli.clockEnv" -}}
{{- if include "linli.clockIsSet" . }}
{{- range list "start" "since" "speed" }}
- name: LINLI_CLOCK_{{ upper . }}
  valueFrom: {configMapKeyRef: {name: clock, key: {{ . }}}}
{{- end }}
{{- end }}
{{- end }}

{{/* linli.clockIsSet: "true", or nothing. */}}
{{- define "linli.clockIsSet" -}}
{{- $g := .Values.global -}}
{{- if or $g.clock.start (ne (float64 $g.clock.speed) 1.0) -}}
{{- if not $g.demo }}{{ fail "global.clock needs global.demo: a real company lives in real time" }}{{ end -}}
{{- $_ := include "linli.need" (dict "path" "clock.start" "value" $g.clock.start "why" "say what the clock shows at the start, 2025-03-24T00:00:00+08:00") -}}
true
{{- end -}}
{{- end }}
