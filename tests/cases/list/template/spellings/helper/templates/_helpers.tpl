{{- define "image" -}} 
registry.dagger.io/engine:v@VERSION@
{{- end }}
{{/* @BYTES@ */}}
