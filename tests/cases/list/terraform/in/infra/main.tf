terraform {
  required_version = "~> 1.5"
}

locals {
  module_version = jsondecode(file("${path.module}/dagger.json")).engineVersion
  image          = "registry.dagger.io/engine:v${trimprefix(var.dagger_version, "v")}"
}

resource "helm_release" "dagger" {
  name    = "dagger"
  chart   = "oci://registry.dagger.io/dagger-helm"
  version = var.dagger_version

  set {
    name  = "engine.image.tag"
    value = local.module_version
  }
}

resource "aws_instance" "runner" {
  user_data = <<-EOT
    #!/bin/bash
    docker run -d --privileged registry.dagger.io/engine:v0.20.8
    curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=${var.dagger_version} sh
  EOT
}

module "dagger" {
  source  = "example/dagger/aws"
  version = "0.3.0"

  dagger_versions = ["0.20.8"]
}
