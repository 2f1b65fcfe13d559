# An organization with a unit, an account in it, and a policy that binds all below the unit.

resource "aws_organizations_organization" "this" {
  feature_set          = "ALL"
  enabled_policy_types = ["SERVICE_CONTROL_POLICY"]
}

resource "aws_organizations_organizational_unit" "fleet" {
  name      = "fleet"
  parent_id = aws_organizations_organization.this.roots[0].id
}

resource "aws_organizations_account" "tender" {
  name      = "tender"
  email     = "tender@example.com"
  parent_id = aws_organizations_organizational_unit.fleet.id
  role_name = "OrganizationAccountAccessRole"

  # AWS does not tell the role's name again.
  lifecycle {
    ignore_changes = [role_name]
  }
}

variable "forbidden_actions" {
  description = "What nobody of the fleet may do."
  type        = list(string)
  default     = ["iam:CreateUser"]
}

resource "aws_organizations_policy" "no_users" {
  name        = "no-users"
  description = "People come by federation."
  type        = "SERVICE_CONTROL_POLICY"
  content     = data.aws_iam_policy_document.no_users.json

  # A policy names no organization, yet needs one.
  depends_on = [aws_organizations_organization.this]
}

data "aws_iam_policy_document" "no_users" {
  statement {
    effect    = "Deny"
    actions   = var.forbidden_actions
    resources = ["*"]
  }
}

resource "aws_organizations_policy_attachment" "fleet" {
  policy_id = aws_organizations_policy.no_users.id
  target_id = aws_organizations_organizational_unit.fleet.id
}
