{{/*
linli.access (chart, facts): the secrets that say how to get into the servers which a pod uses, by the setting that names their
folder; as JSON.
*/}}
{{- define "linli.access" -}}
{{- $g := .chart.Values.global -}}{{- $all := dict -}}
{{- if and $g.kafka.accessSecret (not .facts.embedded) }}{{ $_ := set $all "brokers" $g.kafka.accessSecret }}{{ end -}}
{{- if and $g.redis.accessSecret (not .facts.embedded) }}{{ $_ := set $all "redis" $g.redis.accessSecret }}{{ end -}}
{{- if and $g.database.accessSecret .facts.stores }}{{ $_ := set $all "database" $g.database.accessSecret }}{{ end -}}
{{- $all | toJson -}}
{{- end }}

{{/* linli.accessEnv (chart, facts): where the folders are, and the way to sign in; as JSON. */}}
{{- define "linli.accessEnv" -}}
{{- $env := dict -}}
{{- range $server, $_ := include "linli.access" . | fromJson -}}
{{- $_ := set $env (printf "LINLI_%s_DIR" (upper $server)) (printf "/access/%s" $server) -}}
{{- if eq $server "brokers" }}{{ $_ := set $env "LINLI_BROKERS_LOGIN" $.chart.Values.global.kafka.login }}{{ end -}}
{{- end -}}
{{- $env | toJson -}}
{{- end }}

{{/* A folder as a whole, so that files that come and go with the secret do so in the pod. */}}
{{- define "linli.accessMounts" -}}
{{- range $server, $_ := include "linli.access" . | fromJson }}
- {name: access-{{ $server }}, mountPath: /access/{{ $server }}, readOnly: true}
{{- end }}
{{- end }}

{{- define "linli.accessVolumes" -}}
{{- range $server, $secret := include "linli.access" . | fromJson }}
- name: access-{{ $server }}
  secret: {secretName: {{ $secret }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{/* linli.accessThere (chart, facts): refuses folders that let nobody in, as far as whoever installs may see them. */}}
{{- define "linli.accessThere" -}}
{{- $space := .chart.Release.Namespace -}}
{{- range $server, $name := include "linli.access" . | fromJson -}}
{{- include "linli.there" (dict "chart" $.chart "name" $name "keys" list) -}}
{{- $data := dig "data" dict (lookup "v1" "Secret" $space $name) | default dict -}}
{{- if and $data (not (hasKey $data "ca.pem")) (not (hasKey $data "password")) }}
{{- fail (printf "secret %s in namespace %s has neither ca.pem nor password: docs/install.md says how it is made" $name $space) }}
{{- end -}}
{{- if and (eq $server "database") (hasKey $data "password") }}
{{- fail (printf "secret %s in namespace %s has a password: to PostgreSQL each service signs in by its own, which is in global.database.existingSecret" $name $space) }}
{{- end -}}
{{- end -}}
{{- end }}
