NODE = "22.11.0"  # pin: node, pin: ignore[version-drift]
OTHER = "3.12.7"
