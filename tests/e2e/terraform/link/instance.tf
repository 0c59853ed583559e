# An instance by an interface that was there before it, and stays when it goes.

resource "aws_network_interface" "kept" {
  subnet_id       = aws_subnet.provider[0].id
  security_groups = [aws_security_group.server.id]
  private_ips     = [cidrhost(aws_subnet.provider[0].cidr_block, 99)]
}

data "aws_ec2_instance_type" "small" { instance_type = "t3.micro" }

resource "aws_instance" "kept" {
  ami                                  = "ami-00000000"
  instance_type                        = data.aws_ec2_instance_type.small.instance_type
  instance_initiated_shutdown_behavior = var.stage == "first" ? "stop" : "terminate"
  network_interface {
    device_index         = 0
    network_interface_id = aws_network_interface.kept.id
  }
  metadata_options {
    http_endpoint               = "enabled"
    http_put_response_hop_limit = 1
    http_tokens                 = var.stage == "first" ? "optional" : "required"
  }
}
