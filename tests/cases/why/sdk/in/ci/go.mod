module dagger/ci

go 1.24

require dagger.io/dagger v0.21.6
