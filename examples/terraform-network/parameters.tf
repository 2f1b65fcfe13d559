# What tasks are told when they start: plain values, and secrets that KMS protects.

resource "aws_ssm_parameter" "greeting" {
  name        = "/harbour/greeting"
  type        = "String"
  value       = "ahoy"
  description = "Said to who comes in"
}

resource "aws_ssm_parameter" "crew" {
  name  = "/harbour/crew"
  type  = "StringList"
  value = "ada,bob"
}

resource "aws_ssm_parameter" "password" {
  name  = "/harbour/password"
  type  = "SecureString"
  value = "swordfish"
}
