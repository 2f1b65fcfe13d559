// A service of two tasks behind an application load balancer that scales with its processors' load:
//
//     npm install
//     IMAGE=<the image's URI> npx cdk deploy --require-approval never
//
// The stack is given to CloudFormation in the request itself (LegacyStackSynthesizer), so there is no bucket to
// bootstrap; `restrictDefaultSecurityGroup` would need a function of AWS Lambda.
import { App, CfnOutput, Duration, LegacyStackSynthesizer, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as elbv2 from "aws-cdk-lib/aws-elasticloadbalancingv2";

const { IMAGE: image = "", CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;

const stack = new Stack(new App(), "web", {
  synthesizer: new LegacyStackSynthesizer(),
  env: { account, region },
});

const vpc = new ec2.Vpc(stack, "Vpc", {
  maxAzs: 2,
  natGateways: 1,
  restrictDefaultSecurityGroup: false,
});

const definition = new ecs.FargateTaskDefinition(stack, "Definition", { cpu: 256, memoryLimitMiB: 512 });
const role = definition.obtainExecutionRole();
role.addManagedPolicy({
  managedPolicyArn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
});
definition.addContainer("web", {
  image: ecs.ContainerImage.fromRegistry(image),
  portMappings: [{ containerPort: 8080 }],
  logging: ecs.LogDrivers.awsLogs({ streamPrefix: "web" }),
  stopTimeout: Duration.seconds(2),
});

const service = new ecs.FargateService(stack, "Service", {
  cluster: new ecs.Cluster(stack, "Cluster", { vpc }),
  taskDefinition: definition,
  desiredCount: 2,
  minHealthyPercent: 50,
  circuitBreaker: { rollback: true },
});
service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 4 }).scaleOnCpuUtilization("Load", {
  targetUtilizationPercent: 50,
});

const balancer = new elbv2.ApplicationLoadBalancer(stack, "Balancer", { vpc, internetFacing: true });
balancer.addListener("Http", { port: 80 }).addTargets("Web", {
  port: 8080,
  protocol: elbv2.ApplicationProtocol.HTTP,
  targets: [service],
  deregistrationDelay: Duration.seconds(5),
  healthCheck: { path: "/", interval: Duration.seconds(5) },
});

new CfnOutput(stack, "Address", { value: balancer.loadBalancerDnsName });
