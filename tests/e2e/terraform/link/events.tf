# Who is told of connections, and who may use the service besides: a topic of the provider's, and a role that is allowed.

resource "aws_sns_topic" "connections" {
  name         = "connections"
  display_name = var.stage
}

resource "aws_sns_topic_policy" "connections" {
  arn = aws_sns_topic.connections.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpce.amazonaws.com" }
      Action    = "SNS:Publish"
      Resource  = aws_sns_topic.connections.arn
    }]
  })
}

resource "aws_vpc_endpoint_connection_notification" "connections" {
  vpc_endpoint_service_id     = aws_vpc_endpoint_service.service.id
  connection_notification_arn = aws_sns_topic.connections.arn
  connection_events           = var.stage == "first" ? ["Accept", "Reject"] : ["Accept", "Connect", "Reject"]
  depends_on                  = [aws_sns_topic_policy.connections]
}

resource "aws_iam_role" "operator" {
  name        = "operator"
  description = "Accepts connections: ${var.stage}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.consumer_account}:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "operator" {
  name = "connections"
  role = aws_iam_role.operator.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = var.stage
      Effect   = "Allow"
      Action   = ["ec2:DescribeVpcEndpointConnections", "ec2:AcceptVpcEndpointConnections"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_user" "reader" {
  name = "reader"
  tags = { Stage = var.stage }
}

resource "aws_iam_policy" "reader" {
  name = "reader"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "ec2:Describe*", Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "reader" {
  user       = aws_iam_user.reader.name
  policy_arn = aws_iam_policy.reader.arn
}
