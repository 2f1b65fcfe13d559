# Events that leave over HTTP, an archive of them, and a secret in two regions. As in ../terraform, only the endpoints
# are Roadstead's.

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

provider "aws" {
  region     = "eu-west-1"
  access_key = var.account
  secret_key = "test"

  skip_metadata_api_check = true

  endpoints {
    events         = var.endpoint
    iam            = var.endpoint
    secretsmanager = var.endpoint
    sts            = var.endpoint
  }
}

variable "api_key" {
  description = "What the warehouse knows us by."
  type        = string
  default     = "k-1"
}

resource "aws_cloudwatch_event_bus" "shop" {
  name = "shop"
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "orders"
  event_source_arn = aws_cloudwatch_event_bus.shop.arn
  description      = "What was ordered"
  retention_days   = 7
  event_pattern    = jsonencode({ source = ["orders"] })
}

resource "aws_cloudwatch_event_connection" "warehouse" {
  name               = "warehouse"
  description        = "The warehouse's API"
  authorization_type = "API_KEY"
  auth_parameters {
    api_key {
      key   = "x-api-key"
      value = var.api_key
    }
    invocation_http_parameters {
      header {
        key             = "x-team"
        value           = "ships"
        is_value_secret = false
      }
      body {
        key             = "token"
        value           = "s3cret"
        is_value_secret = true
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "orders" {
  name                             = "orders"
  invocation_endpoint              = "https://warehouse.example.com/orders/*"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 20
  connection_arn                   = aws_cloudwatch_event_connection.warehouse.arn
}

resource "aws_iam_role" "sender" {
  name = "sender"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "sender" {
  name = "call"
  role = aws_iam_role.sender.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "events:InvokeApiDestination"
      Resource = aws_cloudwatch_event_api_destination.orders.arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "orders"
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  event_pattern  = jsonencode({ source = ["orders"] })
}

resource "aws_cloudwatch_event_target" "orders" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.shop.name
  arn            = aws_cloudwatch_event_api_destination.orders.arn
  role_arn       = aws_iam_role.sender.arn
  http_target {
    path_parameter_values   = ["$.detail.order"]
    query_string_parameters = { who = "$.detail.buyer" }
  }
  input_transformer {
    input_paths    = { order = "$.detail.order" }
    input_template = "{\"order\": <order>}"
  }
}

resource "aws_secretsmanager_secret" "shared" {
  name                    = "shared"
  recovery_window_in_days = 0
  replica {
    region = "us-east-1"
  }
}

resource "aws_secretsmanager_secret_version" "shared" {
  secret_id     = aws_secretsmanager_secret.shared.id
  secret_string = "one"
}
