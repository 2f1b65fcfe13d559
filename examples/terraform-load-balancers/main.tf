# A load balancer for the public, one behind it for streams, and how requests find their targets. As in ../terraform,
# only the endpoints are Roadstead's.

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
    ec2   = var.endpoint
    elbv2 = var.endpoint
    iam   = var.endpoint
    sts   = var.endpoint
  }
  default_tags {
    tags = { harbour = "load-balancers" }
  }
}

data "aws_availability_zones" "here" {
  state = "available"
}

resource "aws_vpc" "main" {
  cidr_block = "10.30.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = data.aws_availability_zones.here.names[count.index]
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "web" {
  name                       = "web"
  load_balancer_type         = "application"
  subnets                    = aws_subnet.public[*].id
  security_groups            = [aws_security_group.web.id]
  idle_timeout               = 120
  drop_invalid_header_fields = true
  depends_on                 = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "shop" {
  count                = 2
  name                 = "shop-${count.index}"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.main.id
  deregistration_delay = 5

  health_check {
    path                = "/health"
    interval            = 10
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
    matcher             = "200-204,302"
  }
  stickiness {
    type            = "lb_cookie"
    cookie_duration = 600
  }
}

resource "aws_lb_target_group_attachment" "shop" {
  target_group_arn = aws_lb_target_group.shop[0].arn
  target_id        = cidrhost(aws_subnet.public[0].cidr_block, 50)
  port             = 8081
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "nothing is moored here"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "shop" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 10

  action {
    type = "forward"
    forward {
      dynamic "target_group" {
        for_each = aws_lb_target_group.shop
        content {
          arn    = target_group.value.arn
          weight = target_group.key == 0 ? 90 : 10
        }
      }
      stickiness {
        enabled  = true
        duration = 300
      }
    }
  }
  condition {
    path_pattern {
      values = ["/shop/*"]
    }
  }
  condition {
    host_header {
      values = ["*.example.com"]
    }
  }
  tags = { Name = "shop" }
}

resource "aws_lb_listener_rule" "moved" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 20

  action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
  condition {
    http_header {
      http_header_name = "X-Forwarded-Proto"
      values           = ["http"]
    }
  }
  condition {
    query_string {
      key   = "old"
      value = "yes"
    }
  }
  condition {
    source_ip {
      values = ["10.0.0.0/8"]
    }
  }
}

resource "aws_lb" "streams" {
  name               = "streams"
  load_balancer_type = "network"
  internal           = true
  subnets            = aws_subnet.public[*].id

  enable_cross_zone_load_balancing = true
}

resource "aws_lb_target_group" "streams" {
  name        = "streams"
  port        = 9000
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "streams" {
  load_balancer_arn = aws_lb.streams.arn
  port              = 9000
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.streams.arn
  }
}

output "web" {
  value = aws_lb.web.dns_name
}
