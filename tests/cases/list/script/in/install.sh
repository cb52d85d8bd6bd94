#!/usr/bin/env bash
set -eu
# DAGGER_VERSION=0.1.0
DAGGER_VERSION=${DAGGER_VERSION:-0.20.8}
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION="$DAGGER_VERSION" sh
