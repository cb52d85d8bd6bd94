dagger_versions = ["0.20.8"]
