module example.com/app

require (
	dagger.io/dagger v0.21.8 // ahead of the CLI
	golang.org/x/sync v0.10.0
)
