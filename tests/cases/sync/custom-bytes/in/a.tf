locals {
  rust = "1.80.0" // é
}
