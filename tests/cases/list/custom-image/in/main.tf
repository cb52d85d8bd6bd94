variable "tag" {
  default = "16.4"
}
resource "docker_image" "db" {
  name = "postgres:${var.tag}" # postgres:1
}
