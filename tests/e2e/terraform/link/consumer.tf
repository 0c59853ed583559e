# The consumer's side: a client, and an endpoint whose parts are resources of their own.

data "aws_caller_identity" "consumer" {
  provider = aws.consumer
}

data "aws_vpc_endpoint_service" "found" {
  provider     = aws.consumer
  service_name = aws_vpc_endpoint_service.service.service_name
  depends_on   = [aws_vpc_endpoint_service_allowed_principal.consumer]
}

resource "aws_vpc" "consumer" {
  provider             = aws.consumer
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "consumer" }
}

resource "aws_subnet" "consumer" {
  provider          = aws.consumer
  count             = 2
  vpc_id            = aws_vpc.consumer.id
  cidr_block        = cidrsubnet(aws_vpc.consumer.cidr_block, 8, count.index + 1)
  availability_zone = local.zones[count.index]
}

resource "aws_default_security_group" "consumer" {
  provider = aws.consumer
  vpc_id   = aws_vpc.consumer.id
}

resource "aws_security_group" "client" {
  provider = aws.consumer
  name     = "client"
  vpc_id   = aws_vpc.consumer.id
}

resource "aws_security_group_rule" "client_out" {
  provider          = aws.consumer
  type              = "egress"
  security_group_id = aws_security_group.client.id
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group" "endpoint" {
  provider = aws.consumer
  name     = "endpoint"
  vpc_id   = aws_vpc.consumer.id
  ingress {
    protocol        = "tcp"
    from_port       = 80
    to_port         = 80
    security_groups = [aws_security_group.client.id]
  }
}

resource "aws_instance" "client" {
  provider               = aws.consumer
  ami                    = "ami-00000000"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.consumer[0].id
  vpc_security_group_ids = [aws_security_group.client.id]
}

resource "aws_vpc_endpoint" "consumer" {
  provider            = aws.consumer
  vpc_id              = aws_vpc.consumer.id
  service_name        = data.aws_vpc_endpoint_service.found.service_name
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.consumer[0].id]
  private_dns_enabled = false
  tags                = { Name = "consumer", Stage = var.stage }

  lifecycle {
    # Each of these is a resource of its own below.
    ignore_changes = [subnet_ids, security_group_ids, policy]
  }
}

resource "aws_vpc_endpoint_subnet_association" "second" {
  provider        = aws.consumer
  vpc_endpoint_id = aws_vpc_endpoint.consumer.id
  subnet_id       = aws_subnet.consumer[1].id
  depends_on      = [aws_vpc_endpoint_connection_accepter.consumer]
}

resource "aws_vpc_endpoint_security_group_association" "endpoint" {
  provider                    = aws.consumer
  vpc_endpoint_id             = aws_vpc_endpoint.consumer.id
  security_group_id           = aws_security_group.endpoint.id
  replace_default_association = true
  depends_on                  = [aws_vpc_endpoint_connection_accepter.consumer]
}

resource "aws_vpc_endpoint_policy" "consumer" {
  provider        = aws.consumer
  vpc_endpoint_id = aws_vpc_endpoint.consumer.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.stage
      Effect    = "Allow"
      Principal = "*"
      Action    = "*"
      Resource  = "*"
    }]
  })
  depends_on = [aws_vpc_endpoint_connection_accepter.consumer]
}

data "aws_vpc_endpoint" "consumer" {
  provider   = aws.consumer
  id         = aws_vpc_endpoint.consumer.id
  depends_on = [aws_vpc_endpoint_subnet_association.second]
}

output "client" { value = aws_instance.client.id }
output "name" { value = aws_vpc_endpoint.consumer.dns_entry[0].dns_name }
output "zones" { value = data.aws_vpc_endpoint_service.found.availability_zones }
output "owners" { value = [data.aws_caller_identity.provider.account_id, data.aws_caller_identity.consumer.account_id] }
output "endpoint_state" { value = data.aws_vpc_endpoint.consumer.state }
