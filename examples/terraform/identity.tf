# People, what they may do at the most, and roles for what runs.

resource "aws_iam_account_alias" "this" {
  account_alias = "harbour-example"
}

resource "aws_iam_user" "sailor" {
  name                 = "sailor"
  path                 = "/crew/"
  permissions_boundary = aws_iam_policy.ceiling.arn
  force_destroy        = true
  tags                 = { rank = "mate" }
}

resource "aws_iam_access_key" "sailor" {
  user = aws_iam_user.sailor.name
}

resource "aws_iam_group" "crew" {
  name = "crew"
  path = "/crew/"
}

resource "aws_iam_group_membership" "crew" {
  name  = "crew"
  group = aws_iam_group.crew.name
  users = [aws_iam_user.sailor.name]
}

resource "aws_iam_group_policy_attachment" "crew" {
  group      = aws_iam_group.crew.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
}

resource "aws_iam_user_policy" "sailor" {
  name = "own-keys"
  user = aws_iam_user.sailor.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "iam:*AccessKey*"
      Resource = "arn:aws:iam::*:user/crew/$${aws:username}"
    }]
  })
}

# A new document becomes a new version of the policy.
resource "aws_iam_policy" "ceiling" {
  name        = "ceiling"
  path        = "/crew/"
  description = "The most that anybody of the crew may do."
  policy      = data.aws_iam_policy_document.ceiling.json
}

variable "ceiling_actions" {
  description = "What the crew may do at the most."
  type        = list(string)
  default     = ["ecr:*", "iam:*AccessKey*"]
}

data "aws_iam_policy_document" "ceiling" {
  statement {
    sid       = "Ceiling"
    actions   = var.ceiling_actions
    resources = ["*"]
  }
}

resource "aws_iam_role" "task" {
  name                 = "task"
  path                 = "/tasks/"
  description          = "What a task may do."
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.ceiling.arn
  assume_role_policy   = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "task" {
  name = "pull"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = aws_ecr_repository.app.arn
    }]
  })
}

resource "aws_iam_role_policy_attachment" "task" {
  role       = aws_iam_role.task.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_instance_profile" "task" {
  name = "task"
  role = aws_iam_role.task.name
}

# A service-linked role with a suffix, a description and tags of one's own.
resource "aws_iam_service_linked_role" "autoscaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "harbour"
  description      = "Scales the harbour's cranes."
  tags             = { team = "harbour" }
}
