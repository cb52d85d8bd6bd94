dagger_versions = ["0.21.7"]
