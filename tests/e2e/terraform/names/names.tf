# A service with a private name, which a record in real DNS proves, and endpoints that have it. The networks, with the load
# balancer, are there already.

variable "load_balancer" { type = string }
variable "private_name" { type = string }
# The file of records that the name server reads.
variable "zone_file" { type = string }
variable "provider_network" { type = object({ vpc = string, subnet = string, group = string }) }
variable "consumer_network" { type = object({ vpc = string, subnet = string, group = string }) }

resource "aws_vpc_endpoint_service" "service" {
  acceptance_required        = true
  network_load_balancer_arns = [var.load_balancer]
  private_dns_name           = var.private_name
}

locals {
  proof = aws_vpc_endpoint_service.service.private_dns_name_configuration[0]
}

resource "terraform_data" "record" {
  input = {
    name = "${local.proof.name}.${var.private_name}"
    type = local.proof.type
    text = local.proof.value
  }
  provisioner "local-exec" {
    command = "printf '%s\\n' '${jsonencode(self.input)}' >> '${var.zone_file}'"
  }
}

resource "aws_vpc_endpoint_service_private_dns_verification" "service" {
  service_id            = aws_vpc_endpoint_service.service.id
  wait_for_verification = true
  depends_on            = [terraform_data.record]
}

resource "aws_vpc_endpoint_service_allowed_principal" "consumer" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.service.id
  principal_arn           = "arn:aws:iam::${var.consumer_account}:root"
}

data "aws_vpc_endpoint_service" "found" {
  provider     = aws.consumer
  service_name = aws_vpc_endpoint_service.service.service_name
  depends_on = [
    aws_vpc_endpoint_service_allowed_principal.consumer,
    aws_vpc_endpoint_service_private_dns_verification.service,
  ]
}

# The name can be switched on once the connection is accepted: by a resource of its own.
resource "aws_vpc_endpoint" "consumer" {
  provider           = aws.consumer
  vpc_id             = var.consumer_network.vpc
  service_name       = data.aws_vpc_endpoint_service.found.service_name
  vpc_endpoint_type  = "Interface"
  subnet_ids         = [var.consumer_network.subnet]
  security_group_ids = [var.consumer_network.group]

  lifecycle {
    ignore_changes = [private_dns_enabled]
  }
}

resource "aws_vpc_endpoint_connection_accepter" "consumer" {
  vpc_endpoint_service_id = aws_vpc_endpoint_service.service.id
  vpc_endpoint_id         = aws_vpc_endpoint.consumer.id
}

resource "aws_vpc_endpoint_private_dns" "consumer" {
  provider            = aws.consumer
  vpc_endpoint_id     = aws_vpc_endpoint.consumer.id
  private_dns_enabled = var.stage == "first"
  depends_on          = [aws_vpc_endpoint_connection_accepter.consumer]
}

# The provider's own way to its service. It is accepted in the same breath, and gets the name later.
resource "aws_vpc_endpoint" "own" {
  vpc_id              = var.provider_network.vpc
  service_name        = aws_vpc_endpoint_service.service.service_name
  vpc_endpoint_type   = "Interface"
  auto_accept         = true
  subnet_ids          = [var.provider_network.subnet]
  security_group_ids  = [var.provider_network.group]
  private_dns_enabled = var.stage != "first"
  depends_on          = [aws_vpc_endpoint_service_private_dns_verification.service]
}

output "consumer" { value = aws_vpc_endpoint.consumer.id }
output "own" { value = aws_vpc_endpoint.own.id }
output "found_name" { value = data.aws_vpc_endpoint_service.found.private_dns_name }
output "found_names" { value = data.aws_vpc_endpoint_service.found.private_dns_names }
