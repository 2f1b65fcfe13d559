import type { CallContext, PrepareContext } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { cidrText } from "./cidr.ts";
import { newId } from "./kinds.ts";
import { insertResource, listResources, type Place, saveResource } from "./resource.ts";
import type { Ec2Tables } from "./store.ts";
import { internalDomain, makeVpc } from "./vpcs/vpc.ts";
import { zonesOf } from "./zones/zone.ts";

/** EC2 acting on a caller's behalf. */
const servicePrincipal = "ec2.amazonaws.com";

/**
 * Sees to it that the region has its default VPC. AWS makes one in each region of a new account; here a region is
 * furnished when somebody first looks at it.
 */
export async function ensureFurnished(ctx: PrepareContext): Promise<void> {
  if (!(await isFurnished(ctx.rows, ctx))) await ctx.forward(servicePrincipal).invoke(furnishRegion, {});
}

/** Furnishes the region of the call, once. Nothing is asked for: what it makes, AWS makes without being called. */
const furnishRegion: InternalOperation<Readonly<Record<string, never>>, undefined, void> = {
  service: "ec2",
  name: "FurnishRegion",
  unrecorded: true,
  authorise: () => [],
  async commit(tx, ctx) {
    const first = await tx
      .tables<Ec2Tables>()
      .insertInto("ec2_furnished")
      .values({ account: ctx.account, region: ctx.region, created_at: ctx.now })
      .onConflict((conflict) => conflict.columns(["account", "region"]).doNothing())
      .returning("region")
      .executeTakeFirst();
    if (first !== undefined) await makeDefaultNetwork(tx, ctx, await makeDhcpOptions(tx, ctx));
  },
};

async function isFurnished(rows: Rows, { account, region }: Place): Promise<boolean> {
  const found = await rows
    .tables<Ec2Tables>()
    .selectFrom("ec2_furnished")
    .select("region")
    .where("account", "=", account)
    .where("region", "=", region)
    .executeTakeFirst();
  return found !== undefined;
}

/** The set of DHCP options that VPCs of the region have until they are given another. */
async function makeDhcpOptions(tx: Tx, ctx: CallContext): Promise<string> {
  const made = await insertResource(tx, {
    account: ctx.account,
    region: ctx.region,
    kind: "dhcp-options",
    id: newId("dopt", ctx.random),
    createdAt: ctx.now,
    tags: [],
    document: {
      options: [
        { key: "domain-name", values: [internalDomain(ctx)] },
        { key: "domain-name-servers", values: ["AmazonProvidedDNS"] },
      ],
    },
  });
  return made.id;
}

const wholeCidr = { base: 0xac1f0000, prefix: 16, size: 2 ** 16 };
const subnetPrefix = 20;

/**
 * The default VPC (VPC User Guide, "Default VPC components"): 172.31.0.0/16, a /20 subnet in each zone, an internet
 * gateway, and a route to it in the main route table.
 */
export async function makeDefaultNetwork(tx: Tx, ctx: CallContext, dhcpOptions: string): Promise<string> {
  const { account, region, now, random } = ctx;
  const vpc = await makeVpc(tx, ctx, {
    cidr: wholeCidr,
    dhcpOptions,
    tenancy: "default",
    isDefault: true,
    dnsHostnames: true,
    tags: [],
  });
  const inside = { account, region, vpc: vpc.id, createdAt: now, tags: [] };
  const size = 2 ** (32 - subnetPrefix);
  for (const [i, zone] of zonesOf(region).entries()) {
    await insertResource(tx, {
      ...inside,
      kind: "subnet",
      id: newId("subnet", random),
      document: {
        cidr: cidrText({ base: wholeCidr.base + i * size, prefix: subnetPrefix, size }),
        zone: zone.name,
        defaultForZone: true,
        mapPublicIp: true,
        hostnameType: "ip-name",
        dnsA: false,
      },
    });
  }
  const gateway = await insertResource(tx, {
    ...inside,
    kind: "internet-gateway",
    id: newId("igw", random),
    document: {},
  });
  const [table] = await listResources(tx, ctx, "route-table", { vpc: vpc.id });
  if (table === undefined) throw new Error("a VPC was made without its main route table");
  const out = { cidr: "0.0.0.0/0", gateway: gateway.id, origin: "CreateRoute" } as const;
  await saveResource(tx, {
    ...table,
    document: { ...table.document, routes: [...table.document.routes, out] },
  });
  return vpc.id;
}

/** The DHCP options that came with the region. */
export async function defaultDhcpOptions(rows: Rows, place: Place): Promise<string> {
  const sets = await listResources(rows, place, "dhcp-options");
  const [oldest] = [...sets].sort((a, b) => a.createdAt - b.createdAt);
  return oldest?.id ?? "default";
}
