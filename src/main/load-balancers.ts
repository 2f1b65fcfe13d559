import { join } from "node:path";
import { DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import type { Settings } from "../config/settings.ts";
import { type JobLoop, startJobLoop } from "../control/job-loop.ts";
import type { LoopPorts } from "../control/ports.ts";
import { AccessLogs } from "../edge/load-balancer/access-logs.ts";
import { LoadBalancerCarrier } from "../edge/load-balancer/carrier.ts";
import { Measurements } from "../edge/load-balancer/measurements.ts";
import { observers } from "../edge/load-balancer/observers.ts";
import type { ListeningPlace } from "../edge/load-balancer/places.ts";
import type { CarrierPorts, NodeHolder, NodePlace } from "../edge/load-balancer/ports.ts";
import { defaultAccount } from "../kernel/account.ts";
import { second } from "../kernel/duration.ts";
import { uuid } from "../kernel/ids.ts";
import { globalRegion } from "../kernel/region.ts";
import type { NodeAddresses } from "../runtime/network/node-addresses.ts";
import type { ElbPorts } from "../services/elasticloadbalancing/ports.ts";
import { elbPrincipal } from "../services/elasticloadbalancing/principal.ts";
import { changedQueue } from "../services/elasticloadbalancing/traffic/changed.ts";
import { inspectLoadBalancers } from "../services/elasticloadbalancing/traffic/inspect-load-balancers.ts";
import { publishTrafficMetrics } from "../services/elasticloadbalancing/traffic/publish-metrics.ts";
import { settleLoadBalancerChange } from "../services/elasticloadbalancing/traffic/settle-change.ts";
import { settleTargetHealth } from "../services/elasticloadbalancing/traffic/settle-target-health.ts";

/** How often a process looks for changes that another one was told of, in milliseconds. */
const lookEvery = second;
/** How often what was measured is published, in milliseconds; each time into its minute. */
const publishEvery = 10 * second;
/** How many times in between connections and hosts are counted: once a minute. */
const countEvery = 6;

export interface LoadBalancersPorts extends LoopPorts {
  readonly elb: ElbPorts;
  /** Names targets in cookies. */
  readonly cookieKey: Buffer;
  readonly settings: Pick<Settings, "host" | "dataDir" | "bucketFolders">;
  readonly nodeAddresses: NodeAddresses;
}

/** The traffic of load balancers: every process carries that of all. */
export interface LoadBalancers extends JobLoop {
  places(): readonly ListeningPlace[];
}

/** Opens what listens now, and keeps to what changes. */
export async function startLoadBalancers(ports: LoadBalancersPorts): Promise<LoadBalancers> {
  const { elb, log, clientOf, clock, random, cookieKey, settings } = ports;
  const itself = clientOf(elbPrincipal, defaultAccount, globalRegion);
  const inspect = inspectLoadBalancers(elb);
  const settle = settleLoadBalancerChange(elb);
  const measurements = new Measurements();
  const logs = new AccessLogs({
    now: () => clock.now(),
    log,
    name: random.bytes(4).toString("hex"),
    folderOf: bucketFolder(settings),
  });
  const carrierPorts: CarrierPorts = {
    ...{ clock, random, log, cookieKey, hostAddress: settings.host },
    observer: observers([measurements, logs]),
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
  let rounds = 0;
  async function publish(): Promise<void> {
    if (rounds % countEvery === 0) measurements.gauge(carrier.loadBalancers());
    rounds += 1;
    for (const { account, region, metrics } of measurements.take(clock.now())) {
      const input = { id: uuid(random), metrics };
      await clientOf(elbPrincipal, account, region).invoke(publishTrafficMetrics, input);
    }
  }
  const publishing = setInterval(() => {
    publish().catch((error: unknown) =>
      log.error({ err: error }, "metrics of load balancers were not published"),
    );
  }, publishEvery);
  publishing.unref();
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
      clearInterval(publishing);
      await carrier.close();
      await publish().catch(() => {});
      await logs.close();
    },
  };
}

/** The folder that the operator named for a bucket; one of our own for others. */
function bucketFolder({
  dataDir,
  bucketFolders,
}: LoadBalancersPorts["settings"]): (bucket: string) => string {
  const named = new Map(bucketFolders.filter(([, place]) => !place.startsWith("s3://")));
  return (bucket) => named.get(bucket) ?? join(dataDir, "load-balancer-logs", bucket);
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
