defmodule App.MixProject do
  defp deps do
    [
      # {:dagger, "~> 0.1"},
      {:dagger, "~> 0.20.1", only: [:dev]},
      {:jason, "~> 1.4"}
    ]
  end
end
