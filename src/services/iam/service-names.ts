/**
 * The names that last-accessed reports give to services, by the prefix of their actions (Service Authorization
 * Reference, "Actions, resources, and condition keys for AWS services"). A policy that allows everything allows these.
 */
const names: Readonly<Record<string, string>> = {
  acm: "AWS Certificate Manager",
  apigateway: "Amazon API Gateway",
  "application-autoscaling": "AWS Application Auto Scaling",
  athena: "Amazon Athena",
  autoscaling: "Amazon EC2 Auto Scaling",
  backup: "AWS Backup",
  batch: "AWS Batch",
  cloudformation: "AWS CloudFormation",
  cloudfront: "Amazon CloudFront",
  cloudtrail: "AWS CloudTrail",
  cloudwatch: "Amazon CloudWatch",
  codebuild: "AWS CodeBuild",
  codedeploy: "AWS CodeDeploy",
  config: "AWS Config",
  dynamodb: "Amazon DynamoDB",
  ec2: "Amazon EC2",
  ec2messages: "Amazon Message Delivery Service",
  ecr: "Amazon Elastic Container Registry",
  "ecr-public": "Amazon Elastic Container Registry Public",
  ecs: "Amazon Elastic Container Service",
  eks: "Amazon Elastic Kubernetes Service",
  elasticache: "Amazon ElastiCache",
  elasticfilesystem: "Amazon Elastic File System",
  elasticloadbalancing: "AWS Elastic Load Balancing",
  events: "Amazon EventBridge",
  firehose: "Amazon Kinesis Firehose",
  glue: "AWS Glue",
  guardduty: "Amazon GuardDuty",
  iam: "AWS Identity and Access Management",
  kinesis: "Amazon Kinesis",
  kms: "AWS Key Management Service",
  lambda: "AWS Lambda",
  logs: "Amazon CloudWatch Logs",
  organizations: "AWS Organizations",
  rds: "Amazon RDS",
  "resource-groups": "AWS Resource Groups",
  route53: "Amazon Route 53",
  s3: "Amazon S3",
  secretsmanager: "AWS Secrets Manager",
  servicediscovery: "AWS Cloud Map",
  sns: "Amazon SNS",
  sqs: "Amazon SQS",
  ssm: "AWS Systems Manager",
  ssmmessages: "Amazon Session Manager Message Gateway Service",
  states: "AWS Step Functions",
  sts: "AWS Security Token Service",
  tag: "Amazon Resource Group Tagging API",
  xray: "AWS X-Ray",
};

/** The action prefixes of all services that have a name here, in order. */
export const serviceNamespaces: readonly string[] = Object.keys(names);

/** A service's name; its prefix when it has none here. */
export function serviceName(namespace: string): string {
  return names[namespace] ?? namespace;
}
