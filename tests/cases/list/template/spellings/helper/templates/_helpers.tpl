{{- define "x" }}registry.dagger.io/engine:v@VERSION@{{ end }}
