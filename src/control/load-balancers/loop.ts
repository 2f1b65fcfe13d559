import type { Client } from "../../dispatch/context.ts";
import { Fault } from "../../kernel/fault.ts";
import type { LoadBalancerNode } from "../../services/elasticloadbalancing/load-balancer-view.ts";
import {
  type Provisioning,
  type ProvisioningOperations,
  type ProvisioningWork,
  provisioningQueue,
  type WantedInterfaces,
} from "../../services/elasticloadbalancing/load-balancers/provisioning.ts";
import { elbPrincipal } from "../../services/elasticloadbalancing/principal.ts";
import { elbSession } from "../../services/elasticloadbalancing/role-use/role.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import {
  attachInterface,
  findInterfaces,
  makeInterface,
  regroupInterface,
  removeInterface,
} from "./interfaces.ts";
import { type FoundInterface, planInterfaces } from "./plan.ts";

const concurrency = 4;

/** How often a load balancer may want something else while its interfaces are made, before others have their turn. */
const mostRounds = 10;

export interface LoadBalancerLoopPorts extends LoopPorts {
  readonly provisioning: ProvisioningOperations;
}

/**
 * Gives load balancers the interfaces that they want, as AWSServiceRoleForElasticLoadBalancing, and takes them away when
 * a load balancer is gone. What is there is asked of EC2 each time, so that nothing is made twice or forgotten.
 */
export function startLoadBalancerLoop(ports: LoadBalancerLoopPorts): JobLoop {
  return startJobLoop(ports, {
    queue: provisioningQueue,
    concurrency,
    async work(job, signal) {
      for (let round = 0; round < mostRounds && !signal.aborted; round++) {
        if ((await provision(ports, job)) !== "again") return;
      }
      await ports.jobs.release(job, ports.clock.now());
    },
  });
}

async function provision(ports: LoadBalancerLoopPorts, job: Job): Promise<"settled" | "again" | "lost"> {
  const { account, region } = job;
  // INVARIANT: only Elastic Load Balancing writes to this queue.
  const { loadBalancerArn } = job.payload as ProvisioningWork;
  const own = ports.clientOf(elbPrincipal, account, region);
  const role = ports.clientAs({ servicePrincipal: elbPrincipal, account, region, sessionName: elbSession });
  const seen = await own.invoke(ports.provisioning.inspect, { loadBalancerArn });
  const { found, failure } = await arrange(role, seen);
  const { wanted } = seen;
  return own.invoke(ports.provisioning.settle, {
    job,
    ...(wanted !== undefined && { wanted }),
    nodes: wanted === undefined ? [] : nodesOf(wanted, found),
    ...(failure !== undefined && { failure }),
  });
}

/** Takes the steps; what EC2 or the role's policy refuses a load balancer that is there is why it fails. */
async function arrange(
  role: Client,
  { description, wanted }: Provisioning,
): Promise<{ readonly found: readonly FoundInterface[]; readonly failure?: string }> {
  let found: readonly FoundInterface[] = [];
  try {
    found = await findInterfaces(role, description);
    const { make, attach, regroup, remove } = planInterfaces(wanted, found);
    const groups = wanted?.securityGroups ?? [];
    for (const subnet of make) await makeInterface(role, description, subnet, groups);
    for (const { id } of attach) await attachInterface(role, { id, description });
    for (const one of regroup) await regroupInterface(role, one, groups);
    for (const one of remove) await removeInterface(role, one);
    return { found: await findInterfaces(role, description) };
  } catch (error) {
    // What is to go must go: tried again until it has.
    if (!(error instanceof Fault) || wanted === undefined) throw error;
    return { found, failure: `${error.code}: ${error.message}` };
  }
}

function nodesOf(wanted: WantedInterfaces, found: readonly FoundInterface[]): readonly LoadBalancerNode[] {
  return wanted.subnets.flatMap(({ subnetId }) => {
    const one = found.find((each) => each.subnetId === subnetId);
    if (one === undefined) return [];
    const { id, vpcId, zone, privateIpAddress, publicIpAddress } = one;
    const common = { networkInterfaceId: id, privateIpAddress, subnetId, vpcId, availabilityZone: zone };
    return [{ ...common, ...(publicIpAddress !== undefined && { publicIpAddress }) }];
  });
}
