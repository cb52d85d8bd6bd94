package dagger

const daggerVersion = "v0.1.0"
