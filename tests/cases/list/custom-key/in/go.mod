module example.com/x

go 1.24.3

toolchain go1.24.3

require (
	golang.org/x/tools v0.30.0 // indirect
)
