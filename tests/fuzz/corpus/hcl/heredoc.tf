resource "a" "b" {
  user_data = <<-EOT
    #!/bin/sh
    docker run registry.dagger.io/engine:${var.v}
  EOT
  set {
    name  = "image.tag"
  }
  set {
    value = "0.21.8"
  }
}
