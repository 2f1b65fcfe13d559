import { type ConstraintRule, constraintsOf } from "../../src/protocol/constraints.ts";
import type { OperationContract } from "../../src/protocol/contract.ts";
import type { Member, Shape } from "../../src/protocol/shape.ts";

/** The account that samples are about. */
export const sampleAccount = "000000000000";
/** A repository, a user and a role that samples name; a test may make them. */
export const sampleNames = { repository: "sample/app", user: "sample-user", role: "sample-role" } as const;
export const samplePolicyArn = `arn:aws:iam::${sampleAccount}:policy/sample-policy`;
export const sampleBoundaryArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";

const digest = `sha256:${"a".repeat(64)}`;
const statement = { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" };
const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const elbArn = `arn:aws:elasticloadbalancing:us-east-1:${sampleAccount}`;
const elbId = "0123456789abcdef";
const elbAction = { Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } };
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** Values of members that the constraints alone do not make, by member name; `Operation.member` goes before `member`. */
const values: Readonly<Record<string, unknown>> = {
  // Amazon ECR
  registryId: sampleAccount,
  ecrRepositoryPrefix: "sample",
  ecrRepositoryPrefixes: ["sample"],
  upstreamRegistryUrl: "public.ecr.aws",
  signingProfileArn: `arn:aws:signer:us-east-1:${sampleAccount}:/signing-profiles/sample`,
  upstreamRepositoryPrefix: "sample",
  credentialArn: `arn:aws:secretsmanager:us-east-1:${sampleAccount}:secret:ecr-pullthroughcache/sample-AbCdEf`,
  registryIds: [sampleAccount],
  repositoryName: sampleNames.repository,
  repositoryNames: [sampleNames.repository],
  resourceArn: `arn:aws:ecr:us-east-1:${sampleAccount}:repository/${sampleNames.repository}`,
  imageDigest: digest,
  layerDigest: digest,
  layerDigests: [digest],
  uploadId: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
  imageManifest: "{}",
  policyText: policy,
  principalArn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  region: "eu-west-1",
  prefix: "sample",
  kmsKey: `arn:aws:kms:us-east-1:${sampleAccount}:key/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
  customRoleArn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  replicationBackfillId: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
  partLastByte: 0,
  partFirstByte: 0,
  "ecr:GetAccountSetting.name": "REGISTRY_POLICY_SCOPE",
  "ecr:PutAccountSetting.name": "REGISTRY_POLICY_SCOPE",
  "ecr:PutAccountSetting.value": "V2",
  // AWS IAM
  AWSServiceName: "ecs.amazonaws.com",
  AccessKeyId: "AKIASAMPLESAMPLE0000",
  AssumeRolePolicyDocument: trust,
  CustomSuffix: "sample",
  DeletionTaskId:
    "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
  Path: "/sample/",
  NewPath: "/sample/",
  PathPrefix: "/sample/",
  PermissionsBoundary: sampleBoundaryArn,
  Policy: policy,
  PolicyArn: samplePolicyArn,
  PolicyDocument: policy,
  RoleName: sampleNames.role,
  UserName: sampleNames.user,
  OpenIDConnectProviderArn: `arn:aws:iam::${sampleAccount}:oidc-provider/issuer.example.com`,
  RemovePrivateKey: "SAMPLE0000000000000000",
  SAMLProviderArn: `arn:aws:iam::${sampleAccount}:saml-provider/sample`,
  Url: "https://issuer.example.com",
  VersionId: "v1",
  Arn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  ResourceArns: [`arn:aws:ecr:us-east-1:${sampleAccount}:repository/${sampleNames.repository}`],
  ActionNames: ["ecr:PutImage"],
  PolicySourceArn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  PolicyInputList: [policy],
  PermissionsBoundaryPolicyInputList: [policy],
  ServiceNamespaces: ["ecr"],
  ServiceNamespace: "ecr",
  ResourcePolicy: policy,
  ResourceOwner: `arn:aws:iam::${sampleAccount}:root`,
  CallerArn: `arn:aws:iam::${sampleAccount}:user/${sampleNames.user}`,
  AuthenticationCode1: "123456",
  AuthenticationCode2: "654321",
  EntityPath: "o-sample0000/r-abcd",
  OrganizationsPolicyId: "p-sample000",
  "AssumeRoot.TargetPrincipal": "111111111111",
  "AssumeRoot.TaskPolicyArn": { arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" },
  "GetWebIdentityToken.SigningAlgorithm": "RS256",
  JobId: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
  // AWS Organizations
  AccountId: "111111111111",
  ChildId: "111111111111",
  Content: policy,
  CreateAccountRequestId: "car-sample000000",
  DestinationParentId: "ou-smpl-sample00",
  Email: "sample@example.com",
  HandshakeId: "h-sample000000",
  OrganizationalUnitId: "ou-smpl-sample00",
  ParentHandshakeId: "h-sample000000",
  ParentId: "r-smpl",
  PolicyId: "p-sample00",
  PolicyType: "SERVICE_CONTROL_POLICY",
  ResourceId: "ou-smpl-sample00",
  RootId: "r-smpl",
  SourceParentId: "r-smpl",
  TargetId: "ou-smpl-sample00",
  "InviteAccountToOrganization.Target": { Id: "111111111111", Type: "ACCOUNT" },
  "ListPolicies.Filter": "SERVICE_CONTROL_POLICY",
  "ListPoliciesForTarget.Filter": "SERVICE_CONTROL_POLICY",
  // AWS Certificate Manager
  "acm:CertificateArn": `arn:aws:acm:us-east-1:${sampleAccount}:certificate/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
  "acm:CertificateAuthorityArn": `arn:aws:acm-pca:us-east-1:${sampleAccount}:certificate-authority/sample`,
  "acm:DomainName": "sample.example.com",
  "acm:SubjectAlternativeNames": ["www.sample.example.com"],
  "acm:DomainValidationOptions": [
    { DomainName: "sample.example.com", ValidationDomain: "sample.example.com" },
  ],
  "acm:Passphrase": Buffer.from("sample"),
  // Elastic Load Balancing
  LoadBalancerArn: `${elbArn}:loadbalancer/app/sample/${elbId}`,
  ListenerArn: `${elbArn}:listener/app/sample/${elbId}/${elbId}`,
  RuleArn: `${elbArn}:listener-rule/app/sample/${elbId}/${elbId}/${elbId}`,
  TargetGroupArn: `${elbArn}:targetgroup/sample/${elbId}`,
  "elasticloadbalancing:ResourceArns": [`${elbArn}:loadbalancer/app/sample/${elbId}`],
  "elasticloadbalancing:Protocol": "HTTP",
  "elasticloadbalancing:Actions": [elbAction],
  "elasticloadbalancing:DefaultActions": [elbAction],
  CustomerOwnedIpv4Pool: "ipv4pool-coip-sample",
  Ipv4IpamPoolId: "ipam-pool-sample",
  "SetRulePriorities.RulePriorities": [
    { RuleArn: `${elbArn}:listener-rule/app/sample/${elbId}/${elbId}/${elbId}`, Priority: 1 },
  ],
  // Amazon ECS
  family: "sample",
  taskDefinition: "sample:1",
  taskDefinitions: ["sample:1"],
  taskRoleArn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  executionRoleArn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  containerDefinitions: [{ name: "sample", image: "sample", memory: 64 }],
  "RegisterTaskDefinition.cpu": "256",
  "RegisterTaskDefinition.memory": "512",
  "RegisterDaemonTaskDefinition.cpu": "256",
  "RegisterDaemonTaskDefinition.memory": "512",
  // Amazon EventBridge
  EventPattern: JSON.stringify({ source: ["sample"], "detail-type": ["sample"] }),
  ScheduleExpression: "rate(5 minutes)",
  EventBusName: "sample",
  ResourceARN: `arn:aws:events:us-east-1:${sampleAccount}:rule/sample`,
  TargetArn: `arn:aws:logs:us-east-1:${sampleAccount}:log-group:sample`,
  EndpointId: "sample.sam",
  Event: "{}",
  EventSourceName: "aws.partner/example.com/sample",
  KmsKeyIdentifier: `arn:aws:kms:us-east-1:${sampleAccount}:key/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
  Targets: [{ Id: "sample", Arn: `arn:aws:logs:us-east-1:${sampleAccount}:log-group:sample` }],
  "events:ConnectionArn": `arn:aws:events:us-east-1:${sampleAccount}:connection/sample/0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b`,
  "events:ResourceConfigurationArn": `arn:aws:vpc-lattice:us-east-1:${sampleAccount}:resourceconfiguration/rcfg-0123456789abcdefa`,
  "events:InvocationEndpoint": "https://example.com/sample",
  "CreateArchive.EventSourceArn": `arn:aws:events:us-east-1:${sampleAccount}:event-bus/default`,
  "ListArchives.EventSourceArn": `arn:aws:events:us-east-1:${sampleAccount}:event-bus/default`,
  "events:EventSourceArn": `arn:aws:events:us-east-1:${sampleAccount}:archive/sample`,
  "StartReplay.Destination": { Arn: `arn:aws:events:us-east-1:${sampleAccount}:event-bus/default` },
  "PutPermission.Action": "events:PutEvents",
  "PutPermission.Principal": sampleAccount,
  "RemovePermission.StatementId": "sample",
  // Amazon ECS
  "ecs:resourceArn": `arn:aws:ecs:us-east-1:${sampleAccount}:cluster/sample`,
  "ecs:serviceArn": `arn:aws:ecs:us-east-1:${sampleAccount}:service/sample/sample`,
  "ecs:serviceDeploymentArn": `arn:aws:ecs:us-east-1:${sampleAccount}:service-deployment/sample/sample/sample`,
  "ecs:serviceDeploymentArns": [
    `arn:aws:ecs:us-east-1:${sampleAccount}:service-deployment/sample/sample/sample`,
  ],
  "ecs:serviceRevisionArns": [
    `arn:aws:ecs:us-east-1:${sampleAccount}:service-revision/sample/sample/0123456789012345678`,
  ],
  "ecs:gatewayRouteArn": `arn:aws:ecs:us-east-1:${sampleAccount}:gateway-route/sample/${"0".repeat(32)}/${"1".repeat(32)}`,
  "ecs:daemonArn": `arn:aws:ecs:us-east-1:${sampleAccount}:daemon/sample/sample`,
  "ecs:taskRoleArn": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  "ecs:executionRoleArn": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  // Amazon CloudWatch Logs
  "monitoring:Schedule": { Expression: "cron(0 2 * * *)", Duration: "PT4H" },
  "monitoring:KeyAttributes": { Type: "Service", Name: "sample" },
  "monitoring:ResourceARN": `arn:aws:cloudwatch:us-east-1:${sampleAccount}:alarm:sample`,
  // Application Auto Scaling
  "application-autoscaling:ServiceNamespace": "ecs",
  "application-autoscaling:ResourceId": "service/sample/sample",
  "application-autoscaling:PolicyType": "TargetTrackingScaling",
  "application-autoscaling:ScalableDimension": "ecs:service:DesiredCount",
  "application-autoscaling:ResourceARN": `arn:aws:application-autoscaling:us-east-1:${sampleAccount}:scalable-target/sample`,
  "logs:roleArn": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  "logs:resourceArn": `arn:aws:logs:us-east-1:${sampleAccount}:log-group:sample`,
  accountIdentifiers: [sampleAccount],
  entity: { keyAttributes: { Type: "Service", Name: "sample" } },
  logGroupName: "sample",
  logStreamName: "sample",
  policyDocument: policy,
  retentionInDays: 7,
  // Amazon EC2
  "ec2:Resources": ["vpc-0123456789abcdef0"],
  // Amazon Route 53
  "CreateHealthCheck.HealthCheckConfig": { Type: "TCP", IPAddress: "192.0.2.1", Port: 80 },
  "route53:IPAddress": "192.0.2.1",
  "route53:ResolverIP": "192.0.2.1",
  "route53:EDNS0ClientSubnetIP": "192.0.2.0",
  "route53:EDNS0ClientSubnetMask": "24",
  "route53:Regions": ["us-east-1", "us-west-1", "eu-west-1"],
  "route53:VPC": { VPCId: "vpc-0123456789abcdef0", VPCRegion: "us-east-1" },
  "route53:VPCRegion": "us-east-1",
  "route53:Name": "example.com",
  "route53:HostedZoneId": "Z0123456789ABCDEFGHIJ",
  // AWS CloudFormation
  "cloudformation:RoleARN": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  "cloudtrail:CloudWatchLogsRoleArn": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  "ecs:roleArn": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  "ecs:infrastructureRoleArn": `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  // AWS Cloud Map
  "ListNamespaces.Filters": [{ Name: "TYPE", Values: ["HTTP"] }],
  "ListServices.Filters": [{ Name: "NAMESPACE_ID", Values: ["ns-sample0000000000"] }],
  "ListOperations.Filters": [{ Name: "STATUS", Values: ["SUCCESS"] }],
  "servicediscovery:ResourceARN": `arn:aws:servicediscovery:us-east-1:${sampleAccount}:namespace/ns-sample0000000000`,
  "servicediscovery:NamespaceId": "ns-sample0000000000",
  "servicediscovery:ServiceId": "srv-sample0000000000",
  "servicediscovery:Attributes": { sample: "sample" },
  "DeleteServiceAttributes.Attributes": ["sample"],
  "servicediscovery:Name": "sample",
  "CreatePublicDnsNamespace.Name": "sample.example.com",
  // AWS KMS
  AliasName: "alias/sample",
  // AWS Secrets Manager
  "CreateSecret.Region": "eu-west-1",
  "ReplicateSecretToRegions.Region": "eu-west-1",
  RemoveReplicaRegions: ["eu-west-1"],
  "GetSecretValue.VersionId": "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
  "PutSecretValue.RotationToken": "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
  // AWS Systems Manager
  "ssm:ResourceArn": `arn:aws:ssm:us-east-1:${sampleAccount}:parameter/sample`,
  ParameterFilters: [{ Key: "Name", Values: ["sample"] }],
  // AWS STS
  RoleArn: `arn:aws:iam::${sampleAccount}:role/${sampleNames.role}`,
  SerialNumber: `arn:aws:iam::${sampleAccount}:mfa/sample`,
  TokenCode: "123456",
  arn: samplePolicyArn,
  ProviderArn: `arn:aws:iam::${sampleAccount}:oidc-provider/sample`,
  TransitiveTagKeys: ["sample"],
};

/**
 * A well-formed input of an operation, made from its contract: the required members, or all of them. Throws when the
 * validator refuses what it made: then `values` wants an entry.
 */
export function sampleInput(
  operation: OperationContract,
  members: "required" | "all",
): Readonly<Record<string, unknown>> {
  const constraints = constraintsOf(operation.service.signingName);
  const ruleOf = (structure: string, member: string): ConstraintRule | undefined => {
    const name = constraints?.structures[structure]?.[member];
    return name === undefined ? undefined : constraints?.rules[name];
  };
  const rulesNamed = (name: string | undefined): ConstraintRule | undefined =>
    name === undefined ? undefined : constraints?.rules[name];

  const sampleOf = (member: Member, rule: ConstraintRule | undefined, depth: number): unknown => {
    const given =
      values[`${operation.service.signingName}:${operation.name}.${member.name}`] ??
      values[`${operation.name}.${member.name}`] ??
      values[`${operation.service.signingName}:${member.name}`] ??
      values[member.name];
    if (given !== undefined) return given;
    return ofShape(member.shape, rule, depth);
  };

  const ofShape = (shape: Shape, rule: ConstraintRule | undefined, depth: number): unknown => {
    switch (shape.kind) {
      case "structure": {
        const needed = shape.members.filter((one) => one.required || (members === "all" && depth < 4));
        // A form has no empty structures: a required list of them would be missing.
        const wanted = needed.length === 0 && depth > 0 ? shape.members.slice(0, 1) : needed;
        return Object.fromEntries(
          wanted.map((one) => [one.name, sampleOf(one, ruleOf(shape.name, one.name), depth + 1)]),
        );
      }
      case "list":
        return [ofShape(shape.item.shape, rulesNamed(rule?.item), depth + 1)];
      case "map":
        return {
          [String(ofShape(shape.key.shape, rulesNamed(rule?.key), depth))]: ofShape(
            shape.value.shape,
            rulesNamed(rule?.value),
            depth + 1,
          ),
        };
      case "timestamp":
        return new Date(0);
      case "string":
        return rule?.enum?.[0] ?? "sample".padEnd(rule?.min ?? 0, "0").slice(0, rule?.max);
      case "boolean":
        return true;
      case "number":
        return rule?.min ?? 1;
      case "blob":
        return Buffer.from("x");
      case "document":
        return {};
    }
  };

  const input =
    operation.input === undefined ? {} : (ofShape(operation.input, undefined, 0) as Record<string, unknown>);
  const refused = operation.validate(input);
  if (refused !== undefined) throw new Error(`no sample for ${operation.name}: ${refused.message}`);
  return input;
}
