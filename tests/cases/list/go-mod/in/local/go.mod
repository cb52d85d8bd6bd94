module example.com/local

require (
	dagger.io/dagger v0.20.8
	github.com/dagger/otel-go v1.43.0
)

replace dagger.io/dagger => ./sdk
