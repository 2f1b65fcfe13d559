# Names: a public zone with records of several kinds, a private zone in a VPC, and a health check that a name fails over
# by. As in ../terraform, only the endpoints are Roadstead's.

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

  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  endpoints {
    ec2     = var.endpoint
    route53 = var.endpoint
    sts     = var.endpoint
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.30.0.0/16"
}

resource "aws_route53_zone" "public" {
  name    = "harbour.example"
  comment = "What the world may know"
  tags    = { Team = "harbour" }
}

resource "aws_route53_zone" "private" {
  name = "harbour.internal"
  vpc {
    vpc_id = aws_vpc.main.id
  }
}

resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.public.zone_id
  name    = "www"
  type    = "A"
  ttl     = 60
  records = ["192.0.2.10", "192.0.2.11"]
}

resource "aws_route53_record" "apex" {
  zone_id = aws_route53_zone.public.zone_id
  name    = "harbour.example"
  type    = "A"
  alias {
    zone_id                = aws_route53_zone.public.zone_id
    name                   = aws_route53_record.www.fqdn
    evaluate_target_health = false
  }
}

resource "aws_route53_record" "mail" {
  zone_id = aws_route53_zone.public.zone_id
  name    = "harbour.example"
  type    = "MX"
  ttl     = 300
  records = ["10 mail.harbour.example"]
}

resource "aws_route53_record" "policy" {
  zone_id = aws_route53_zone.public.zone_id
  name    = "harbour.example"
  type    = "TXT"
  ttl     = 300
  records = ["v=spf1 mx -all"]
}

resource "aws_route53_record" "any" {
  zone_id = aws_route53_zone.public.zone_id
  name    = "*.apps"
  type    = "CNAME"
  ttl     = 60
  records = ["www.harbour.example"]
}

resource "aws_route53_health_check" "www" {
  type              = "HTTP"
  fqdn              = "www.harbour.example"
  port              = 80
  resource_path     = "/health"
  failure_threshold = 2
  request_interval  = 10
  tags              = { Name = "www" }
}

resource "aws_route53_record" "primary" {
  zone_id         = aws_route53_zone.private.zone_id
  name            = "db"
  type            = "A"
  ttl             = 5
  records         = ["10.30.0.10"]
  set_identifier  = "primary"
  health_check_id = aws_route53_health_check.www.id
  failover_routing_policy {
    type = "PRIMARY"
  }
}

resource "aws_route53_record" "secondary" {
  zone_id        = aws_route53_zone.private.zone_id
  name           = "db"
  type           = "A"
  ttl            = 5
  records        = ["10.30.0.11"]
  set_identifier = "secondary"
  failover_routing_policy {
    type = "SECONDARY"
  }
}

output "name_servers" {
  value = aws_route53_zone.public.name_servers
}
