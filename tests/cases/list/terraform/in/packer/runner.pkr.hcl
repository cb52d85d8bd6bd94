variable "dagger" {
  default = "v0.20.8"
}

build {
  provisioner "shell" {
    inline = [
      "docker pull registry.dagger.io/engine:${var.dagger}",
    ]
  }
}
