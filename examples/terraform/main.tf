# Roadstead with Terraform's AWS provider, as it is: only the endpoints are Roadstead's.
#
#   npm start
#   cd examples/terraform && terraform init && terraform apply
#
# `var.endpoint` is where Roadstead listens. The keys are the well-known ones of an account, which work on loopback.

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
  default     = "111111111111"
}

variable "stage" {
  description = "A tag that everything carries."
  type        = string
  default     = "test"
}

provider "aws" {
  region     = "us-east-1"
  access_key = var.account
  secret_key = "test"

  # There is no instance metadata to ask.
  skip_metadata_api_check = true

  endpoints {
    ecr           = var.endpoint
    iam           = var.endpoint
    kms           = var.endpoint
    organizations = var.endpoint
    sts           = var.endpoint
  }

  default_tags {
    tags = { managed-by = "terraform", stage = var.stage }
  }
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
