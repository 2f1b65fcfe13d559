import { type InputOf, StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { LoadBalancerDocument, LoadBalancerType } from "../documents.ts";
import { invalidConfiguration, notServed, validation } from "../faults.ts";
import { limits } from "../limits.ts";
import type { Elb } from "../operation.ts";
import type { ElbPorts } from "../ports.ts";
import { insertResource, type LoadBalancer, listResources } from "../resource.ts";
import { holdRole, prepareRole, type RolePreparation, seen } from "../role-use/role.ts";
import { addedTags, making } from "../tags/tags.ts";
import { canonicalHostedZone } from "./hosted-zones.ts";
import { apiLoadBalancer } from "./load-balancer.ts";
import { checkLoadBalancerName, dnsName, newId } from "./name.ts";
import {
  type ChosenNetwork,
  chooseSecurityGroups,
  chooseSubnets,
  namedSubnets,
  needInternet,
} from "./network.ts";
import { enqueueProvisioning } from "./provisioning.ts";

type Input = InputOf<Elb, "CreateLoadBalancer">;

/** What was found of the network, as the role sees it. */
interface Prepared extends ChosenNetwork {
  readonly role: RolePreparation;
  readonly securityGroups: readonly string[];
}

/** The short form of types in ARNs. */
const arnTypes: Readonly<Record<LoadBalancerType, string>> = { application: "app", network: "net" };

/** Makes a load balancer; its interfaces follow, in a job, and then it is active. */
export function createLoadBalancer(ports: ElbPorts): WriteOperation<Elb, "CreateLoadBalancer", Prepared> {
  return {
    name: "CreateLoadBalancer",
    authorise(input, { account, region }) {
      const { Name = "*", Type = "application", Scheme, SecurityGroups = [], Tags } = input;
      const kind = Type === "network" ? "net" : Type === "gateway" ? "gwy" : "app";
      const made = formatArn("elasticloadbalancing", region, account, `loadbalancer/${kind}/${Name}/*`);
      const subnets = namedSubnets(input);
      return making(
        "CreateLoadBalancer",
        { on: made, made, tags: Tags },
        {
          "elasticloadbalancing:Scheme": Scheme ?? "internet-facing",
          ...(SecurityGroups.length > 0 && { "elasticloadbalancing:SecurityGroup": SecurityGroups }),
          ...(subnets.length > 0 && { "elasticloadbalancing:Subnet": subnets }),
        },
      );
    },
    async prepare(ctx, input) {
      const type = checkedType(input);
      checkLoadBalancerName(input.Name ?? "");
      const role = await prepareRole(ctx);
      const network = await seen(() => chooseSubnets(ctx, type, input));
      if (network === undefined) throw role.denial ?? new StalePreparation("the role has just been deleted");
      if (input.Scheme !== "internal") await needInternet(ctx, network.vpcId);
      const securityGroups = await chooseSecurityGroups(ctx, type, network.vpcId, input.SecurityGroups);
      return { role, ...network, securityGroups };
    },
    async commit(tx, ctx, input, { role, vpcId, subnets, securityGroups }) {
      const name = input.Name ?? "";
      const type = checkedType(input);
      const scheme = input.Scheme ?? "internet-facing";
      await holdRole(tx, ctx.account, role);
      const tags = addedTags([], input.Tags);
      const all = await listResources(tx, "load-balancer", { place: ctx });
      const had = all.find((one) => one.name === name);
      if (had !== undefined) {
        if (!isSame(had, { type, scheme, subnets, securityGroups })) {
          throw new Fault(
            "DuplicateLoadBalancerName",
            `A load balancer with the same name '${name}' exists, but with different settings`,
          );
        }
        return { LoadBalancers: [apiLoadBalancer(had)] };
      }
      const most = type === "application" ? limits.applicationLoadBalancers : limits.networkLoadBalancers;
      if (all.filter(({ document }) => document.type === type).length >= most) {
        throw new Fault("TooManyLoadBalancers", "The maximum number of load balancers has been reached");
      }
      const id = newId(ctx.random);
      const path = `loadbalancer/${arnTypes[type]}/${name}/${id}`;
      const { account, region } = ctx;
      const made: LoadBalancer = {
        kind: "load-balancer",
        arn: formatArn("elasticloadbalancing", region, account, path),
        ...{ account, region, name, tags, parent: "", position: 0, version: 1 },
        createdAt: ctx.now,
        document: {
          ...{ type, scheme, vpcId, subnets, securityGroups },
          dnsName: dnsName({ type, scheme }, { name, id, region, domain: ports.domain }),
          hostedZone: canonicalHostedZone(region, type),
          state: "provisioning",
          attributes: {},
          nodes: [],
        },
      };
      await insertResource(tx, made);
      await enqueueProvisioning(tx, made.arn);
      return { LoadBalancers: [apiLoadBalancer(made)] };
    },
  };
}

/** Throws for what load balancers cannot be here. */
function checkedType(input: Input): LoadBalancerType {
  const { Type = "application", IpAddressType = "ipv4" } = input;
  if (Type === "gateway") throw notServed("A Gateway Load Balancer");
  if (IpAddressType !== "ipv4") throw notServed(`The IP address type '${IpAddressType}'`);
  if (input.CustomerOwnedIpv4Pool !== undefined) throw notServed("A customer-owned address pool");
  if (input.IpamPools !== undefined) throw notServed("An IPAM pool");
  if (input.EnablePrefixForIpv6SourceNat === "on") throw notServed("IPv6 source NAT");
  if (input.Name === undefined || input.Name === "")
    throw validation("A load balancer name must be specified");
  if (Type !== "application" && Type !== "network") {
    throw invalidConfiguration(`Load balancer type '${Type}' is not supported`);
  }
  return Type;
}

/** API Reference: a second request with the same settings finds the first one's load balancer. */
function isSame(
  { document }: LoadBalancer,
  wanted: Pick<LoadBalancerDocument, "type" | "scheme" | "subnets" | "securityGroups">,
): boolean {
  const ids = (of: Pick<LoadBalancerDocument, "subnets">) =>
    of.subnets.map(({ subnetId }) => subnetId).sort();
  return (
    document.type === wanted.type &&
    document.scheme === wanted.scheme &&
    JSON.stringify(ids(document)) === JSON.stringify(ids(wanted)) &&
    JSON.stringify([...document.securityGroups].sort()) === JSON.stringify([...wanted.securityGroups].sort())
  );
}
