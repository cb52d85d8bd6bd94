# @BYTES@
defp deps do
  [
    {:dagger, "~> @VERSION@", only: [:dev]}
  ]
end
