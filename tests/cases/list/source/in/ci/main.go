package main

import (
	"context"

	"dagger.io/dagger"
)

// The engine of registry.dagger.io/engine:v0.1.0 was the first.
const (
	daggerVersion = "v0.20.8"
	goVersion     = "1.25.1"
)

var daggerVersions = []string{"v0.19.11", "v0.20.8"}

func build(ctx context.Context, client *dagger.Client, tag string) *dagger.Container {
	return client.Container().
		From("docker.io/library/golang:"+goVersion).
		WithEnvVariable("DAGGER_VERSION", daggerVersion).
		WithEnvVariable("_EXPERIMENTAL_DAGGER_RUNNER_HOST", "docker-image://registry.dagger.io/engine:"+daggerVersion).
		WithExec([]string{"sh", "-c", "curl -fsSL https://dl.dagger.io/dagger/install.sh | sh"})
}

func download() string {
	return "https://github.com/dagger/dagger/releases/download/v0.20.8/dagger_v0.20.8_linux_amd64.tar.gz"
}
