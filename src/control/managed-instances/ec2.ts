import { createHash } from "node:crypto";
import {
  type _InstanceType,
  CreateFleetCommand,
  CreateLaunchTemplateCommand,
  DeleteLaunchTemplateCommand,
  DescribeInstanceTypesCommand,
  type Tag,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { Client } from "../../dispatch/context.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import { infrastructureSession } from "../../services/ecs/capacity-providers/infrastructure-role.ts";
import type { OfferedType } from "../../services/ecs/capacity-providers/instance-requirements.ts";
import type { ManagedInstance } from "../../services/ecs/capacity-providers/managed-instance.ts";
import type { ManagedProvider } from "../../services/ecs/capacity-providers/managed-provider.ts";
import { computePrincipal } from "../../services/ecs/capacity-providers/provider-job.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { LoopPorts } from "../ports.ts";

/** The session in which ECS ends instances. The name is ours. */
const computeSession = "ecs-compute";

/** AWS: the tag by which the managed policy of infrastructure roles knows what ECS makes. */
const managedTag: Tag = { Key: "AmazonECSManaged", Value: "true" };

/** The infrastructure role of a provider, which launches its instances. */
export function asInfrastructure(
  { clientAs }: Pick<LoopPorts, "clientAs">,
  provider: ManagedProvider,
): Client {
  const { account, region, document } = provider;
  return clientAs({
    servicePrincipal: ecsPrincipal,
    roleArn: document.infrastructureRoleArn,
    account,
    region,
    sessionName: infrastructureSession,
  });
}

/** AWSServiceRoleForECSCompute, which ends what ECS has launched. */
export function asCompute({ clientAs }: Pick<LoopPorts, "clientAs">, provider: ManagedProvider): Client {
  const { account, region } = provider;
  return clientAs({ servicePrincipal: computePrincipal, account, region, sessionName: computeSession });
}

/** The instance types that EC2 has. @throws Fault what EC2 or the role's policy says. */
export async function offeredTypes(role: Client): Promise<readonly OfferedType[]> {
  const { InstanceTypes = [] } = await role.send(new DescribeInstanceTypesCommand({}));
  return InstanceTypes.map((type) => ({
    name: type.InstanceType ?? "",
    vcpus: type.VCpuInfo?.DefaultVCpus ?? 0,
    memory: type.MemoryInfo?.SizeInMiB ?? 0,
    architecture: type.ProcessorInfo?.SupportedArchitectures?.[0] === "arm64" ? "arm64" : "x86_64",
    manufacturer: manufacturers[type.ProcessorInfo?.Manufacturer ?? ""] ?? "intel",
    burstable: type.BurstablePerformanceSupported ?? false,
  }));
}

const manufacturers: Readonly<Record<string, OfferedType["manufacturer"]>> = {
  Intel: "intel",
  AMD: "amd",
  AWS: "amazon-web-services",
};

/** A digest of the settings that a launch template is made of. */
export function templateDigest({ document, createdAt }: ManagedProvider): string {
  return createHash("sha256")
    .update(JSON.stringify([createdAt, document.launchTemplate]))
    .digest("hex")
    .slice(0, 32);
}

/** Makes the launch template of a provider. The token makes a second try find the first. @returns its id. */
export async function makeTemplate(role: Client, provider: ManagedProvider): Promise<string> {
  const { launchTemplate } = provider.document;
  const digest = templateDigest(provider);
  const { LaunchTemplate } = await role.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: `ECSManaged-${provider.name.slice(0, 80)}-${digest}`,
      ClientToken: digest,
      LaunchTemplateData: {
        IamInstanceProfile: { Arn: launchTemplate.ec2InstanceProfileArn },
        SecurityGroupIds: launchTemplate.networkConfiguration?.securityGroups,
        Monitoring: { Enabled: launchTemplate.monitoring === "DETAILED" },
      },
      TagSpecifications: [{ ResourceType: "launch-template", Tags: [managedTag] }],
    }),
  );
  return LaunchTemplate?.LaunchTemplateId ?? "";
}

/** Deletes a launch template; one that is gone is no error. */
export async function deleteTemplate(compute: Client, id: string): Promise<void> {
  await unlessGone(compute.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })));
}

/** An instance that EC2 has launched. */
export interface Launched {
  readonly ec2InstanceId: string;
  readonly type: string;
}

/**
 * Launches an instance, of the first of its types for which there is room. @param tags of the provider, to be
 * propagated. @throws Fault what EC2 or the role's policy says; `InsufficientInstanceCapacity` where no type has room.
 */
export async function launchInstance(
  role: Client,
  template: string,
  provider: ManagedProvider,
  { id, document }: ManagedInstance,
  tags: readonly Tag[],
): Promise<Launched> {
  const { types, subnet } = document;
  const spot = provider.document.launchTemplate.capacityOptionType === "SPOT";
  const all = [...tags.filter(({ Key }) => Key !== managedTag.Key), managedTag];
  const { Instances = [], Errors = [] } = await role.send(
    new CreateFleetCommand({
      Type: "instant",
      ClientToken: id,
      TargetCapacitySpecification: {
        TotalTargetCapacity: 1,
        DefaultTargetCapacityType: spot ? "spot" : "on-demand",
      },
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { LaunchTemplateId: template, Version: "$Latest" },
          Overrides: types.map((type) => ({
            InstanceType: type as _InstanceType,
            SubnetId: subnet,
          })),
        },
      ],
      TagSpecifications: [
        { ResourceType: "fleet", Tags: [managedTag] },
        { ResourceType: "instance", Tags: all },
      ],
    }),
  );
  const [made] = Instances;
  const [instanceId] = made?.InstanceIds ?? [];
  if (instanceId !== undefined) return { ec2InstanceId: instanceId, type: made?.InstanceType ?? "" };
  const { ErrorCode = "InternalError", ErrorMessage = "" } = Errors[0] ?? {};
  throw new Fault(ErrorCode, ErrorMessage);
}

/** Ends an instance; one that is gone is no error. */
export async function terminateInstance(compute: Client, ec2InstanceId: string): Promise<void> {
  await unlessGone(compute.send(new TerminateInstancesCommand({ InstanceIds: [ec2InstanceId] })));
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error, "InvalidInstanceID.NotFound", "InvalidLaunchTemplateId.NotFound")) throw error;
  }
}
