# Namespaces of Cloud Map, by API and by DNS, with services and an instance. As in ../terraform, only the endpoints are
# Roadstead's.

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
    ec2              = var.endpoint
    route53          = var.endpoint
    servicediscovery = var.endpoint
    sts              = var.endpoint
  }
  default_tags {
    tags = { harbour = "names" }
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.30.0.0/16"
}

resource "aws_service_discovery_http_namespace" "api" {
  name        = "api"
  description = "found by DiscoverInstances alone"
}

resource "aws_service_discovery_private_dns_namespace" "inside" {
  name        = "inside.local"
  description = "answers in the VPC"
  vpc         = aws_vpc.main.id
}

resource "aws_service_discovery_public_dns_namespace" "outside" {
  name = "outside.example.com"
}

resource "aws_service_discovery_service" "orders" {
  name         = "orders"
  namespace_id = aws_service_discovery_http_namespace.api.id
}

resource "aws_service_discovery_service" "database" {
  name = "database"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.inside.id
    routing_policy = "MULTIVALUE"

    dns_records {
      ttl  = 10
      type = "A"
    }
    dns_records {
      ttl  = 10
      type = "SRV"
    }
  }

  health_check_custom_config {
    failure_threshold = 1
  }
}

resource "aws_service_discovery_service" "site" {
  name = "site"

  dns_config {
    namespace_id   = aws_service_discovery_public_dns_namespace.outside.id
    routing_policy = "WEIGHTED"

    dns_records {
      ttl  = 60
      type = "CNAME"
    }
  }
}

resource "aws_service_discovery_instance" "primary" {
  instance_id = "primary"
  service_id  = aws_service_discovery_service.database.id

  attributes = {
    AWS_INSTANCE_IPV4 = "10.30.0.5"
    AWS_INSTANCE_PORT = "5432"
    role              = "primary"
  }
}

output "zone" {
  value = aws_service_discovery_private_dns_namespace.inside.hosted_zone
}
