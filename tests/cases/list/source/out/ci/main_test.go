package main

import "testing"

func TestVersion(t *testing.T) {
	out := run(t, "dagger version")
	require.Contains(t, out, "v0.21.7")
	if got := parse("registry.dagger.io/engine:v0.1.2"); got != "v0.1.2" {
		t.Fatal(got)
	}
}
