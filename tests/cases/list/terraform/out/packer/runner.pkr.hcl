variable "dagger" {
  default = "v0.21.7"
}

build {
  provisioner "shell" {
    inline = [
      "docker pull registry.dagger.io/engine:${var.dagger}",
    ]
  }
}
