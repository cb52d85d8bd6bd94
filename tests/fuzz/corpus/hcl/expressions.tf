locals {
  image = "${var.repo}:${coalesce(var.tag, "v0.21.8")}"
  other = var.x == "" ? "a\u00e9\tb" : f(var.x...)[0]["$${k}"].y
  all   = { for k, v in var.m : k => upper("%{ if v }${k}%{ else }no%{ endif }") if v != null }
}
