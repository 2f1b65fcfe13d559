# Who else may come in: programs with tokens of an OpenID Connect provider, people by SAML.

variable "audiences" {
  description = "For whom the tokens of the builds may be made."
  type        = list(string)
  default     = ["sts.amazonaws.com"]
}

resource "aws_iam_openid_connect_provider" "builds" {
  url             = "https://builds.example.com"
  client_id_list  = var.audiences
  thumbprint_list = ["990f4193972f2becf12ddeda5237f9c952f20d9e"]
}

resource "aws_iam_saml_provider" "sign_in" {
  name                   = "sign-in"
  saml_metadata_document = file("${path.module}/certificates/sign-in.xml")
}

resource "aws_iam_role" "deployer" {
  name               = "deployer"
  path               = "/builds/"
  assume_role_policy = data.aws_iam_policy_document.federated.json
}

resource "aws_iam_role_policy_attachment" "deployer" {
  role       = aws_iam_role.deployer.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
}

# Nothing but what is written here: a policy put on the role by hand goes with the next apply.
resource "aws_iam_role_policies_exclusive" "deployer" {
  role_name    = aws_iam_role.deployer.name
  policy_names = []
}

data "aws_iam_policy_document" "federated" {
  statement {
    sid     = "Builds"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.builds.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "builds.example.com:aud"
      values   = var.audiences
    }
  }

  statement {
    sid     = "People"
    actions = ["sts:AssumeRoleWithSAML"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_saml_provider.sign_in.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "SAML:aud"
      values   = ["https://signin.aws.amazon.com/saml"]
    }
  }
}
