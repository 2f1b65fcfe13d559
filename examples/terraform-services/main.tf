# Services as people write them: a cluster with capacity providers, a definition, a service that waits until it is
# steady and rolls back what does not start, one on a strategy, and one whose task sets somebody else deploys. As in
# ../terraform, only the endpoints are Roadstead's.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "endpoint" {
  description = "Where Roadstead listens."
  type        = string
  default     = "http://127.0.0.1:4566"
}

variable "account" {
  description = "The account that everything is made in: twelve digits."
  type        = string
  default     = "000000000000"
}

variable "image" {
  description = "What the containers run; another one rolls the services over."
  type        = string
  default     = "web:1"
}

provider "aws" {
  region     = "eu-west-1"
  access_key = var.account
  secret_key = "test"

  skip_metadata_api_check = true

  endpoints {
    ec2 = var.endpoint
    ecs = var.endpoint
    iam = var.endpoint
    sts = var.endpoint
  }
  default_tags {
    tags = { harbour = "services" }
  }
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  container_definitions = jsonencode([{
    name      = "web"
    image     = var.image
    essential = true
    command   = ["sleep", "3600"]
  }])
}

resource "aws_ecs_service" "web" {
  name                  = "web"
  cluster               = aws_ecs_cluster.main.id
  task_definition       = aws_ecs_task_definition.web.arn
  desired_count         = 2
  launch_type           = "FARGATE"
  propagate_tags        = "SERVICE"
  wait_for_steady_state = true

  deployment_minimum_healthy_percent = 50
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets = data.aws_subnets.default.ids
  }
}

resource "aws_ecs_service" "spot" {
  name            = "spot"
  cluster         = aws_ecs_cluster_capacity_providers.main.cluster_name
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = 3

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 0
  }
  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
  }
  network_configuration {
    subnets = data.aws_subnets.default.ids
  }
}

resource "aws_ecs_service" "outside" {
  name          = "outside"
  cluster       = aws_ecs_cluster.main.id
  desired_count = 2
  deployment_controller {
    type = "EXTERNAL"
  }
}

resource "aws_ecs_task_set" "blue" {
  service         = aws_ecs_service.outside.id
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.web.arn
  launch_type     = "FARGATE"
  external_id     = "blue"
  force_delete    = true

  wait_until_stable = true
  scale {
    value = 50
    unit  = "PERCENT"
  }
  network_configuration {
    subnets = data.aws_subnets.default.ids
  }
}

output "web" {
  value = aws_ecs_service.web.id
}
