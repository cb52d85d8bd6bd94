variable "dagger_version" {
  description = "Engine to deploy, such as 0.1.0"
  type        = string
  default     = "0.21.7" # 0.1.0
}

variable "engine_mode" {
  default = "daemonset"
}

variable "dagger_versions" {
  type    = list(string)
  default = ["0.19.11", "0.20.8"]
}
