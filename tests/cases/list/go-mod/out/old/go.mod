module example.com/old

require dagger.io/dagger v0.18.2
