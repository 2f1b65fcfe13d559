# A production stack as it is usually built: a network, a load balancer with TLS, a cluster, two services that talk to each
# other by Service Connect and by Cloud Map, scaling by requests and by processors, logs, a secret, and images that are
# replicated and pulled through. As in ../terraform, only the endpoints are Roadstead's.

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
  description = "The image of both services: with sh, httpd and wget of busybox."
  type        = string
}

variable "greeting" {
  description = "What the inner service answers."
  type        = string
  default     = "hello"
}

variable "range" {
  description = "The network's addresses, in CIDR notation: of 16 bits, and nobody else's on this engine."
  type        = string
  default     = "10.70.0.0/16"
}

provider "aws" {
  region     = "eu-west-1"
  access_key = var.account
  secret_key = "test"

  skip_metadata_api_check = true

  endpoints {
    acm                    = var.endpoint
    applicationautoscaling = var.endpoint
    cloudformation         = var.endpoint
    cloudwatch             = var.endpoint
    ec2                    = var.endpoint
    ecr                    = var.endpoint
    ecs                    = var.endpoint
    elbv2                  = var.endpoint
    iam                    = var.endpoint
    logs                   = var.endpoint
    route53                = var.endpoint
    secretsmanager         = var.endpoint
    servicediscovery       = var.endpoint
    sts                    = var.endpoint
  }
  default_tags {
    tags = { harbour = "production" }
  }
}

data "aws_availability_zones" "here" {
  state = "available"
}

# The network

resource "aws_vpc" "main" {
  cidr_block           = var.range
  enable_dns_hostnames = true
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

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, 10 + count.index)
  availability_zone = data.aws_availability_zones.here.names[count.index]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "balancer" {
  name   = "balancer"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 443
    to_port     = 443
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

resource "aws_security_group" "tasks" {
  name   = "tasks"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port       = 8080
    to_port         = 8080
    protocol        = "tcp"
    security_groups = [aws_security_group.balancer.id]
    self            = true
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# The load balancer

resource "aws_acm_certificate" "web" {
  domain_name       = "web.example.com"
  validation_method = "DNS"
}

# A stack of one resource, and not an aws_lb: for that the provider sleeps twice half a minute before it looks whether the
# load balancer is active, whatever is answered. ../terraform-load-balancers has an aws_lb.
resource "aws_cloudformation_stack" "balancer" {
  name = "production-balancer"
  template_body = jsonencode({
    Resources = {
      Web = {
        Type = "AWS::ElasticLoadBalancingV2::LoadBalancer"
        Properties = {
          Name           = "web"
          Scheme         = "internet-facing"
          SecurityGroups = [aws_security_group.balancer.id]
          Subnets        = aws_subnet.public[*].id
        }
      }
    }
    Outputs = {
      Arn  = { Value = { Ref = "Web" } }
      Name = { Value = { "Fn::GetAtt" = ["Web", "DNSName"] } }
      Path = { Value = { "Fn::GetAtt" = ["Web", "LoadBalancerFullName"] } }
    }
  })
  depends_on = [aws_internet_gateway.main]
}

locals {
  balancer = aws_cloudformation_stack.balancer.outputs
}

resource "aws_lb_target_group" "web" {
  name                 = "web"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.main.id
  deregistration_delay = 2
  health_check {
    interval          = 5
    timeout           = 2
    healthy_threshold = 2
  }
}

resource "aws_lb_listener" "plain" {
  load_balancer_arn = local.balancer.Arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "secure" {
  load_balancer_arn = local.balancer.Arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.web.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

# What runs

resource "aws_ecs_cluster" "main" {
  name = "production"
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "production-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_secretsmanager_secret" "greeting" {
  name                    = "production/greeting"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "greeting" {
  secret_id     = aws_secretsmanager_secret.greeting.id
  secret_string = var.greeting
}

resource "aws_iam_role_policy" "secrets" {
  role = aws_iam_role.execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.greeting.arn
    }]
  })
}

resource "aws_cloudwatch_log_group" "services" {
  name              = "/production/services"
  retention_in_days = 7
}

resource "aws_service_discovery_http_namespace" "main" {
  name = "production"
}

resource "aws_service_discovery_private_dns_namespace" "inner" {
  name = "inner.local"
  vpc  = aws_vpc.main.id
}

resource "aws_service_discovery_service" "api" {
  name          = "api"
  force_destroy = true
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.inner.id
    dns_records {
      type = "A"
      ttl  = 5
    }
  }
  health_check_custom_config {
    failure_threshold = 1
  }
}

locals {
  logs = {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.services.name
      awslogs-region        = "eu-west-1"
      awslogs-stream-prefix = "production"
    }
  }
  programs = {
    # Answers with the secret.
    api = "mkdir -p /w && echo $GREETING > /w/index.html && exec httpd -f -p 8080 -h /w"
    # Answers with what the other service says: by Service Connect, and by its name in the VPC's DNS.
    web = <<-EOT
      mkdir -p /w
      look() {
        by_connect=$(wget -q -O - http://api/) && by_name=$(wget -q -O - http://api.inner.local:8080/) &&
          echo "connect=$by_connect name=$by_name" > /w/next && mv /w/next /w/index.html
      }
      until look; do sleep 1; done
      while sleep 1; do look; done &
      exec httpd -f -p 8080 -h /w
    EOT
  }
}

resource "aws_ecs_task_definition" "service" {
  for_each                 = local.programs
  family                   = each.key
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name             = "main"
    image            = var.image
    command          = ["sh", "-c", each.value]
    portMappings     = [{ name = "http", containerPort = 8080, appProtocol = "http" }]
    logConfiguration = local.logs
    stopTimeout      = 2
    # Else a task counts as healthy when it has run for a while.
    healthCheck     = { command = ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:8080/"], interval = 5 }
    linuxParameters = { initProcessEnabled = true }
    secrets         = [{ name = "GREETING", valueFrom = aws_secretsmanager_secret.greeting.arn }]
  }])
  depends_on = [aws_secretsmanager_secret_version.greeting]
}

resource "aws_ecs_service" "api" {
  name                  = "api"
  cluster               = aws_ecs_cluster.main.id
  task_definition       = aws_ecs_task_definition.service["api"].arn
  desired_count         = 1
  wait_for_steady_state = true
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.tasks.id]
  }
  service_registries {
    registry_arn = aws_service_discovery_service.api.arn
  }
  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.main.arn
    service {
      port_name = "http"
      client_alias {
        dns_name = "api"
        port     = 80
      }
    }
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  depends_on = [aws_ecs_cluster_capacity_providers.main, aws_iam_role_policy.secrets]
}

resource "aws_ecs_service" "web" {
  name                              = "web"
  cluster                           = aws_ecs_cluster.main.id
  task_definition                   = aws_ecs_task_definition.service["web"].arn
  desired_count                     = 2
  wait_for_steady_state             = true
  health_check_grace_period_seconds = 30
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.tasks.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "main"
    container_port   = 8080
  }
  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.main.arn
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  lifecycle {
    ignore_changes = [desired_count]
  }
  depends_on = [aws_lb_listener.secure, aws_ecs_service.api]
}

# Scaling

resource "aws_appautoscaling_target" "web" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.web.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 2
  max_capacity       = 4
}

resource "aws_appautoscaling_policy" "web" {
  for_each           = { requests = "ALBRequestCountPerTarget", processor = "ECSServiceAverageCPUUtilization" }
  name               = each.key
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.web.service_namespace
  resource_id        = aws_appautoscaling_target.web.resource_id
  scalable_dimension = aws_appautoscaling_target.web.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = each.key == "requests" ? 100 : 60
    scale_in_cooldown  = 60
    scale_out_cooldown = 60
    predefined_metric_specification {
      predefined_metric_type = each.value
      resource_label         = each.key == "requests" ? "${local.balancer.Path}/${aws_lb_target_group.web.arn_suffix}" : null
    }
  }
}

# Images

resource "aws_ecr_repository" "web" {
  name         = "production/web"
  force_delete = true
}

resource "aws_ecr_replication_configuration" "main" {
  replication_configuration {
    rule {
      destination {
        region      = "us-west-2"
        registry_id = var.account
      }
      repository_filter {
        filter      = "production/"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}

resource "aws_ecr_pull_through_cache_rule" "public" {
  ecr_repository_prefix = "public"
  upstream_registry_url = "public.ecr.aws"
}

output "name" {
  value = local.balancer.Name
}
