#!/bin/sh
# renovate: datasource=github-releases depName=dagger/dagger
CLI=0.21.7
build --cli "$CLI"
