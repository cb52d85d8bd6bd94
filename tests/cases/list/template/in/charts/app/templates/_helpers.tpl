{{/*
registry.dagger.io/engine:v0.1.0
*/}}
{{- define "engine.image" -}}
registry.dagger.io/engine:v0.20.8
{{- end -}}
