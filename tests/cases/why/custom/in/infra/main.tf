variable "postgres_version" {
  default = "16.4"
}
