#!/bin/sh
export _EXPERIMENTAL_DAGGER_RUNNER_HOST=tcp://engine.ci.svc:8080
dagger call build
