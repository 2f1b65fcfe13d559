# What a registry can be asked.

data "aws_ecr_authorization_token" "this" {}

data "aws_ecr_repository" "app" {
  name = aws_ecr_repository.app.name
}

data "aws_ecr_repositories" "all" {
  depends_on = [aws_ecr_repository.app, aws_ecr_repository.cache, aws_ecr_repository.manifests]
}

data "aws_ecr_pull_through_cache_rule" "public" {
  ecr_repository_prefix = aws_ecr_pull_through_cache_rule.public.ecr_repository_prefix
}

data "aws_ecr_repository_creation_template" "public" {
  prefix = aws_ecr_repository_creation_template.public.prefix
}

# Written here, and kept by the repository that it is put to.
data "aws_ecr_lifecycle_policy_document" "few" {
  rule {
    priority    = 1
    description = "The last thirty of what is not released."

    selection {
      tag_status       = "tagged"
      tag_pattern_list = ["*-rc*"]
      count_type       = "imageCountMoreThan"
      count_number     = 30
    }

    action {
      type = "expire"
    }
  }
}

resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy     = data.aws_ecr_lifecycle_policy_document.few.json
}

variable "image_tag" {
  description = "A tag in `prod/app` to ask for, once something was pushed."
  type        = string
  default     = null
}

data "aws_ecr_image" "app" {
  count           = var.image_tag == null ? 0 : 1
  repository_name = aws_ecr_repository.app.name
  image_tag       = var.image_tag
}

output "registry_asked" {
  value = {
    user         = data.aws_ecr_authorization_token.this.user_name
    mutability   = data.aws_ecr_repository.app.image_tag_mutability
    repositories = data.aws_ecr_repositories.all.names
    upstream     = data.aws_ecr_pull_through_cache_rule.public.upstream_registry_url
    applied_for  = data.aws_ecr_repository_creation_template.public.applied_for
    image_digest = one(data.aws_ecr_image.app[*].image_digest)
  }
}
