# Who may look after the network: a role with one of AWS's own policies.

data "aws_iam_policy" "network" {
  name = "AmazonVPCFullAccess"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.provider.account_id]
    }
  }
}

resource "aws_iam_role" "network" {
  name               = "network"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "network" {
  role       = aws_iam_role.network.name
  policy_arn = data.aws_iam_policy.network.arn
}
