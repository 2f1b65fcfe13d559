import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Traffic, TrafficRule } from "../../../runtime/network/traffic.ts";
import type { Job, Jobs } from "../../../store/types.ts";
import type { SecurityGroupRuleDocument } from "../documents.ts";
import { ec2Principal } from "../principal.ts";
import { listResources, type Resource } from "../resource.ts";

/** Which interfaces of which VPC. */
export interface InspectTrafficInput {
  readonly vpcId: string;
  readonly networkInterfaces: readonly string[];
}

/** EC2's own bookkeeping for whoever carries packets: only EC2 may ask for it, so there is no policy to ask. */
export interface TrafficOperations {
  /** What may pass interfaces, by id. One that is not there is left out. */
  readonly inspect: InternalOperation<InspectTrafficInput, never, ReadonlyMap<string, Traffic>>;
  /** Ends the job of a change. False when the lease was lost. */
  readonly settle: InternalOperation<Job, unknown, boolean>;
}

export function createTrafficOperations({ jobs }: { readonly jobs: Jobs }): TrafficOperations {
  const own = { service: "ec2", onlyFor: ec2Principal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectTraffic",
      async read(ctx, { vpcId, networkInterfaces }) {
        const [interfaces, rules] = await Promise.all([
          listResources(ctx.rows, ctx, "network-interface", { vpc: vpcId }),
          listResources(ctx.rows, ctx, "security-group-rule", { vpc: vpcId }),
        ]);
        const wanted = new Set(networkInterfaces);
        return trafficOf(
          interfaces.filter(({ id }) => wanted.has(id)),
          interfaces,
          rules,
        );
      },
    },
    settle: { ...own, name: "SettleTraffic", commit: (tx, _ctx, job) => jobs.finish(tx, job) },
  };
}

/** What may pass interfaces. Pure. @param members every interface of the VPC, by whose groups others are named. */
export function trafficOf(
  interfaces: readonly Resource<"network-interface">[],
  members: readonly Resource<"network-interface">[],
  rules: readonly Resource<"security-group-rule">[],
): ReadonlyMap<string, Traffic> {
  const addresses = new Map<string, string[]>();
  for (const { document } of members) {
    for (const { id } of document.groups) {
      addresses.set(id, [...(addresses.get(id) ?? []), ...document.addresses]);
    }
  }
  const byGroup = new Map<string, SecurityGroupRuleDocument[]>();
  for (const { parent = "", document } of rules) {
    byGroup.set(parent, [...(byGroup.get(parent) ?? []), document]);
  }
  return new Map(
    interfaces.map(({ id, document: { groups } }) => {
      const all = groups.flatMap((group) => byGroup.get(group.id) ?? []);
      const side = (egress: boolean): TrafficRule[] =>
        all.filter((rule) => rule.egress === egress).map((rule) => withPeers(rule, addresses));
      return [id, { inbound: side(false), outbound: side(true) }];
    }),
  );
}

function withPeers(
  { protocol, from, to, cidr, cidr6, group }: SecurityGroupRuleDocument,
  addresses: ReadonlyMap<string, readonly string[]>,
): TrafficRule {
  const members = group === undefined ? [] : (addresses.get(group) ?? []);
  const peers = [cidr, cidr6, ...members].filter((peer) => peer !== undefined);
  return { protocol, ...(from !== undefined && { from }), ...(to !== undefined && { to }), peers };
}
