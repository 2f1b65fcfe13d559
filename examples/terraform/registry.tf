# A registry whose images below `prod/` are carried to another region, and that takes images from another account.

resource "aws_ecr_repository" "app" {
  name                 = "prod/app"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }

  tags = { team = "harbour" }
}

resource "aws_ecr_repository" "cache" {
  name         = "cache"
  force_delete = true
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy     = data.aws_iam_policy_document.pull.json
}

data "aws_iam_policy_document" "pull" {
  statement {
    sid     = "Pull"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::222222222222:root"]
    }
  }
}

resource "aws_ecr_registry_policy" "from_neighbour" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "FromNeighbour"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::222222222222:root" }
      Action    = ["ecr:ReplicateImage", "ecr:CreateRepository"]
      Resource  = "arn:aws:ecr:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:repository/*"
    }]
  })
}

# The first configuration of an account makes AWSServiceRoleForECRReplication.
resource "aws_ecr_replication_configuration" "abroad" {
  replication_configuration {
    rule {
      destination {
        region      = "eu-west-1"
        registry_id = data.aws_caller_identity.current.account_id
      }

      repository_filter {
        filter      = "prod/"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}
