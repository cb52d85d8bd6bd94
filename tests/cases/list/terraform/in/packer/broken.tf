%{ if engine }
image = "registry.dagger.io/engine:v0.20.8"
%{ endif }
