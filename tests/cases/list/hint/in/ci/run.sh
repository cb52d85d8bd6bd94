#!/bin/sh
# renovate: datasource=github-releases depName=dagger/dagger
CLI=0.20.8
build --cli "$CLI"
