import { DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { type JobLoop, startJobLoop } from "../control/job-loop.ts";
import type { LoopPorts } from "../control/ports.ts";
import { LoadBalancerCarrier } from "../edge/load-balancer/carrier.ts";
import type { ListeningPlace } from "../edge/load-balancer/places.ts";
import type { CarrierPorts, NodeHolder, NodePlace } from "../edge/load-balancer/ports.ts";
import { defaultAccount } from "../kernel/account.ts";
import { second } from "../kernel/duration.ts";
import { globalRegion } from "../kernel/region.ts";
import type { NodeAddresses } from "../runtime/network/node-addresses.ts";
import type { ElbPorts } from "../services/elasticloadbalancing/ports.ts";
import { elbPrincipal } from "../services/elasticloadbalancing/principal.ts";
import { changedQueue } from "../services/elasticloadbalancing/traffic/changed.ts";
import { inspectLoadBalancers } from "../services/elasticloadbalancing/traffic/inspect-load-balancers.ts";
import { settleLoadBalancerChange } from "../services/elasticloadbalancing/traffic/settle-change.ts";
import { settleTargetHealth } from "../services/elasticloadbalancing/traffic/settle-target-health.ts";

/** How often a process looks for changes that another one was told of, in milliseconds. */
const lookEvery = second;

export interface LoadBalancersPorts extends LoopPorts {
  readonly elb: ElbPorts;
  /** Names targets in cookies. */
  readonly cookieKey: Buffer;
  readonly hostAddress: string;
  readonly nodeAddresses: NodeAddresses;
}

/** The traffic of load balancers: every process carries that of all. */
export interface LoadBalancers extends JobLoop {
  places(): readonly ListeningPlace[];
}

/** Opens what listens now, and keeps to what changes. */
export async function startLoadBalancers(ports: LoadBalancersPorts): Promise<LoadBalancers> {
  const { elb, log, clientOf, clock, random, cookieKey, hostAddress } = ports;
  const itself = clientOf(elbPrincipal, defaultAccount, globalRegion);
  const inspect = inspectLoadBalancers(elb);
  const settle = settleLoadBalancerChange(elb);
  const carrierPorts: CarrierPorts = {
    ...{ clock, random, log, cookieKey, hostAddress },
    nodes: nodeHolder(ports),
    report: async (reports) => void (await itself.invoke(settleTargetHealth, { reports })),
  };
  const carrier = new LoadBalancerCarrier(carrierPorts);

  let looking: Promise<void> = Promise.resolve();
  /** Looks after whatever look is under way: that one may have come too early. */
  function look(): Promise<void> {
    looking = looking.then(once, once);
    return looking;
  }
  async function once(): Promise<void> {
    const { changed, gone } = await itself.invoke(inspect, { known: carrier.versions() });
    await carrier.apply(changed, gone);
  }

  await look();
  let trouble = false;
  const timer = setInterval(() => {
    look().then(
      () => {
        trouble = false;
      },
      (error: unknown) => {
        if (!trouble) log.error({ err: error }, "load balancers could not be looked up; trying again");
        trouble = true;
      },
    );
  }, lookEvery);
  timer.unref();
  const loop = startJobLoop(ports, {
    queue: changedQueue,
    concurrency: 8,
    async work(job) {
      await look();
      await clientOf(elbPrincipal, job.account, job.region).invoke(settle, job);
    },
  });
  return {
    places: () => carrier.places(),
    async stop() {
      clearInterval(timer);
      await loop.stop();
      await looking.catch(() => {});
      await carrier.close();
    },
  };
}

/** Load balancers know the subnets of their nodes; where those lie is EC2's to say, to the service's role. */
function nodeHolder({ clientAs, nodeAddresses, log }: LoadBalancersPorts): NodeHolder {
  async function rangesOf({ account, region, vpcId, subnetId }: NodePlace) {
    const role = clientAs({ servicePrincipal: elbPrincipal, account, region, sessionName: "elb-nodes" });
    const [{ Vpcs = [] }, { Subnets = [] }] = await Promise.all([
      role.send(new DescribeVpcsCommand({ VpcIds: [vpcId] })),
      role.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] })),
    ]);
    return { vpcCidr: Vpcs[0]?.CidrBlock, subnetCidr: Subnets[0]?.CidrBlock };
  }
  return {
    hold(node, changed) {
      let released = false;
      let release = (): void => {};
      rangesOf(node).then(
        ({ vpcCidr, subnetCidr }) => {
          if (released || vpcCidr === undefined || subnetCidr === undefined) return;
          const { privateIpAddress: address, vpcId } = node;
          release = nodeAddresses.hold({ address, vpcId, vpcCidr, subnetCidr }, changed);
        },
        (error: unknown) => log.error({ err: error, node }, "a load balancer's node is not in its VPC"),
      );
      return () => {
        released = true;
        release();
      };
    },
  };
}
