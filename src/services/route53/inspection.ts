import type { InternalOperation } from "../../dispatch/operation.ts";
import type { RecordSet } from "../../kernel/dns/record-set.ts";
import type { Job, Jobs } from "../../store/types.ts";
import { route53Principal } from "./principal.ts";
import { recordSetOf } from "./record-sets/record-set.ts";
import type { Route53Tables } from "./store.ts";

/** A zone as DNS finds it. */
export interface ZoneSummary {
  readonly id: string;
  /** Canonical. */
  readonly name: string;
  readonly isPrivate: boolean;
  readonly version: number;
  /** The VPCs in which a private zone answers. */
  readonly vpcs: readonly string[];
}

/** All that DNS needs to know before it is asked for a name. */
export interface NamesView {
  /** The oldest first. */
  readonly zones: readonly ZoneSummary[];
  /** The health checks that are not healthy. */
  readonly unhealthy: readonly string[];
}

const internal = {
  service: "route53",
  onlyFor: route53Principal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
} as const;

/** The zones of all accounts, and what is unhealthy. */
export const inspectNames: InternalOperation<Record<string, never>, undefined, NamesView> = {
  ...internal,
  name: "InspectNames",
  async read({ rows }) {
    const tables = rows.tables<Route53Tables>();
    const zones = await tables
      .selectFrom("route53_zone")
      .select(["id", "name", "private", "version"])
      .orderBy("created_at")
      .orderBy("id")
      .execute();
    const links = await tables
      .selectFrom("route53_zone_vpc")
      .select(["zone", "vpc"])
      .where("associated", "=", 1)
      .execute();
    const unhealthy = await tables
      .selectFrom("route53_health_check")
      .select("id")
      .where("status", "=", "unhealthy")
      .execute();
    const vpcs = new Map<string, string[]>();
    for (const { zone, vpc } of links) {
      const known = vpcs.get(zone);
      if (known === undefined) vpcs.set(zone, [vpc]);
      else known.push(vpc);
    }
    return {
      zones: zones.map(({ id, name, private: isPrivate, version }) => ({
        id,
        name,
        isPrivate: isPrivate === 1,
        version,
        vpcs: vpcs.get(id) ?? [],
      })),
      unhealthy: unhealthy.map(({ id }) => id),
    };
  },
};

/** The record sets of one zone. */
export const inspectZone: InternalOperation<{ readonly zone: string }, undefined, readonly RecordSet[]> = {
  ...internal,
  name: "InspectZone",
  async read({ rows }, { zone }) {
    const found = await rows
      .tables<Route53Tables>()
      .selectFrom("route53_record")
      .select("document")
      .where("zone", "=", zone)
      .execute();
    return found.map(recordSetOf);
  },
};

/** Ends the job that said that names have changed. */
export const settleNames = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  ...internal,
  name: "SettleNames",
  commit: (tx, _, { job }) => jobs.finish(tx, job),
});
