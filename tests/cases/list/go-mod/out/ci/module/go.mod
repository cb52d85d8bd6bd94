module dagger/ci

require dagger.io/dagger v0.21.4-0.20260530063410-91b6b976cb93
