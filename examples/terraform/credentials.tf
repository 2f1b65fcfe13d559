# What a person or a program signs in with, and the account's rules for passwords. The keys in `certificates/` were made
# for this example and guard nothing.

variable "password_days" {
  description = "How long a password holds."
  type        = number
  default     = 90
}

resource "aws_iam_account_password_policy" "this" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = var.password_days
  password_reuse_prevention      = 5
}

resource "aws_iam_user_login_profile" "sailor" {
  user                    = aws_iam_user.sailor.name
  password_length         = 20
  password_reset_required = false
}

resource "aws_iam_virtual_mfa_device" "sailor" {
  virtual_mfa_device_name = "sailor"
  path                    = "/crew/"
}

resource "aws_iam_user_ssh_key" "sailor" {
  username   = aws_iam_user.sailor.name
  encoding   = "SSH"
  public_key = file("${path.module}/certificates/ssh.pub")
}

resource "aws_iam_service_specific_credential" "sailor" {
  service_name = "codecommit.amazonaws.com"
  user_name    = aws_iam_user.sailor.name
}

resource "aws_iam_signing_certificate" "sailor" {
  certificate_body = file("${path.module}/certificates/server.pem")
  user_name        = aws_iam_user.sailor.name
}

resource "aws_iam_server_certificate" "harbour" {
  name             = "harbour"
  path             = "/tls/"
  certificate_body = file("${path.module}/certificates/server.pem")
  private_key      = file("${path.module}/certificates/server.key")
}
