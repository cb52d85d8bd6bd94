defmodule Ci do
  # @BYTES@
  @dagger_cli_version "@VERSION@"
end
