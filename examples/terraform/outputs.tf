output "repository_url" {
  value = aws_ecr_repository.app.repository_url
}

output "service_linked_role" {
  value = aws_iam_service_linked_role.autoscaling.arn
}

output "sailor" {
  value = {
    id     = aws_iam_access_key.sailor.id
    secret = aws_iam_access_key.sailor.secret
  }
  sensitive = true
}

output "asked" {
  value = {
    role            = data.aws_iam_role.task.unique_id
    roles           = data.aws_iam_roles.of_tasks.names
    policy          = data.aws_iam_policy.power_user.arn
    crew            = data.aws_iam_group.crew.users[*].user_name
    alias           = data.aws_iam_account_alias.this.account_alias
    issuer          = data.aws_iam_session_context.task.issuer_arn
    tasks_can_pull  = data.aws_iam_principal_policy_simulation.task.all_allowed
    fleet_accounts  = data.aws_organizations_organization.this.accounts[*].name
    certificate_arn = data.aws_iam_server_certificate.harbour.arn
  }
}
