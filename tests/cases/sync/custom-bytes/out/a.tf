locals {
  rust = "1.88.0" // é
}
