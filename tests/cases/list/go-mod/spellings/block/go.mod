// @BYTES@
module example.com/m // é

go 1.24

require (
	dagger.io/dagger v@VERSION@
	golang.org/x/sync v0.10.0
)
