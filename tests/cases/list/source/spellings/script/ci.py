script = """
curl -L https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=@VERSION@ sh
"""
# @BYTES@
