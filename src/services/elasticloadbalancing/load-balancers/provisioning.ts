import type { InternalOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import type { ChosenSubnet } from "../documents.ts";
import type { LoadBalancerNode } from "../load-balancer-view.ts";
import type { ElbPorts } from "../ports.ts";
import { elbPrincipal } from "../principal.ts";
import { amend, findResource } from "../resource.ts";
import type { ElbTables } from "../store.ts";
import { loadBalancersOf, trafficChanged } from "../traffic/changed.ts";
import { fullName } from "./load-balancer.ts";

/** Jobs of load balancers whose interfaces are to be made, changed or removed. */
export const provisioningQueue = "elasticloadbalancing.provisioning";

/** What a job on `provisioningQueue` is about. */
export interface ProvisioningWork {
  readonly loadBalancerArn: string;
  /** For "role in use". */
  readonly resource: string;
}

/** Has the interfaces of a load balancer made as it says; as there is none any more, removed. */
export async function enqueueProvisioning(tx: Tx, loadBalancerArn: string): Promise<void> {
  const { account = "", region = "" } = parseArn(loadBalancerArn) ?? {};
  const payload: ProvisioningWork = { loadBalancerArn, resource: loadBalancerArn };
  await tx.enqueue({
    queue: provisioningQueue,
    key: loadBalancerArn,
    account: account as AccountId,
    region: region as Region,
    servicePrincipal: elbPrincipal,
    payload,
  });
}

/** The interfaces that a load balancer is to have. */
export interface WantedInterfaces {
  readonly subnets: readonly ChosenSubnet[];
  readonly securityGroups: readonly string[];
}

/** What is to be provisioned, and how its interfaces are known. */
export interface Provisioning {
  /** `ELB app/<name>/<id>`: the description of its interfaces (User Guide). */
  readonly description: string;
  /** Absent when the load balancer is not there any more. */
  readonly wanted?: WantedInterfaces;
}

export interface SettleProvisioningInput {
  readonly job: Job;
  /** What was found to be wanted: when it is no longer so, nothing is settled. */
  readonly wanted?: WantedInterfaces;
  readonly nodes: readonly LoadBalancerNode[];
  /** Why it cannot have what it wants. */
  readonly failure?: string;
}

/** Elastic Load Balancing's own bookkeeping of interfaces: only it may ask and settle. */
export interface ProvisioningOperations {
  readonly inspect: InternalOperation<{ readonly loadBalancerArn: string }, never, Provisioning>;
  /** `again` when something else is wanted by now; `lost` when another worker has the job. */
  readonly settle: InternalOperation<SettleProvisioningInput, unknown, "settled" | "again" | "lost">;
}

export function createProvisioningOperations({ jobs }: Pick<ElbPorts, "jobs">): ProvisioningOperations {
  const own = {
    service: "elasticloadbalancing",
    onlyFor: elbPrincipal,
    authorise: () => [],
    unrecorded: true,
  } as const;
  return {
    inspect: {
      ...own,
      name: "InspectProvisioning",
      async read({ rows }, { loadBalancerArn }) {
        const wanted = await wantedBy(rows, loadBalancerArn);
        const description = `ELB ${fullName(loadBalancerArn)}`;
        return { description, ...(wanted !== undefined && { wanted }) };
      },
    },
    settle: {
      ...own,
      name: "SettleProvisioning",
      async commit(tx, _ctx, { job, wanted, nodes, failure }) {
        // INVARIANT: only this service writes to the queue.
        const { loadBalancerArn } = job.payload as ProvisioningWork;
        const now = await wantedBy(tx, loadBalancerArn);
        if (JSON.stringify(now) !== JSON.stringify(wanted)) return "again";
        if (!(await jobs.finish(tx, job))) return "lost";
        const one = await findResource(tx, "load-balancer", loadBalancerArn);
        if (one === undefined) return "settled";
        const { reason: _reason, ...document } = one.document;
        await amend(
          tx,
          { ...one, document },
          {
            nodes,
            state: failure === undefined ? "active" : nodes.length > 0 ? "active_impaired" : "failed",
            ...(failure !== undefined && { reason: failure }),
          },
        );
        await trafficChanged(tx, [loadBalancerArn, ...(await thoseBefore(tx, loadBalancerArn))]);
        return "settled";
      },
    },
  };
}

async function wantedBy(rows: Rows, loadBalancerArn: string): Promise<WantedInterfaces | undefined> {
  const one = await findResource(rows, "load-balancer", loadBalancerArn);
  if (one === undefined) return undefined;
  const { subnets, securityGroups } = one.document;
  return { subnets, securityGroups };
}

/** Network load balancers that have this application load balancer for a target. */
async function thoseBefore(tx: Tx, loadBalancerArn: string): Promise<readonly string[]> {
  const groups = await tx
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_target")
    .select("target_group")
    .where("id", "=", loadBalancerArn)
    .execute();
  return loadBalancersOf(
    tx,
    groups.map((group) => group.target_group),
  );
}
