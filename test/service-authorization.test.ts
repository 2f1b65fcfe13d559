import { fileURLToPath } from "node:url";
import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAuthorizationReference } from "../src/cli/authorization-reference.ts";
import type { ActionReference } from "../src/cli/policy-reference.ts";
import type { AuthoriseContext } from "../src/dispatch/context.ts";
import { user } from "../src/dispatch/house.testing.ts";
import type { AnyOperation, Authorisation, InternalOperation } from "../src/dispatch/operation.ts";
import type { AccountId, Region } from "../src/kernel/brand.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { systemRandom } from "../src/kernel/random.ts";
import { migrations } from "../src/main/migrations.ts";
import { contractOf } from "../src/protocol/contract.ts";
import { createDataPlane } from "../src/services/ecr/data-plane.ts";
import type { EcrPorts } from "../src/services/ecr/ports.ts";
import { openStore } from "../src/store/open.ts";
import type { Store } from "../src/store/types.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";
import { sampleAccount, sampleBoundaryArn, sampleInput, sampleNames } from "./support/sample-input.ts";

/**
 * What every operation asks permission for, held against AWS's Service Authorization Reference: real actions only,
 * resources of the types that the action knows, condition keys that it documents, and none of those forgotten that
 * the input gives a value.
 */

const references = readAuthorizationReference(fileURLToPath(new URL("../data", import.meta.url)));

/** What differs from the reference on purpose, with the reason. A line that no longer differs must go. */
const settled: readonly { readonly what: RegExp; readonly reason: string }[] = [
  {
    what: /^ecr:\w+: no action ecr:(Start|Stop|List|Describe)ReplicationBackfill/,
    reason:
      "the API has these operations (API Reference), the reference of permissions not yet their actions",
  },
  {
    what: /^sts:AssumeRole: sts:(TagSession|SetSourceIdentity) has no key /,
    reason:
      "AWS evaluates all actions of one AssumeRole in one context: a trust statement may allow them together",
  },
  {
    what: /^kms:RetireGrant: kms:RetireGrant has no key kms:GrantId$/,
    reason: "a grant itself allows its retirement: the statement made of it must know its own",
  },
  {
    what: /^sts:GetFederationToken: sts:TagSession is not for arn:aws:sts::\d+:federated-user\//,
    reason:
      "the reference names only roles, yet TagSession also guards this call, whose resource is the user",
  },
  {
    what: /^elasticloadbalancing:\w+: elasticloadbalancing:AddTags is not for arn:aws:elasticloadbalancing:/,
    reason: "the reference names only load balancers, yet AddTags guards tags of all that is made with some",
  },
  {
    what: /^ecs:TagResource: ecs:TagResource lacks the key ecs:CreateAction$/,
    reason: "of the tags that another call gives to what it creates",
  },
  {
    what: /^ecs:\w*Gateway\w*: no action ecs:\w*Gateway/,
    reason: "the API has gateways (API Reference), the reference of permissions not yet their actions",
  },
  {
    what: /^ecs:CreateGateway: ecs:TagResource is not for arn:aws:ecs:[a-z0-9-]+:\d+:gateway\//,
    reason: "likewise their type of resource",
  },
  {
    what: /^acm:RequestCertificate: acm:RequestCertificate knows no resource, not arn:aws:acm:/,
    reason: "the reference names no resource, yet AWS's managed policies allow it on certificates alone",
  },
];

/** Operations that ask for another action than their own name's. */
const otherAction: Readonly<Record<string, string>> = {
  "ecr:ListImageReferrers": "ecr:BatchGetImage",
  "kms:ReEncrypt": "kms:ReEncryptFrom",
};

/** Operations that ask for nothing. */
const open: ReadonlySet<string> = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

/** Where the value of a condition key comes from: the members of the input that give one. */
const valueFrom: Readonly<Record<string, readonly string[]>> = {
  "aws:RequestTag/*": ["Tags", "tags"],
  "aws:TagKeys": ["Tags", "tags", "TagKeys", "tagKeys"],
  "autoscaling:CapacityReservationIds": ["CapacityReservationSpecification"],
  "autoscaling:CapacityReservationResourceGroupArns": ["CapacityReservationSpecification"],
  "autoscaling:InstanceType": ["InstanceType"],
  "autoscaling:InstanceTypes": ["MixedInstancesPolicy"],
  "autoscaling:LaunchConfigurationName": ["LaunchConfigurationName"],
  "autoscaling:LaunchTemplateVersionSpecified": ["LaunchTemplate", "MixedInstancesPolicy"],
  "autoscaling:LoadBalancerNames": ["LoadBalancerNames"],
  "autoscaling:MaxSize": ["MaxSize"],
  "autoscaling:MetadataHttpEndpoint": ["MetadataOptions"],
  "autoscaling:MetadataHttpPutResponseHopLimit": ["MetadataOptions"],
  "autoscaling:MetadataHttpTokens": ["MetadataOptions"],
  "autoscaling:MinSize": ["MinSize"],
  "autoscaling:OperatorPrincipal": ["Operator"],
  "autoscaling:SpotPrice": ["SpotPrice"],
  "autoscaling:TargetGroupARNs": ["TargetGroupARNs"],
  "autoscaling:TrafficSourceIdentifiers": ["TrafficSources"],
  "autoscaling:VPCZoneIdentifiers": ["VPCZoneIdentifier"],
  "ecr:AccountSetting": ["name"],
  "ecs:CreateAction": ["tags"],
  "ecs:compute-compatibility": ["requiresCompatibilities"],
  "ecs:privileged": ["containerDefinitions"],
  "ecs:task-cpu": ["cpu"],
  "ecs:task-memory": ["memory"],
  "ecs:account-setting": ["name"],
  "ecs:auto-assign-public-ip": ["networkConfiguration"],
  "ecs:capacity-provider": [
    "capacityProviders",
    "capacityProviderStrategy",
    "defaultCapacityProviderStrategy",
    "capacityProviderArns",
  ],
  "ecs:container-name": ["container"],
  "ecs:cluster": ["cluster", "clusterArn"],
  "ecs:container-instances": ["containerInstances"],
  "ecs:daemon-task-definition": ["daemonTaskDefinitionArn"],
  "ecs:enable-ebs-volumes": ["volumeConfigurations"],
  "ecs:enable-ecs-managed-tags": ["enableECSManagedTags"],
  "ecs:enable-execute-command": ["enableExecuteCommand"],
  "ecs:enable-service-connect": ["serviceConnectConfiguration"],
  "ecs:enable-vpc-lattice": ["vpcLatticeConfigurations"],
  "ecs:fargate-ephemeral-storage-kms-key": ["configuration"],
  "ecs:instance-metadata-tags-propagation": ["managedInstancesProvider"],
  "ecs:namespace": ["serviceConnectConfiguration"],
  "ecs:propagate-tags": ["propagateTags", "managedInstancesProvider"],
  "ecs:service": ["service", "serviceDeploymentArn"],
  "ecs:subnet": ["networkConfiguration"],
  "ecs:task": ["task"],
  "ecs:task-definition": ["taskDefinition"],
  "acm:CertificateAuthority": ["CertificateAuthorityArn"],
  "acm:CertificateTransparencyLogging": ["Options"],
  "acm:DomainNames": ["DomainName"],
  "acm:Export": ["Options"],
  "acm:KeyAlgorithm": ["KeyAlgorithm"],
  "acm:ValidationMethod": ["ValidationMethod"],
  "elasticloadbalancing:ListenerProtocol": ["Protocol"],
  "elasticloadbalancing:Scheme": ["Scheme"],
  "elasticloadbalancing:SecurityGroup": ["SecurityGroups"],
  "elasticloadbalancing:SecurityPolicy": ["SslPolicy"],
  "elasticloadbalancing:Subnet": ["Subnets", "SubnetMappings"],
  "events:TargetArn": ["Targets"],
  "events:creatorAccount": ["Rule"],
  "events:detail-type": ["EventPattern", "Entries"],
  "events:source": ["EventPattern", "Entries"],
  "events:eventBusInvocation": ["Entries"],
  "iam:AWSServiceName": ["AWSServiceName"],
  "iam:OrganizationsPolicyId": ["OrganizationsPolicyId"],
  "iam:PassedToService": ["RoleName"],
  "iam:PermissionsBoundary": ["PermissionsBoundary", "RoleName", "UserName"],
  "iam:PolicyARN": ["PolicyArn"],
  "iam:ServiceSpecificCredentialAgeDays": ["CredentialAgeDays"],
  "iam:ServiceSpecificCredentialServiceName": ["ServiceName"],
  "kms:BypassPolicyLockoutSafetyCheck": ["BypassPolicyLockoutSafetyCheck"],
  "kms:CallerAccount": ["KeyId"],
  "kms:DataKeyPairSpec": ["KeyPairSpec"],
  "kms:EncryptionAlgorithm": ["EncryptionAlgorithm"],
  "kms:EncryptionContext:*": ["EncryptionContext"],
  "kms:EncryptionContextKeys": ["EncryptionContext", "SourceEncryptionContext"],
  "kms:GrantConstraintSourceArn": ["Constraints"],
  "kms:GrantConstraintType": ["Constraints"],
  "kms:GrantIsForAWSResource": ["KeyId"],
  "kms:GrantOperations": ["Operations"],
  "kms:GranteePrincipal": ["GranteePrincipal"],
  "kms:GranteeServicePrincipal": ["GranteeServicePrincipal"],
  "kms:KeyOrigin": ["Origin"],
  "kms:KeySpec": ["KeySpec", "CustomerMasterKeySpec"],
  "kms:KeyUsage": ["KeyUsage"],
  "kms:MacAlgorithm": ["MacAlgorithm"],
  "kms:MessageType": ["MessageType"],
  "kms:MultiRegion": ["MultiRegion"],
  "kms:ReEncryptOnSameKey": ["DestinationKeyId"],
  "kms:RetiringPrincipal": ["RetiringPrincipal"],
  "kms:RetiringServicePrincipal": ["RetiringServicePrincipal"],
  "kms:RotationPeriodInDays": ["RotationPeriodInDays"],
  "kms:ScheduleKeyDeletionPendingWindowInDays": ["PendingWindowInDays"],
  "kms:SigningAlgorithm": ["SigningAlgorithm"],
  "application-autoscaling:scalable-dimension": ["ScalableDimension"],
  "application-autoscaling:service-namespace": ["ServiceNamespace"],
  "cloudformation:ChangeSetName": ["ChangeSetName"],
  "cloudformation:ResourceTypes": ["ResourceTypes"],
  "cloudformation:RoleArn": ["RoleARN"],
  "cloudwatch:AlarmActions": ["OKActions", "AlarmActions", "InsufficientDataActions"],
  "cloudwatch:namespace": ["Namespace"],
  "organizations:PolicyType": ["PolicyType", "PolicyId", "Filter", "Type"],
  "route53:ChangeResourceRecordSetsActions": ["ChangeBatch"],
  "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["ChangeBatch"],
  "route53:ChangeResourceRecordSetsRecordTypes": ["ChangeBatch"],
  "route53:VPCs": ["VPC", "VPCId"],
  "servicediscovery:NamespaceArn": ["NamespaceId"],
  "servicediscovery:NamespaceName": ["NamespaceName"],
  "servicediscovery:ServiceArn": ["ServiceId"],
  "servicediscovery:ServiceCreatedByAccount": ["ServiceId"],
  "servicediscovery:ServiceName": ["ServiceName"],
  "secretsmanager:AddReplicaRegions": ["AddReplicaRegions"],
  "secretsmanager:BlockPublicPolicy": ["BlockPublicPolicy"],
  "secretsmanager:Description": ["Description"],
  "secretsmanager:ForceDeleteWithoutRecovery": ["ForceDeleteWithoutRecovery"],
  "secretsmanager:ForceOverwriteReplicaSecret": ["ForceOverwriteReplicaSecret"],
  "secretsmanager:KmsKeyArn": ["KmsKeyId"],
  "secretsmanager:KmsKeyId": ["KmsKeyId"],
  "secretsmanager:Name": ["Name"],
  "secretsmanager:RecoveryWindowInDays": ["RecoveryWindowInDays"],
  "secretsmanager:SecretId": ["SecretId"],
  "secretsmanager:SecretPrimaryRegion": ["SecretId"],
  "secretsmanager:Type": ["Type"],
  "secretsmanager:VersionId": ["VersionId"],
  "secretsmanager:VersionStage": ["VersionStage"],
  "organizations:ServicePrincipal": ["ServicePrincipal"],
  "ssm:Overwrite": ["Overwrite"],
  "ssm:Policies": ["Policies"],
  "ssm:Recursive": ["Recursive"],
  "sts:DurationSeconds": ["DurationSeconds"],
  "sts:ExternalId": ["ExternalId"],
  "sts:IdentityTokenAudience": ["Audience"],
  "sts:RoleSessionName": ["RoleSessionName"],
  "sts:SigningAlgorithm": ["SigningAlgorithm"],
  "sts:SourceIdentity": ["SourceIdentity"],
  "sts:TaskPolicyArn": ["TaskPolicyArn"],
  "sts:TransitiveTagKeys": ["TransitiveTagKeys"],
};

/** Documented keys that no operation gives a value. */
const neverHere: readonly { readonly key: RegExp; readonly reason: string }[] = [
  {
    key: /^(aws|elasticloadbalancing|iam|ecr|secretsmanager):ResourceTag\//,
    reason: "the dispatcher adds the tags of every resource itself",
  },
  {
    key: /^iam:(RegisterSecurityKey|FIDO-)/,
    reason: "MFA devices here are virtual: there are no security keys",
  },
  {
    key: /^autoscaling:(ImageId|TargetCapacityTypes)$/,
    reason: "of launch templates and mixed fleets; a launch configuration's image is given",
  },
  { key: /^iam:AssociatedResourceArn$/, reason: "no operation here passes a role to a resource" },
  {
    key: /^secretsmanager:resource\/(AllowRotationLambdaArn|Type)$/,
    reason: "of the secret, where it has one",
  },
  { key: /^kms:RequestAlias$/, reason: "of calls that name a key by an alias" },
  { key: /^kms:ViaService$/, reason: "of calls that a service forwards" },
  { key: /^kms:RecipientAttestation:/, reason: "nothing is attested here" },
  { key: /^kms:TrailingDaysWithoutKeyUsage$/, reason: "when keys were last used is not kept" },
  { key: /^kms:MultiRegionKeyType$/, reason: "there are no Multi-Region keys" },
  {
    key: /^cloudformation:(ImportResourceTypes|StackPolicyUrl|TemplateUrl)$/,
    reason: "requests with these are refused",
  },
  { key: /^cloudwatch:HasAccessGrant$/, reason: "there are no access grants" },
  {
    key: /^ssm:(AccessRequestId|SessionDocumentAccessCheck|resourceTag\/)/,
    reason:
      "nobody asks for just-in-time access; documents are asked about when they are named; of the session",
  },
  { key: /^ec2:Region$/, reason: "of every call, whatever its input" },
  { key: /^acm:CertificateKeyPairOrigin$/, reason: "every key pair is made here or was imported: of ACME" },
  { key: /^elasticloadbalancing:CreateAction$/, reason: "of AddTags that a call makes by itself" },
  { key: /^ec2:CreateAction$/, reason: "of CreateTags that a call makes by itself, for what it makes" },
  { key: /^iam:RoleTemplateARN$/, reason: "there are no role templates" },
  {
    key: /^(accounts\.google\.com|cognito-identity\.amazonaws\.com|graph\.facebook\.com|www\.amazon\.com|saml):/,
    reason: "sessions of web identities and SAML assertions, which nobody here issues",
  },
  {
    key: /^events:(SystemMetadata\/|ManagedBy$)/,
    reason: "events of the second version of buses; and rules that a service has made for itself",
  },
  {
    key: /^events:detail\.(service|eventTypeCode|userIdentity\.principalId)$/,
    reason: "only of patterns that ask for them: src/services/events/rules.test.ts",
  },
];

/** One operation, and what it asks for with an input that has the required members, and with one that has all. */
interface Asked {
  readonly name: string;
  readonly wire: boolean;
  readonly minimal: readonly Authorisation[];
  readonly full: readonly Authorisation[];
  readonly fullInput: Readonly<Record<string, unknown>>;
}

const principal = user("caller");
let roadstead: TestRoadstead;
let store: Store;
let accessKeyId = "";
let asked: readonly Asked[] = [];

beforeAll(async () => {
  roadstead = await testRoadstead();
  const client = new IAMClient(roadstead.client());
  const bounded = { Path: "/sample/", PermissionsBoundary: sampleBoundaryArn };
  await client.send(new CreateUserCommand({ ...bounded, UserName: sampleNames.user }));
  await client.send(
    new CreateRoleCommand({
      ...bounded,
      RoleName: sampleNames.role,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );
  const made = await client.send(new CreateAccessKeyCommand({ UserName: sampleNames.user }));
  accessKeyId = made.AccessKey?.AccessKeyId ?? "";
  client.destroy();
  store = await openStore({
    dataDir: roadstead.dataDir,
    migrations,
    clock: systemClock,
    random: systemRandom,
  });
  asked = [...(await wireOperations()), ...(await internalOperations())];
}, 60_000);

afterAll(async () => {
  await store?.close();
  await roadstead?.stop();
});

describe("what operations ask permission for", () => {
  test("was asked of all of them", () => {
    expect(asked.length).toBeGreaterThan(130);
    expect(
      roadstead.services
        .map(({ arnName, signingName }) => arnName ?? signingName)
        .filter((name) => !references.has(name)),
    ).toEqual([]);
  });

  test("is the action of their own name, unless the reference knows another", () => {
    const violations = asked
      .filter(({ wire, name }) => wire && !open.has(name))
      .filter(
        ({ name, minimal }) => !minimal.some((wanted) => wanted.action === (otherAction[name] ?? name)),
      );
    expect(violations.map(({ name }) => name)).toEqual([]);
    for (const name of Object.keys(otherAction)) expect(actionOf(name), name).toBeUndefined();
    const silent = asked.filter(({ wire, minimal }) => wire && minimal.length === 0);
    expect(silent.map(({ name }) => name).sort()).toEqual([...open].sort());
  });

  test("are actions that exist, on resources of their types, with their condition keys, none forgotten", () => {
    const violations = asked.flatMap((one) => [
      ...one.minimal.flatMap((wanted) => violationsOf(one.name, wanted)),
      ...one.full.flatMap((wanted) => [
        ...violationsOf(one.name, wanted),
        ...forgotten(one.name, wanted, one.fullInput),
      ]),
      ...typesForgotten(one),
    ]);
    const unsettled = violations.filter((violation) => !settled.some(({ what }) => what.test(violation)));
    expect([...new Set(unsettled)].sort()).toEqual([]);
    expect(settled.filter(({ what }) => !violations.some((violation) => what.test(violation)))).toEqual([]);
  });

  test("names users and roles by their whole ARN, path included", () => {
    const whole: Readonly<Record<string, string>> = {
      RoleName: `arn:aws:iam::${sampleAccount}:role/sample/${sampleNames.role}`,
      UserName: `arn:aws:iam::${sampleAccount}:user/sample/${sampleNames.user}`,
    };
    const seen: string[] = [];
    for (const { name, full, fullInput } of asked) {
      for (const [member, arn] of Object.entries(whole)) {
        const type = arn.includes(":role/") ? ":role/" : ":user/";
        const named = full.map((wanted) => wanted.resource).filter((resource) => resource.includes(type));
        if (fullInput[member] === undefined || named.length === 0) continue;
        seen.push(name);
        // A new one has the path that the input gives it, which is the same.
        expect(named, name).toContain(arn);
      }
    }
    expect(seen.length).toBeGreaterThan(40);
  });
});

describe("the reference itself", () => {
  test("documents no condition key that this test knows nothing of", () => {
    const known = (key: string) =>
      generic(key) in valueFrom || neverHere.some((never) => never.key.test(key));
    const unknown = asked
      .flatMap(({ minimal, full }) => [...minimal, ...full])
      .flatMap(({ action }) => actionOf(action)?.keys ?? [])
      .filter((key) => !known(key));
    expect([...new Set(unknown)]).toEqual([]);
  });
});

function actionOf(action: string): ActionReference | undefined {
  const [service = "", name = ""] = action.split(":");
  return references.get(service)?.actions[name];
}

/** The resource types of an action that an ARN is of. */
function typesOf(action: string, arn: string): readonly string[] {
  return Object.keys(actionOf(action)?.resources ?? {}).filter((type) => {
    const template = typeOf(action, type)?.arn;
    return template !== undefined && matches(template, arn);
  });
}

/** What the reference says of a resource type of an action's service. */
function typeOf(action: string, type: string) {
  return references.get(action.split(":", 1)[0] ?? "")?.resources[type];
}

/** What stands for a placeholder of an ARN's template; anything for names. AWS's own policies belong to `aws`. */
const placeholders: Readonly<Record<string, string>> = {
  Partition: "aws",
  Region: "[a-z0-9-]+",
  Account: "(\\d{12}|aws)",
};

function matches(template: string, arn: string): boolean {
  const pattern = template.split(/\$\{(\w+)\}/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return placeholders[part] ?? ".+";
  });
  return new RegExp(`^${pattern.join("")}$`).test(arn);
}

function violationsOf(name: string, { action, resource, context }: Authorisation): string[] {
  const documented = actionOf(action);
  if (documented === undefined) return [`${name}: no action ${action}`];
  const found: string[] = [];
  if (documented.resources === undefined) {
    if (resource !== "*") found.push(`${name}: ${action} knows no resource, not ${resource}`);
  } else if (typesOf(action, resource).length === 0) {
    if (!(documented.required === undefined && resource === "*"))
      found.push(`${name}: ${action} is not for ${resource}`);
  }
  // EC2 documents nearly all of its keys with the types of resources.
  const ofTypes = typesOf(action, resource).flatMap((type) => typeOf(action, type)?.keys ?? []);
  const keys = new Set([...(documented.keys ?? []), ...ofTypes].map(generic));
  for (const [key, value] of Object.entries(context ?? {})) {
    if (value !== undefined && !keys.has(generic(key)))
      found.push(`${name}: ${action} has no key ${generic(key)}`);
  }
  return found;
}

/** `aws:RequestTag/Team`, or the reference's own placeholder, → `aws:RequestTag/*`; an encryption context likewise. */
function generic(key: string): string {
  return key.replace(/^(kms:EncryptionContext:).*$/, "$1*").replace(/\/.*$/, "/*");
}

/** Documented condition keys which the input gives a value, and which are not there. */
function forgotten(
  name: string,
  { action, resource, context }: Authorisation,
  input: Readonly<Record<string, unknown>>,
): string[] {
  const given = new Set(
    Object.entries(context ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [generic(key)])),
  );
  return (actionOf(action)?.keys ?? [])
    .filter((key) => (valueFrom[generic(key)] ?? []).some((member) => input[member] !== undefined))
    .filter((key) => key !== "iam:PermissionsBoundary" || /:(role|user)\//.test(resource))
    .filter((key) => !given.has(generic(key)))
    .map((key) => `${name}: ${action} lacks the key ${key}`);
}

/** Actions whose required resource types are not named by anything that the operation asks for. */
function typesForgotten({ name, minimal }: Asked): string[] {
  return [...new Set(minimal.map(({ action }) => action))].flatMap((action) => {
    const required = actionOf(action)?.required ?? [];
    const named = minimal
      .filter((wanted) => wanted.action === action)
      .flatMap((w) => typesOf(action, w.resource));
    // Several required types are alternatives: the input's ARN is of one of them.
    return required.length === 0 || required.some((type) => named.includes(type))
      ? []
      : [`${name}: ${action} needs a ${required.join(" or ")}`];
  });
}

function context(): AuthoriseContext {
  return {
    requestId: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
    principal: { ...principal, account: sampleAccount as AccountId },
    account: sampleAccount as AccountId,
    region: "us-east-1" as Region,
    now: systemClock.now(),
    random: systemRandom,
    source: { ip: "127.0.0.1", userAgent: "test", secure: false },
    calledVia: [],
    rows: store.rows,
  };
}

async function wireOperations(): Promise<Asked[]> {
  const found: Asked[] = [];
  for (const service of roadstead.services) {
    const contract = contractOf(service.module);
    for (const [name, operation] of Object.entries(service.operations)) {
      const described = contract.operations.get(name);
      if (described === undefined) throw new Error(`no contract for ${service.signingName}:${name}`);
      // What these ask for depends on what an identity provider signed: see src/services/sts/web-identity.test.ts.
      if (contract.unsigned.has(name)) continue;
      const sample = (members: "required" | "all") => {
        const input = { ...sampleInput(described, members) };
        // A code is right at one moment only: of calls without one, the rest is asked.
        if (service.signingName === "sts")
          for (const member of ["SerialNumber", "TokenCode"]) delete input[member];
        return "AccessKeyId" in input ? { ...input, AccessKeyId: accessKeyId } : input;
      };
      const fullInput = sample("all");
      found.push({
        name: `${service.arnName ?? service.signingName}:${name}`,
        wire: true,
        minimal: await authorised(operation, sample("required")),
        full: await authorised(operation, fullInput),
        fullInput,
      });
    }
  }
  return found;
}

async function authorised(operation: AnyOperation, input: object): Promise<readonly Authorisation[]> {
  return operation.authorise(input, context());
}

/** The registry's data plane, with one input that has what any of its operations names. */
async function internalOperations(): Promise<Asked[]> {
  const input = {
    registryId: sampleAccount,
    repositoryName: sampleNames.repository,
    digest: `sha256:${"a".repeat(64)}`,
    reference: "latest",
    from: "sample/other",
    uploadId: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
    limit: 10,
    source: { account: sampleAccount, region: "us-east-1" },
  };
  const operations = Object.values(createDataPlane({} as EcrPorts)) as InternalOperation<
    never,
    never,
    unknown
  >[];
  return Promise.all(
    operations.map(async (operation) => {
      const wanted = await operation.authorise(input as never, context());
      return {
        name: `${operation.service}:${operation.name}`,
        wire: false,
        minimal: wanted,
        full: wanted,
        fullInput: input,
      };
    }),
  );
}
