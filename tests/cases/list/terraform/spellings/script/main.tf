resource "aws_instance" "x" {
  user_data = <<-EOT
    #!/bin/sh
    # @BYTES@
    docker pull registry.dagger.io/engine:v@VERSION@
  EOT
}
