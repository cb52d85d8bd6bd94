"""Starts registry.dagger.io/engine:v0.1.0 by hand."""
import os

ENGINE_TAG = os.environ.get("DAGGER_VERSION", "v0.21.7")
IMAGE = f"registry.dagger.io/engine:{ENGINE_TAG}"
PATTERN = r'"engineVersion":\s*"v(0\.1\.0)"'


def main(dagger_version: str = "0.21.7") -> None:
    print("dagger", dagger_version)
