module example.com/tools

// require dagger.io/dagger v0.1.0
exclude dagger.io/dagger v0.18.1
