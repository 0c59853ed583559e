# Gateway endpoints, which are not there: each of these is refused.

variable "vpc" { type = string }
variable "route_table" { type = string }
variable "endpoint" { type = string }

resource "aws_vpc_endpoint" "gateway" {
  vpc_id          = var.vpc
  service_name    = "com.amazonaws.${var.region}.s3"
  route_table_ids = [var.route_table]
}

resource "aws_vpc_endpoint_route_table_association" "interface" {
  vpc_endpoint_id = var.endpoint
  route_table_id  = var.route_table
}
