#!/bin/sh
export DAGGER_VERSION=@VERSION@ # @BYTES@ ${x}
