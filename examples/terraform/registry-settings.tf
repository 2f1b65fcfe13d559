# All that a registry can be told besides its repositories: caches of other registries, what made repositories look
# like, lifecycle, scanning, the account's settings, and whose pulls do not count.

resource "aws_ecr_lifecycle_policy" "cache" {
  repository = aws_ecr_repository.cache.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Untagged images go after a fortnight."
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.untagged_days
      }
      action = { type = "expire" }
    }]
  })
}

variable "untagged_days" {
  description = "How long an untagged image stays in the cache."
  type        = number
  default     = 14
}

resource "aws_ecr_registry_scanning_configuration" "on_push" {
  scan_type = "BASIC"

  rule {
    scan_frequency = "SCAN_ON_PUSH"

    repository_filter {
      filter      = "prod*"
      filter_type = "WILDCARD"
    }
  }
}

# The first rule of an account makes AWSServiceRoleForECRPullThroughCache.
resource "aws_ecr_pull_through_cache_rule" "public" {
  ecr_repository_prefix = "public"
  upstream_registry_url = "public.ecr.aws"
}

# The first template of an account makes AWSServiceRoleForECRTemplate.
resource "aws_ecr_repository_creation_template" "public" {
  prefix               = "public"
  description          = "Repositories that the cache makes."
  applied_for          = ["PULL_THROUGH_CACHE"]
  image_tag_mutability = "MUTABLE"
  repository_policy    = data.aws_iam_policy_document.pull.json

  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_account_setting" "policy_scope" {
  name  = "REGISTRY_POLICY_SCOPE"
  value = "V2"
}

# Layers of this repository are encrypted under a key of the account's own: while it is disabled, nobody pulls them.
resource "aws_kms_key" "manifests" {
  description             = "The harbour's cargo manifests."
  deletion_window_in_days = 7
  enable_key_rotation     = true
}

resource "aws_kms_alias" "manifests" {
  name          = "alias/manifests"
  target_key_id = aws_kms_key.manifests.key_id
}

resource "aws_ecr_repository" "manifests" {
  name         = "manifests"
  force_delete = true

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.manifests.arn
  }
}
