# What can be asked.

data "aws_iam_role" "task" {
  name = aws_iam_role.task.name
}

data "aws_iam_roles" "of_tasks" {
  path_prefix = "/tasks/"
  depends_on  = [aws_iam_role.task]
}

data "aws_iam_policy" "power_user" {
  name = "AmazonEC2ContainerRegistryPowerUser"
}

data "aws_iam_user" "sailor" {
  user_name = aws_iam_user.sailor.name
}

data "aws_iam_group" "crew" {
  group_name = aws_iam_group.crew.name
  depends_on = [aws_iam_group_membership.crew]
}

data "aws_iam_instance_profile" "task" {
  name = aws_iam_instance_profile.task.name
}

data "aws_iam_server_certificate" "harbour" {
  name = aws_iam_server_certificate.harbour.name
}

data "aws_iam_openid_connect_provider" "builds" {
  arn = aws_iam_openid_connect_provider.builds.arn
}

data "aws_iam_saml_provider" "sign_in" {
  arn = aws_iam_saml_provider.sign_in.arn
}

data "aws_iam_account_alias" "this" {
  depends_on = [aws_iam_account_alias.this]
}

data "aws_iam_session_context" "task" {
  arn = "arn:aws:sts::${data.aws_caller_identity.current.account_id}:assumed-role/${aws_iam_role.task.name}/session"
}

data "aws_iam_principal_policy_simulation" "task" {
  policy_source_arn = aws_iam_role.task.arn
  action_names      = ["ecr:BatchGetImage"]
  resource_arns     = [aws_ecr_repository.app.arn]
  depends_on        = [aws_iam_role_policy.task, aws_iam_policy.ceiling]
}

data "aws_organizations_organization" "this" {
  depends_on = [aws_organizations_account.tender]
}

# Terraform stops here if a task could not pull what it runs.
check "tasks_can_pull" {
  assert {
    condition     = data.aws_iam_principal_policy_simulation.task.all_allowed
    error_message = "The role of the tasks may not pull images."
  }
}
