%{ if engine }
image = "registry.dagger.io/engine:v0.21.7"
%{ endif }
