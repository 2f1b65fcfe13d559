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
