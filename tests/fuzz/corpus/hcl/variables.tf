terraform {
  required_version = ">= 1.5"
  required_providers {
    docker = { source = "kreuzwerker/docker", version = "3.0.2" }
  }
}

variable "engine_version" {
  type    = string
  default = "v0.21.8" # é
}
