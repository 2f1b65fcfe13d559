import type * as ec2 from "@aws-sdk/client-ec2";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation, Authorisation, InputOf } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Ec2 } from "../contract.ts";
import { invalidValue, missingParameter, unsupported } from "../faults.ts";
import { templateOf, withTemplate } from "../launch-templates/with-template.ts";
import { making, type Need, writing } from "../operation.ts";
import type { Ec2Ports, InstanceProfile } from "../ports.ts";
import { findByToken, findResource, listResources, needResource, type Place } from "../resource.ts";
import type { Subnet } from "../subnets/subnet.ts";
import { specifiedTags } from "../tags/tags.ts";
import { needHostImage } from "./host-images.ts";
import { wireInstance } from "./instance.ts";
import { type Instance, launchInstance, listInstances, newReservation } from "./instance-store.ts";

type Input = InputOf<Ec2, "RunInstances">;

/** Ours: machines that one request waits for. */
const mostAtOnce = 20;
/** EC2 User Guide, "User data": bytes before they are encoded. */
const mostUserData = 16 * 1024;
/** AWS: what RunInstances takes when no type is named. */
const ordinaryType = "m1.small";

/** What RunInstances honours; of the rest only what asks for nothing is taken. */
const honoured: ReadonlySet<string> = new Set([
  "ClientToken",
  "DryRun",
  "IamInstanceProfile",
  "ImageId",
  "InstanceType",
  "MaxCount",
  "MinCount",
  "MetadataOptions",
  "Placement",
  "PrivateIpAddress",
  "SecurityGroupIds",
  "SubnetId",
  "TagSpecifications",
  "UserData",
]);

/**
 * Makes instances that wait for their machines: each is `pending` until a machine joins as it, with what
 * GetConsoleOutput says. Permissions are those of AWS, with `iam:PassRole` for the role of the instance profile.
 */
export function runInstances(ports: Ec2Ports): AnyOperation {
  const launch = writing("RunInstances", needs, async (tx, ctx, request) => {
    const input = withTemplate(request, await templateOf(tx, ctx, request));
    const again = await findByToken(tx, ctx, "instance", input.ClientToken);
    if (again !== undefined) return reservation(tx, ctx, again.document.reservation);
    const id = newReservation(ctx);
    for (const one of await launches(ports, tx, ctx, input)) {
      await launchInstance(tx, ctx, { ...one, reservation: id });
    }
    return reservation(tx, ctx, id);
  });
  return {
    ...launch,
    authorise: async (request: Input, ctx: AuthoriseContext) => {
      // A template that is not there is the caller's to hear of after the permission is known.
      const template = await templateOf(ctx.rows, ctx, request).catch(() => undefined);
      const input = template === undefined ? request : withTemplate(request, template);
      return [
        ...(await launch.authorise({ ...input, LaunchTemplate: request.LaunchTemplate }, ctx)),
        ...(await passRole(ports, ctx, input)),
      ];
    },
  };
}

async function needs(input: Input, ctx: AuthoriseContext): Promise<readonly Need[]> {
  const subnet = await subnetOf(ctx.rows, ctx, input).catch(() => undefined);
  const groups = input.SecurityGroupIds ?? (await defaultGroups(ctx.rows, ctx, subnet));
  return [
    { type: "image", id: input.ImageId },
    ...making("RunInstances", "instance", input.TagSpecifications, {
      "ec2:InstanceType": input.InstanceType ?? ordinaryType,
    }),
    ...making("RunInstances", "network-interface", input.TagSpecifications),
    { type: "subnet", id: subnet?.id ?? input.SubnetId },
    ...(input.LaunchTemplate === undefined
      ? []
      : [{ type: "launch-template", id: await templateId(ctx, input) }]),
    ...(groups.length === 0
      ? [{ type: "security-group" }]
      : groups.map((id) => ({ type: "security-group", id }))),
  ];
}

/** The id of the template that a request names by its id or its name; `*` when it is not there. */
async function templateId(ctx: AuthoriseContext, input: Input): Promise<string> {
  return (await templateOf(ctx.rows, ctx, input).catch(() => undefined))?.id ?? "*";
}

/** Whoever gives an instance a role must be allowed to (IAM User Guide, "Grant a user permissions to pass a role"). */
async function passRole(ports: Ec2Ports, ctx: AuthoriseContext, input: Input): Promise<Authorisation[]> {
  const name = profileName(input);
  const profile = name === undefined ? undefined : await ports.instanceProfile(ctx.rows, ctx.account, name);
  if (profile?.roleArn === undefined) return [];
  const context = { "iam:PassedToService": "ec2.amazonaws.com" };
  return [{ action: "iam:PassRole", resource: profile.roleArn, context }];
}

/** What is to be launched, all checked. */
async function launches(ports: Ec2Ports, tx: Tx, ctx: CallContext, input: Input) {
  refuseUnhonoured(input);
  const { MinCount = 1, MaxCount = 1, InstanceType: type = ordinaryType } = input;
  if (MinCount < 1 || MaxCount < MinCount) {
    throw invalidValue("minCount", `${MinCount}`, "Expecting a number from 1 to maxCount.");
  }
  if (MinCount > mostAtOnce) {
    throw new Fault("InstanceLimitExceeded", `A request can launch up to ${mostAtOnce} instances.`);
  }
  if (!/^[a-z0-9-]{1,32}\.[a-z0-9-]{1,32}$/.test(type)) {
    throw invalidValue("InstanceType", type, "");
  }
  if (input.ImageId === undefined) throw missingParameter("ImageId");
  const image = needHostImage(input.ImageId);
  const subnet = await subnetOf(tx, ctx, input);
  const profile = await needProfile(ports, tx, ctx, input);
  const count = Math.min(MaxCount, mostAtOnce);
  if (input.PrivateIpAddress !== undefined && count > 1) {
    throw new Fault(
      "InvalidParameterCombination",
      "The parameter privateIpAddress can only be used when one instance is launched.",
    );
  }
  const common = {
    type,
    image: image.id,
    architecture: image.architecture,
    // Until its machine says what it has.
    ...{ cores: 1, threadsPerCore: 1 },
    ...(profile !== undefined && { profile: { arn: profile.arn, id: profile.id } }),
    ...(input.UserData !== undefined && { userData: checkedUserData(input.UserData) }),
    subnet,
    ...(input.SecurityGroupIds !== undefined && { groups: input.SecurityGroupIds }),
    ...(input.PrivateIpAddress !== undefined && { privateIp: input.PrivateIpAddress }),
    state: "pending" as const,
    tags: specifiedTags(input.TagSpecifications, ctx, "instance", "network-interface"),
  };
  return Array.from({ length: count }, (_, i) => ({
    ...common,
    ...(i === 0 && input.ClientToken !== undefined && { token: input.ClientToken }),
  }));
}

/** Throws `UnsupportedOperation` for what would be accepted and then not happen. */
function refuseUnhonoured(input: Input): void {
  const asksFor = (value: unknown): boolean =>
    value !== undefined &&
    value !== false &&
    !(Array.isArray(value) && value.length === 0) &&
    // Of launch templates: monitoring that is switched off asks for nothing.
    !(typeof value === "object" && value !== null && "Enabled" in value && value.Enabled === false);
  const strange = Object.entries(input).find(([name, value]) => !honoured.has(name) && asksFor(value));
  if (strange !== undefined) throw unsupported(`The parameter ${strange[0]} of RunInstances`);
  const { Tenancy = "default", GroupName = "", HostId } = input.Placement ?? {};
  if (Tenancy !== "default" || GroupName !== "" || HostId !== undefined) {
    throw unsupported("A placement other than an Availability Zone");
  }
}

function checkedUserData(text: string): string {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) {
    throw new Fault("InvalidParameterValue", "Invalid BASE64 encoding of user data.");
  }
  if (Buffer.from(text, "base64").length > mostUserData) {
    throw new Fault("InvalidParameterValue", "User data is limited to 16384 bytes");
  }
  return text;
}

/** The subnet that is named, or the default one of the zone that is named, or of the first. */
async function subnetOf(rows: Rows, place: Place, input: Input): Promise<Subnet> {
  if (input.SubnetId !== undefined) return needResource(rows, place, "subnet", input.SubnetId);
  const zone = input.Placement?.AvailabilityZone;
  const defaults = (await listResources(rows, place, "subnet"))
    .filter(({ document }) => document.defaultForZone && (zone === undefined || document.zone === zone))
    .sort((a, b) => (a.document.zone < b.document.zone ? -1 : 1));
  const [first] = defaults;
  if (first !== undefined) return first;
  throw new Fault("MissingInput", "No subnets found for the default VPC. Please specify a subnet.");
}

async function defaultGroups(
  rows: Rows,
  place: Place,
  subnet: Subnet | undefined,
): Promise<readonly string[]> {
  if (subnet?.vpc === undefined) return [];
  const groups = await listResources(rows, place, "security-group", { vpc: subnet.vpc });
  return groups.filter(({ document }) => document.name === "default").map(({ id }) => id);
}

function profileName({ IamInstanceProfile }: Input): string | undefined {
  return IamInstanceProfile?.Name ?? IamInstanceProfile?.Arn?.split("/").at(-1);
}

async function needProfile(
  ports: Ec2Ports,
  tx: Tx,
  ctx: CallContext,
  input: Input,
): Promise<InstanceProfile | undefined> {
  const name = profileName(input);
  if (name === undefined) return undefined;
  const { Arn } = input.IamInstanceProfile ?? {};
  const profile = await ports.instanceProfile(tx, ctx.account, name);
  if (profile !== undefined && (Arn === undefined || Arn === profile.arn)) return profile;
  throw Arn === undefined
    ? invalidValue("iamInstanceProfile.name", name, "Invalid IAM Instance Profile name")
    : invalidValue("iamInstanceProfile.arn", Arn, "Invalid IAM Instance Profile ARN");
}

async function reservation(tx: Tx, ctx: CallContext, id: string): Promise<ec2.Reservation> {
  const made = (await listInstances(tx, ctx)).filter(({ document }) => document.reservation === id);
  const Instances = await Promise.all(made.map((one) => shown(tx, one)));
  return { ReservationId: id, OwnerId: ctx.account, Groups: [], Instances };
}

async function shown(tx: Tx, one: Instance): Promise<ec2.Instance> {
  return wireInstance(one, await findResource(tx, one, "network-interface", one.document.networkInterface));
}
