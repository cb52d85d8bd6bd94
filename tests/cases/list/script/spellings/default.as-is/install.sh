#!/bin/sh
DAGGER_VERSION=${DAGGER_VERSION:-@VERSION@}
curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION="$DAGGER_VERSION" sh
