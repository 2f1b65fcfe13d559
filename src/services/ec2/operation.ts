import type { AuthoriseContext, CallContext, PrepareContext } from "../../dispatch/context.ts";
import type {
  Authorisation,
  InputOf,
  OperationName,
  OutputOf,
  ReadOperation,
  WriteOperation,
} from "../../dispatch/operation.ts";
import { formatArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Tx } from "../../store/types.ts";
import type { Ec2 } from "./contract.ts";
import { ensureFurnished } from "./default-network.ts";
import { isKind, type Kind } from "./kinds.ts";
import { findResource, resourceArn } from "./resource.ts";
import { type TagSpecifications, tagContext } from "./tags/tags.ts";

/** One permission: the resource by type and id; `*` as id is what the call is about to make. */
export interface Need {
  /** Resource type of the Service Authorization Reference. No resource when it is left out. */
  readonly type?: string;
  readonly id?: string | undefined;
  /** Another action than the operation's own. */
  readonly action?: string;
  readonly context?: NonNullable<Authorisation["context"]>;
}

type Needs<Input> = (input: Input, ctx: AuthoriseContext) => readonly Need[] | Promise<readonly Need[]>;

/** What an operation needs that knows no resource. */
export const nothingNamed = (): readonly Need[] => [{}];

/** An operation that only looks. */
export function reading<N extends OperationName<Ec2>>(
  name: N,
  needs: Needs<InputOf<Ec2, N>>,
  read: (ctx: PrepareContext, input: InputOf<Ec2, N>) => Promise<OutputOf<Ec2, N>>,
): ReadOperation<Ec2, N> {
  return {
    name,
    authorise: async (input, ctx) => asked(name, await needs(input, ctx), ctx),
    async read(ctx, input) {
      refuseDryRun(input);
      await ensureFurnished(ctx);
      return read(ctx, input);
    },
  };
}

/** An operation that changes something. */
export function writing<N extends OperationName<Ec2>>(
  name: N,
  needs: Needs<InputOf<Ec2, N>>,
  commit: (tx: Tx, ctx: CallContext, input: InputOf<Ec2, N>) => Promise<OutputOf<Ec2, N>>,
): WriteOperation<Ec2, N> {
  return {
    name,
    authorise: async (input, ctx) => asked(name, await needs(input, ctx), ctx),
    async prepare(ctx, input) {
      refuseDryRun(input);
      await ensureFurnished(ctx);
      return undefined;
    },
    commit: (tx, ctx, input) => commit(tx, ctx, input),
  };
}

/**
 * The permissions of a call that makes something: its own action on what is made, and CreateTags when it is given tags
 * (EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation").
 */
export function making(
  operation: string,
  type: string,
  specifications: TagSpecifications,
  context: Need["context"] = {},
): readonly Need[] {
  const tags = (specifications ?? [])
    .filter((one) => one.ResourceType === type)
    .flatMap((one) => one.Tags ?? []);
  const own: Need = { type, id: "*", context: { ...context, ...tagContext(tags) } };
  if (tags.length === 0) return [own];
  const tagging = { "ec2:CreateAction": operation, ...tagContext(tags) };
  return [own, { action: "CreateTags", type, id: "*", context: tagging }];
}

/** The permissions that needs stand for, each with the keys of its resource. */
export async function asked(
  name: string,
  needs: readonly Need[],
  ctx: AuthoriseContext,
): Promise<Authorisation[]> {
  return Promise.all(
    needs.map(async ({ action = name, type, id = "*", context }) => ({
      action: `ec2:${action}`,
      resource: arnOf(ctx, type, id),
      context: { "ec2:Region": ctx.region, ...(await resourceKeys(ctx, type, id)), ...context },
    })),
  );
}

/** AWS: an image's ARN names no account. */
function arnOf(ctx: AuthoriseContext, type: string | undefined, id: string): string {
  if (type === undefined) return "*";
  return type === "image" ? formatArn("ec2", ctx.region, "", `image/${id}`) : resourceArn(ctx, type, id);
}

/** The condition key that holds the id of a resource, by its type. */
const idKeys: Readonly<Record<string, string>> = {
  vpc: "ec2:VpcID",
  subnet: "ec2:SubnetID",
  "security-group": "ec2:SecurityGroupID",
  "route-table": "ec2:RouteTableID",
  "internet-gateway": "ec2:InternetGatewayID",
  "network-interface": "ec2:NetworkInterfaceID",
  "network-acl": "ec2:NetworkAclID",
  "dhcp-options": "ec2:DhcpOptionsID",
  "elastic-ip": "ec2:AllocationId",
};
const insideVpc: ReadonlySet<Kind> = new Set([
  "subnet",
  "security-group",
  "route-table",
  "network-interface",
  "network-acl",
  "natgateway",
]);

/** The keys that a resource itself gives to a decision about it. */
async function resourceKeys(
  ctx: AuthoriseContext,
  type: string | undefined,
  id: string,
): Promise<Record<string, string>> {
  if (type === undefined || id === "*" || !isKind(type)) return {};
  if (type === "instance") return instanceKeys(ctx, id);
  if (type === "launch-template") return templateKeys(ctx, id);
  const found = insideVpc.has(type) ? await findResource(ctx.rows, ctx, type, id) : undefined;
  const idKey = idKeys[type];
  return {
    ...(idKey !== undefined && { [idKey]: id }),
    ...(found?.vpc !== undefined && { "ec2:Vpc": resourceArn(ctx, "vpc", found.vpc) }),
  };
}

/** What an instance gives to a decision about it: its operator is what roles of services are confined by. */
async function instanceKeys(ctx: AuthoriseContext, id: string): Promise<Record<string, string>> {
  const found = await findResource(ctx.rows, ctx, "instance", id);
  if (found === undefined) return { "ec2:InstanceID": id };
  const { type, zone, profile, operator } = found.document;
  return {
    "ec2:InstanceID": id,
    "ec2:InstanceType": type,
    "ec2:AvailabilityZone": zone,
    "ec2:Tenancy": "default",
    ...(profile !== undefined && { "ec2:InstanceProfile": profile.arn }),
    ...(operator !== undefined && { "ec2:ManagedResourceOperator": operator }),
  };
}

async function templateKeys(ctx: AuthoriseContext, id: string): Promise<Record<string, string>> {
  const operator = (await findResource(ctx.rows, ctx, "launch-template", id))?.document.operator;
  return operator === undefined ? {} : { "ec2:ManagedResourceOperator": operator };
}

/** AWS: a dry run ends once the permission is known (EC2 API Reference, "Error codes": DryRunOperation). */
function refuseDryRun(input: object): void {
  if ("DryRun" in input && input.DryRun === true) {
    throw new Fault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", {
      status: 412,
    });
  }
}
