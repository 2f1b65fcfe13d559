import type * as ec2 from "@aws-sdk/client-ec2";
import type { AuthoriseContext, CallContext, PrepareContext } from "../../../dispatch/context.ts";
import type { Authorisation, InputOf, OutputOf, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Ec2 } from "../contract.ts";
import { ensureFurnished } from "../default-network.ts";
import { invalidValue, missingParameter, unsupported } from "../faults.ts";
import { type InstanceType, instanceTypes } from "../instance-types/families.ts";
import type { Instance } from "../instances/instance-store.ts";
import { launchInstance } from "../instances/instance-store.ts";
import { operatorOf } from "../instances/operator.ts";
import { newId } from "../kinds.ts";
import { type LaunchTemplate, needLaunchTemplate } from "../launch-templates/launch-template.ts";
import { asked, type Need } from "../operation.ts";
import type { Ec2Ports, InstanceProfile } from "../ports.ts";
import { findByToken, findResource, insertResource, needResource } from "../resource.ts";
import type { Subnet } from "../subnets/subnet.ts";
import { readTags, tagContext } from "../tags/tags.ts";
import { memoryHeld } from "./memory-held.ts";

type Input = InputOf<Ec2, "CreateFleet">;
type Output = OutputOf<Ec2, "CreateFleet">;

/** Ours: instances of one fleet. */
const mostInstances = 50;
/** EC2 API Reference, CreateFleet: overrides of all templates. */
const mostOverrides = 300;

/** Resource types that a fleet's tags may be for. */
const taggable: ReadonlySet<string> = new Set(["fleet", "instance", "network-interface", "volume"]);

/** One kind of instance that would do. */
interface Option {
  readonly template: LaunchTemplate;
  readonly type: InstanceType;
  readonly subnet: Subnet;
}

/** What a fleet needs of the rest of the house. */
type FleetPorts = Pick<Ec2Ports, "machine" | "instanceProfile">;

/** What the machine has, and the profile that instances are launched with. */
interface Prepared {
  /** MiB. */
  readonly memory: number;
  readonly profile: { readonly arn: string; readonly id: string } | undefined;
}

/**
 * Launches instances at once, of the first kind for which the machine has memory. Only services launch: what an
 * instance is to do, its operator knows. A fleet of type `instant` is all there is.
 */
export const createFleet = (ports: FleetPorts): WriteOperation<Ec2, "CreateFleet", Prepared> => ({
  name: "CreateFleet",
  authorise: async (input, ctx) => [
    ...(await asked("CreateFleet", await needs(input, ctx), ctx)),
    ...(await passProfile(ports, input, ctx)),
  ],
  async prepare(ctx, input) {
    await ensureFurnished(ctx);
    const capacity = await ports.machine.capacity();
    // AWS: EC2's code and sentence for its own incapacity; the engine does not answer, and may soon.
    if (capacity === undefined) {
      throw new Fault("Unavailable", "The server is overloaded and can't handle the request.");
    }
    return { memory: capacity.memoryMiB, profile: await profileOf(ports, ctx, input) };
  },
  async commit(tx, ctx, input, { memory, profile }) {
    const operator = operatorOf(ctx.principal);
    // Ours, as are the sentences below.
    if (operator === undefined) throw unsupported("Launching instances by anybody but a service");
    if (input.Type !== "instant") throw unsupported("A fleet of another type than instant");
    const before = await findByToken(tx, ctx, "fleet", input.ClientToken);
    if (before !== undefined) return before.document.answer;
    const options = await optionsOf(tx, ctx, input);
    const count = input.TargetCapacitySpecification?.TotalTargetCapacity ?? 0;
    if (!(count >= 1 && count <= mostInstances)) {
      throw invalidValue("TotalTargetCapacity", String(count), `It must be between 1 and ${mostInstances}.`);
    }
    const launched = await launch(tx, ctx, input, { options, count, memory, profile, operator });
    const id = newId("fleet", ctx.random);
    const answer: Output = { FleetId: id, ...launched };
    await insertResource(
      tx,
      {
        account: ctx.account,
        region: ctx.region,
        kind: "fleet",
        id,
        createdAt: ctx.now,
        tags: tagsFor(input, "fleet"),
        document: { answer },
      },
      input.ClientToken,
    );
    return answer;
  },
});

/** The tags of a request for a type of resource, of AWS's own ones too: only services ask. */
function tagsFor(input: Input, type: string): readonly Tag[] {
  const wrong = (input.TagSpecifications ?? []).find((one) => !taggable.has(one.ResourceType ?? ""));
  if (wrong !== undefined) {
    throw new Fault(
      "InvalidParameterValue",
      `'${wrong.ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  }
  const wanted = (input.TagSpecifications ?? []).filter((one) => one.ResourceType === type);
  return readTags(
    [],
    wanted.flatMap((one) => one.Tags ?? []),
    "service",
  );
}

/** AWS: a fleet's caller needs RunInstances as well, on all that it names (EC2 User Guide, "EC2 Fleet prerequisites"). */
async function needs(input: Input, ctx: AuthoriseContext): Promise<readonly Need[]> {
  const tags = (input.TagSpecifications ?? []).flatMap((one) => one.Tags ?? []);
  const unique = [...new Map(tags.map((tag) => [tag.Key, tag])).values()];
  const context = tagContext(unique);
  const templates: string[] = [];
  const subnets = new Set<string>();
  for (const { LaunchTemplateSpecification: named = {}, Overrides = [] } of input.LaunchTemplateConfigs ??
    []) {
    templates.push(named.LaunchTemplateId ?? "*");
    for (const { SubnetId } of Overrides) if (SubnetId !== undefined) subnets.add(SubnetId);
  }
  const of = (type: string, ids: Iterable<string>, withTags: boolean, action?: string): Need[] =>
    [...ids].map((id) => ({
      type,
      id,
      ...(action !== undefined && { action }),
      ...(withTags && { context }),
    }));
  const tagging = { "ec2:CreateAction": "CreateFleet", ...context };
  const tagged = unique.length === 0 ? [] : ["fleet", "instance"];
  return [
    ...of("fleet", ["*"], true),
    ...of("instance", ["*"], true),
    ...of("launch-template", templates, true),
    ...of("subnet", subnets, false),
    ...of("instance", ["*"], true, "RunInstances"),
    ...of("network-interface", ["*"], true, "RunInstances"),
    ...of("launch-template", templates, false, "RunInstances"),
    ...of("subnet", subnets, false, "RunInstances"),
    ...(await groupsOf(input, ctx)).map((id) => ({ type: "security-group", id, action: "RunInstances" })),
    ...tagged.map((type) => ({ type, id: "*", action: "CreateTags", context: tagging })),
  ];
}

async function templateOf(rows: Rows, ctx: CallContext, input: Input): Promise<LaunchTemplate | undefined> {
  const id = input.LaunchTemplateConfigs?.[0]?.LaunchTemplateSpecification?.LaunchTemplateId;
  return id === undefined ? undefined : findResource(rows, ctx, "launch-template", id);
}

async function groupsOf(input: Input, ctx: AuthoriseContext): Promise<readonly string[]> {
  return (await templateOf(ctx.rows, ctx, input))?.document.data.SecurityGroupIds ?? [];
}

/** The role of the instances is passed to EC2 by whoever launches them. */
async function passProfile(
  ports: FleetPorts,
  input: Input,
  ctx: AuthoriseContext,
): Promise<readonly Authorisation[]> {
  const { roleArn } = (await profileNamed(ports, ctx, input))?.profile ?? {};
  if (roleArn === undefined) return [];
  return [
    {
      action: "iam:PassRole",
      resource: roleArn,
      context: { "iam:PassedToService": "ec2.amazonaws.com" },
    },
  ];
}

async function profileOf(ports: FleetPorts, ctx: PrepareContext, input: Input): Promise<Prepared["profile"]> {
  const named = await profileNamed(ports, ctx, input);
  if (named === undefined) return undefined;
  if (named.profile === undefined) {
    throw invalidValue("iamInstanceProfile.arn", named.arn, "Invalid IAM Instance Profile ARN");
  }
  return { arn: named.arn, id: named.profile.id };
}

/** The instance profile of the template, by the name in its ARN. */
async function profileNamed(
  { instanceProfile }: FleetPorts,
  ctx: AuthoriseContext,
  input: Input,
): Promise<{ readonly arn: string; readonly profile: InstanceProfile | undefined } | undefined> {
  const arn = (await templateOf(ctx.rows, ctx, input))?.document.data.IamInstanceProfile?.Arn;
  if (arn === undefined) return undefined;
  const profile = await instanceProfile(ctx.rows, ctx.account, arn.split("/").at(-1) ?? "");
  return { arn, profile: profile?.arn === arn ? profile : undefined };
}

/** What a request would accept, in its order. */
async function optionsOf(tx: Tx, ctx: CallContext, input: Input): Promise<readonly Option[]> {
  const options: Option[] = [];
  const configs = input.LaunchTemplateConfigs ?? [];
  if (configs.flatMap(({ Overrides = [] }) => Overrides).length > mostOverrides) {
    throw invalidValue("Overrides", "", `There can be at most ${mostOverrides}.`);
  }
  for (const { LaunchTemplateSpecification, Overrides = [] } of configs) {
    const template = await needLaunchTemplate(tx, ctx, LaunchTemplateSpecification ?? {});
    for (const { InstanceType: name, SubnetId } of Overrides) {
      const type = instanceTypes.get(name ?? "");
      if (type === undefined) {
        throw invalidValue("InstanceType", name ?? "", "There is no such instance type here.");
      }
      if (SubnetId === undefined) throw missingParameter("SubnetId");
      options.push({ template, type, subnet: await needResource(tx, ctx, "subnet", SubnetId) });
    }
  }
  if (options.length === 0) throw missingParameter("Overrides");
  return options;
}

interface FleetLaunch extends Prepared {
  readonly options: readonly Option[];
  readonly count: number;
  readonly operator: string;
}

/** Launches as many as the machine has memory for; what it has not is an error of the fleet, not of the call. */
async function launch(
  tx: Tx,
  ctx: CallContext,
  input: Input,
  { options, count, memory, profile, operator }: FleetLaunch,
): Promise<Pick<Output, "Instances" | "Errors">> {
  const Instances: ec2.CreateFleetInstance[] = [];
  let free = memory - (await memoryHeld(tx));
  const wanted = input.TargetCapacitySpecification?.DefaultTargetCapacityType;
  const Lifecycle = wanted === "spot" ? "spot" : "on-demand";
  for (let i = 0; i < count; i++) {
    const room = free;
    const option = options.find(({ type }) => type.memory <= room);
    if (option === undefined) return { Instances, Errors: options.map((one) => exhausted(one, Lifecycle)) };
    free -= option.type.memory;
    const { id } = await launchOne(tx, ctx, option, { tags: tagsFor(input, "instance"), profile, operator });
    const { type, subnet } = option;
    Instances.push({
      ...{ Lifecycle, LaunchTemplateAndOverrides: chosen(option) },
      InstanceIds: [id],
      InstanceType: type.name as ec2._InstanceType,
      SubnetId: subnet.id,
      AvailabilityZone: subnet.document.zone,
    });
  }
  return { Instances, Errors: [] };
}

function chosen({ template, type, subnet }: Option): ec2.LaunchTemplateAndOverridesResponse {
  return {
    LaunchTemplateSpecification: { LaunchTemplateId: template.id, Version: "1" },
    Overrides: { InstanceType: type.name as ec2._InstanceType, SubnetId: subnet.id },
  };
}

/** AWS: code and sentence of what it has no hardware for (EC2 User Guide, "Insufficient instance capacity"). */
function exhausted(option: Option, Lifecycle: ec2.InstanceLifecycle): ec2.CreateFleetError {
  const { type, subnet } = option;
  return {
    ...{ Lifecycle, LaunchTemplateAndOverrides: chosen(option) },
    ErrorCode: "InsufficientInstanceCapacity",
    ErrorMessage: `We currently do not have sufficient ${type.name} capacity in the Availability Zone you requested (${subnet.document.zone}). Our system will be working on provisioning additional capacity.`,
  };
}

function launchOne(
  tx: Tx,
  ctx: CallContext,
  { template, type, subnet }: Option,
  given: { readonly tags: readonly Tag[]; readonly operator: string; readonly profile: Prepared["profile"] },
): Promise<Instance> {
  const { SecurityGroupIds, ImageId } = template.document.data;
  return launchInstance(tx, ctx, {
    type: type.name,
    image: ImageId ?? "",
    architecture: type.architecture,
    cores: type.vcpus / type.threadsPerCore,
    threadsPerCore: type.threadsPerCore,
    subnet,
    ...(SecurityGroupIds !== undefined && { groups: SecurityGroupIds }),
    ...(given.profile !== undefined && { profile: given.profile }),
    operator: given.operator,
    tags: given.tags,
  });
}
