variable "rust" {
  default = "1.88.0"
}

module "ci" {
  rust = var.rust
}
