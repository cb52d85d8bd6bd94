# The engine of registry.dagger.io.
ENGINE_TAG := v0.20.8
GO_VERSION := 1.25.1
DAGGER_MODULE_VERSION := v0.3.0
