[{:dagger, path: "./dagger_sdk"}]
