# A provider and a consumer in accounts of their own. Each folder beside has what they have; driven by test_terraform.py.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "endpoint_url" { type = string }
variable "region" { type = string }
variable "provider_key" { type = object({ id = string, secret = string }) }
variable "consumer_key" { type = object({ id = string, secret = string }) }
variable "consumer_account" { type = string }

# What the second apply changes in place.
variable "stage" {
  type    = string
  default = "first"
}

provider "aws" {
  region                      = var.region
  access_key                  = var.provider_key.id
  secret_key                  = var.provider_key.secret
  skip_credentials_validation = false
  skip_metadata_api_check     = true
  default_tags {
    tags = { Project = "adit" }
  }
  endpoints {
    ec2   = var.endpoint_url
    elbv2 = var.endpoint_url
    iam   = var.endpoint_url
    sns   = var.endpoint_url
    sts   = var.endpoint_url
  }
}

provider "aws" {
  alias                       = "consumer"
  region                      = var.region
  access_key                  = var.consumer_key.id
  secret_key                  = var.consumer_key.secret
  skip_credentials_validation = false
  skip_metadata_api_check     = true
  default_tags {
    tags = { Project = "adit" }
  }
  endpoints {
    ec2   = var.endpoint_url
    elbv2 = var.endpoint_url
    iam   = var.endpoint_url
    sns   = var.endpoint_url
    sts   = var.endpoint_url
  }
}
