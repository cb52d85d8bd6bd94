defmodule App.MixProject do
  defp deps do
    [
      # {:dagger, "~> 0.1"},
      {:dagger, "~> 0.21.7", only: [:dev]},
      {:jason, "~> 1.4"}
    ]
  end
end
