{{/* The engine, such as registry.dagger.io/engine:v0.1.0 */}}
{{- define "engine.image" -}}
registry.dagger.io/engine:{{ .Values.tag | default "v0.20.6" }}
{{- end }}
