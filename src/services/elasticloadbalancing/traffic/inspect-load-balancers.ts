import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { completeAttributes } from "../attributes.ts";
import { apiListener } from "../listeners/listener.ts";
import type {
  ListenerCertificate,
  ListenerView,
  LoadBalancerView,
  TargetGroupView,
} from "../load-balancer-view.ts";
import { apiLoadBalancer } from "../load-balancers/load-balancer.ts";
import type { ElbPorts } from "../ports.ts";
import { elbPrincipal } from "../principal.ts";
import { type Listener, type LoadBalancer, listResources, type Rule, type TargetGroup } from "../resource.ts";
import { apiRule, rulesByListener, targetGroupsOf } from "../rules/rule.ts";
import type { ElbTables, TargetRow } from "../store.ts";
import { apiTargetGroup } from "../target-groups/target-group.ts";
import { listTargets } from "../targets/target.ts";

/** What the asker has seen already, and which load balancers it asks about. */
export interface InspectLoadBalancersInput {
  /** Versions by ARN of the load balancers that the asker carries: these are answered only when they have changed. */
  readonly known: Readonly<Record<string, number>>;
  /** Only these ARNs; all of every account and region when left out. */
  readonly arns?: readonly string[];
}

export interface InspectLoadBalancersOutput {
  /** New ones, and those whose version is not the known one. Only what is active is answered. */
  readonly changed: readonly LoadBalancerView[];
  /** ARNs of known ones that are there no more. */
  readonly gone: readonly string[];
}

/**
 * For whoever carries traffic: the load balancers that it does not carry as they are now. The look-up is one of versions
 * by an index; only what differs is read. Elastic Load Balancing's own bookkeeping: only it may ask.
 */
export function inspectLoadBalancers(
  ports: ElbPorts,
): InternalOperation<InspectLoadBalancersInput, never, InspectLoadBalancersOutput> {
  return {
    service: "elasticloadbalancing",
    name: "InspectLoadBalancers",
    onlyFor: elbPrincipal,
    unrecorded: true,
    authorise: () => [],
    async read({ rows }, { known, arns }) {
      const versions = await versionsOf(rows, arns);
      const stale = [...versions].filter(([arn, version]) => known[arn] !== version).map(([arn]) => arn);
      const asked = arns === undefined ? Object.keys(known) : arns.filter((arn) => arn in known);
      return {
        changed: await viewsOf(rows, ports, stale),
        gone: asked.filter((arn) => !versions.has(arn)),
      };
    },
  };
}

async function versionsOf(rows: Rows, arns: readonly string[] | undefined): Promise<Map<string, number>> {
  if (arns?.length === 0) return new Map();
  let query = rows
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_resource")
    .select(["arn", "version"])
    .where("kind", "=", "load-balancer");
  if (arns !== undefined) query = query.where("arn", "in", arns);
  return new Map((await query.execute()).map(({ arn, version }) => [arn, version]));
}

async function viewsOf(
  rows: Rows,
  ports: ElbPorts,
  arns: readonly string[],
): Promise<readonly LoadBalancerView[]> {
  const loadBalancers = (await listResources(rows, "load-balancer", { arns })).filter(
    ({ document }) => document.state === "active" || document.state === "active_impaired",
  );
  const listeners = await listResources(rows, "listener", {
    parents: loadBalancers.map(({ arn }) => arn),
  });
  const rules = await rulesByListener(rows, listeners);
  const named = [...rules.values()].flat().flatMap(({ document }) => targetGroupsOf(document.actions));
  const groups = await listResources(rows, "target-group", { arns: [...new Set(named)] });
  const targets = await listTargets(
    rows,
    groups.map(({ arn }) => arn),
  );
  const inner = await listResources(rows, "load-balancer", {
    arns: targets.map(({ id }) => id).filter((id) => id.startsWith("arn:")),
  });
  const nodesOf = (arn: string) =>
    inner.find((one) => one.arn === arn)?.document.nodes.map(({ privateIpAddress }) => privateIpAddress) ??
    [];
  return Promise.all(
    loadBalancers.map(async (one): Promise<LoadBalancerView> => {
      const own = listeners.filter(({ parent }) => parent === one.arn);
      const ownRules = own.flatMap(({ arn }) => rules.get(arn) ?? []);
      const used = new Set(ownRules.flatMap(({ document }) => targetGroupsOf(document.actions)));
      return {
        account: one.account,
        region: one.region,
        version: one.version,
        loadBalancer: viewOfLoadBalancer(one),
        attributes: completeAttributes(one),
        nodes: one.document.nodes,
        listeners: await Promise.all(own.map((listener) => viewOfListener(rows, ports, listener, rules))),
        targetGroups: groups
          .filter(({ arn }) => used.has(arn))
          .map((group) => viewOfTargetGroup(group, one.arn, targets, nodesOf)),
      };
    }),
  );
}

function viewOfLoadBalancer(one: LoadBalancer): LoadBalancerView["loadBalancer"] {
  const { dnsName, type } = one.document;
  return { ...apiLoadBalancer(one), LoadBalancerArn: one.arn, DNSName: dnsName, Type: type };
}

async function viewOfListener(
  rows: Rows,
  ports: ElbPorts,
  listener: Listener,
  rules: ReadonlyMap<string, readonly Rule[]>,
): Promise<ListenerView> {
  const own = rules.get(listener.arn) ?? [];
  const certificates: ListenerCertificate[] = [];
  for (const certificateArn of listener.document.certificates) {
    const pair = await ports.certificate(rows, certificateArn);
    if (pair !== undefined) certificates.push({ certificateArn, ...pair });
  }
  return {
    listener: { ...apiListener(listener, own), ListenerArn: listener.arn, Port: listener.document.port },
    attributes: completeAttributes(listener),
    rules: own.map(apiRule),
    certificates,
  };
}

function viewOfTargetGroup(
  group: TargetGroup,
  loadBalancerArn: string,
  targets: readonly TargetRow[],
  nodesOf: (arn: string) => readonly string[],
): TargetGroupView {
  return {
    targetGroup: { ...apiTargetGroup(group, [loadBalancerArn]), TargetGroupArn: group.arn },
    attributes: completeAttributes(group),
    targets: targets
      .filter((target) => target.target_group === group.arn)
      .flatMap((target) =>
        (target.address === "" ? nodesOf(target.id) : [target.address]).map((address) => ({
          target: {
            Id: target.id,
            Port: target.port,
            ...(target.zone !== null && { AvailabilityZone: target.zone }),
          },
          address,
          registeredAt: target.registered_at,
          ...(target.draining_since !== null && { drainingSince: target.draining_since }),
        })),
      ),
  };
}
