# The provider's side: two servers behind a network load balancer, published as an endpoint service.

variable "web_server" { type = string }

data "aws_caller_identity" "provider" {}
data "aws_region" "here" {}
data "aws_availability_zones" "all" { state = "available" }

locals {
  zones = slice(data.aws_availability_zones.all.names, 0, 2)
}

resource "aws_vpc" "provider" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "provider", Stage = var.stage }
}

resource "aws_subnet" "provider" {
  count             = 2
  vpc_id            = aws_vpc.provider.id
  cidr_block        = cidrsubnet(aws_vpc.provider.cidr_block, 8, count.index + 1)
  availability_zone = local.zones[count.index]
}

resource "aws_route_table" "provider" {
  vpc_id = aws_vpc.provider.id
  tags   = { Name = "provider" }
}

resource "aws_route_table_association" "provider" {
  count          = 2
  subnet_id      = aws_subnet.provider[count.index].id
  route_table_id = aws_route_table.provider.id
}

resource "aws_security_group" "server" {
  name   = "server"
  vpc_id = aws_vpc.provider.id
  ingress {
    description = var.stage
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = [aws_vpc.provider.cidr_block]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "balancer" {
  name   = "balancer"
  vpc_id = aws_vpc.provider.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  security_group_id = aws_security_group.balancer.id
  description       = var.stage
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.server.id
}

resource "aws_instance" "server" {
  count                  = 2
  ami                    = "ami-00000000"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.provider[count.index].id
  vpc_security_group_ids = [aws_security_group.server.id]
  user_data              = var.web_server
  tags                   = { Name = "server-${count.index}", Stage = var.stage }
}

resource "aws_lb" "service" {
  name               = "service"
  load_balancer_type = "network"
  internal           = true
  subnets            = aws_subnet.provider[*].id
  security_groups    = [aws_security_group.balancer.id]

  enable_cross_zone_load_balancing = var.stage != "first"
}

resource "aws_lb_target_group" "service" {
  name                 = "service"
  port                 = 80
  protocol             = "TCP"
  vpc_id               = aws_vpc.provider.id
  deregistration_delay = var.stage == "first" ? 30 : 60
  health_check {
    protocol = "TCP"
    interval = 10
  }
}

resource "aws_lb_target_group_attachment" "service" {
  count            = 2
  target_group_arn = aws_lb_target_group.service.arn
  target_id        = aws_instance.server[count.index].id
  port             = 80
}

resource "aws_lb_listener" "service" {
  load_balancer_arn = aws_lb.service.arn
  port              = 80
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = var.stage == "first" ? aws_lb_target_group.service.arn : null
    dynamic "forward" {
      for_each = var.stage == "first" ? [] : [aws_lb_target_group.service.arn]
      content {
        target_group {
          arn    = forward.value
          weight = 7
        }
        stickiness {
          enabled  = false
          duration = 60
        }
      }
    }
  }
}

resource "aws_vpc_endpoint_service" "service" {
  acceptance_required        = true
  network_load_balancer_arns = [aws_lb.service.arn]
  tags                       = { Name = "service", Stage = var.stage }
}

resource "aws_vpc_endpoint_service_allowed_principal" "consumer" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.service.id
  principal_arn           = "arn:aws:iam::${var.consumer_account}:root"
}

resource "aws_vpc_endpoint_connection_accepter" "consumer" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.service.id
  vpc_endpoint_id         = aws_vpc_endpoint.consumer.id
}

# The provider's own way to its service, which it accepts in the same breath.
resource "aws_vpc_endpoint" "own" {
  vpc_id              = aws_vpc.provider.id
  service_name        = aws_vpc_endpoint_service.service.service_name
  vpc_endpoint_type   = "Interface"
  auto_accept         = true
  subnet_ids          = [aws_subnet.provider[0].id]
  security_group_ids  = [aws_security_group.server.id]
  private_dns_enabled = false
  depends_on          = [aws_lb_listener.service]
}
