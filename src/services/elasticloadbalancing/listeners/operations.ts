import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { apiAttributes, changedAttributes } from "../attributes.ts";
import { validation } from "../faults.ts";
import { limits } from "../limits.ts";
import { newId } from "../load-balancers/name.ts";
import { type Elb, onResource, reading, writing } from "../operation.ts";
import { paged } from "../paging.ts";
import type { ElbPorts } from "../ports.ts";
import {
  amend,
  insertResource,
  type Listener,
  listResources,
  needResource,
  type Rule,
  removeResources,
  saveResource,
} from "../resource.ts";
import { checkActions } from "../rules/actions.ts";
import { listenersChanged } from "../rules/links.ts";
import { ruleArn } from "../rules/operations.ts";
import { defaultPosition, rulesByListener } from "../rules/rule.ts";
import { addedTags, making } from "../tags/tags.ts";
import { trafficChanged } from "../traffic/changed.ts";
import { checkListener } from "./check-listener.ts";
import { apiListener } from "./listener.ts";
import { listenerAttributes } from "./listener-attributes.ts";

/** Everything about listeners but their certificates. */
export function listenerOperations(ports: ElbPorts): readonly AnyOperation[] {
  return [
    createListener(ports),
    modifyListener(ports),
    deleteListener,
    describeListeners,
    describeListenerAttributes,
    modifyListenerAttributes,
  ];
}

function listenerKeys({
  Protocol,
  SslPolicy,
}: {
  Protocol?: string | undefined;
  SslPolicy?: string | undefined;
}) {
  return {
    ...(Protocol !== undefined && { "elasticloadbalancing:ListenerProtocol": Protocol }),
    ...(SslPolicy !== undefined && { "elasticloadbalancing:SecurityPolicy": SslPolicy }),
  };
}

function createListener(ports: ElbPorts): WriteOperation<Elb, "CreateListener"> {
  return {
    name: "CreateListener",
    authorise(input) {
      const on = input.LoadBalancerArn ?? "*";
      const made = `${on.replace(":loadbalancer/", ":listener/")}/*`;
      return making("CreateListener", { on, made, tags: input.Tags }, listenerKeys(input));
    },
    async commit(tx, ctx, input) {
      const loadBalancer = await needResource(tx, ctx, "load-balancer", input.LoadBalancerArn);
      const { type } = loadBalancer.document;
      const document = await checkListener(tx, ctx, ports, type, input);
      const others = await listResources(tx, "listener", { parents: [loadBalancer.arn] });
      const tags = addedTags([], input.Tags);
      const place = { loadBalancer, protocol: document.protocol };
      const actions = await checkActions(tx, place, input.DefaultActions ?? []);
      checkPortFree(others, document.port, loadBalancer.arn);
      const most =
        type === "application"
          ? limits.listenersPerApplicationLoadBalancer
          : limits.listenersPerNetworkLoadBalancer;
      if (others.length >= most) {
        throw new Fault("TooManyListeners", "The maximum number of listeners has been reached");
      }
      const base = loadBalancer.arn.replace(":loadbalancer/", ":listener/");
      const arn = `${base}/${newId(ctx.random)}` as Arn;
      const common = { account: ctx.account, region: ctx.region, name: "", version: 0, createdAt: ctx.now };
      const listener: Listener = {
        ...{ kind: "listener", arn, ...common, parent: loadBalancer.arn },
        ...{ position: document.port, tags, document: { ...document, attributes: {} } },
      };
      const rule: Rule = {
        ...{ kind: "rule", arn: ruleArn(arn, newId(ctx.random)), ...common, parent: arn },
        ...{ position: defaultPosition, tags: [] },
        document: { isDefault: true, conditions: [], actions, transforms: [] },
      };
      await insertResource(tx, listener);
      await insertResource(tx, rule);
      await listenersChanged(tx, loadBalancer.arn);
      // AWS: mutual authentication that nobody asked for is told by DescribeListeners alone (captured).
      const { MutualAuthentication: _unasked, ...answer } = apiListener(listener, [rule]);
      return { Listeners: [answer] };
    },
  };
}

function checkPortFree(others: readonly Listener[], port: number, loadBalancerArn: string): void {
  if (others.some(({ position }) => position === port)) {
    throw new Fault(
      "DuplicateListener",
      `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    );
  }
}

/** A change keeps what it does not name; what goes with the old protocol goes with it. */
function modifyListener(ports: ElbPorts): WriteOperation<Elb, "ModifyListener"> {
  return {
    name: "ModifyListener",
    authorise: (input) => onResource("ModifyListener", input.ListenerArn, listenerKeys(input)),
    async commit(tx, ctx, input) {
      const listener = await needResource(tx, ctx, "listener", input.ListenerArn);
      const loadBalancer = await needResource(tx, ctx, "load-balancer", listener.parent);
      const { document: had } = listener;
      const protocol = input.Protocol ?? had.protocol;
      const wasSecure = had.certificates.length > 0;
      const isSecure = protocol === "HTTPS" || protocol === "TLS";
      const [first, ...more] = had.certificates;
      const kept = first === undefined ? undefined : [{ CertificateArn: first }];
      const document = await checkListener(tx, ctx, ports, loadBalancer.document.type, {
        Protocol: protocol,
        Port: input.Port ?? had.port,
        SslPolicy: input.SslPolicy ?? (isSecure ? had.sslPolicy : undefined),
        Certificates: input.Certificates ?? (isSecure && wasSecure ? kept : undefined),
        AlpnPolicy: input.AlpnPolicy ?? (protocol === "TLS" ? had.alpn : undefined),
        MutualAuthentication: input.MutualAuthentication,
      });
      const others = await listResources(tx, "listener", { parents: [loadBalancer.arn] });
      checkPortFree(
        others.filter(({ arn }) => arn !== listener.arn),
        document.port,
        loadBalancer.arn,
      );
      const known = listenerAttributes(document);
      const attributes = Object.fromEntries(Object.entries(had.attributes).filter(([key]) => key in known));
      const certificates = isSecure ? [...new Set([...document.certificates, ...more])] : [];
      const saved = await saveResource(tx, {
        ...listener,
        position: document.port,
        document: { ...document, certificates, attributes },
      });
      const rules = await listResources(tx, "rule", { parents: [listener.arn] });
      const place = { loadBalancer, protocol };
      for (const rule of rules) {
        const given = rule.document.isDefault ? input.DefaultActions : undefined;
        if (given === undefined && protocol === had.protocol) continue;
        await amend(tx, rule, { actions: await checkActions(tx, place, given ?? rule.document.actions) });
      }
      await listenersChanged(tx, loadBalancer.arn);
      return { Listeners: [apiListener(saved, await rulesOf(tx, saved))] };
    },
  };
}

async function rulesOf(rows: Rows | Tx, { arn }: Listener): Promise<readonly Rule[]> {
  return listResources(rows, "rule", { parents: [arn] });
}

const deleteListener = writing(
  "DeleteListener",
  ({ ListenerArn }) => onResource("DeleteListener", ListenerArn),
  async (tx, ctx, { ListenerArn }) => {
    const listener = await needResource(tx, ctx, "listener", ListenerArn);
    await removeResources(tx, [listener.arn]);
    await listenersChanged(tx, listener.parent);
    return {};
  },
);

const describeListeners = reading("DescribeListeners", async (ctx, input) => {
  const { LoadBalancerArn, ListenerArns = [] } = input;
  if ((LoadBalancerArn === undefined) === (ListenerArns.length === 0)) {
    throw validation("You must specify either listener ARNs or a load balancer ARN");
  }
  if (LoadBalancerArn !== undefined) await needResource(ctx.rows, ctx, "load-balancer", LoadBalancerArn);
  const found =
    LoadBalancerArn === undefined
      ? await Promise.all(
          [...new Set(ListenerArns)].map((arn) => needResource(ctx.rows, ctx, "listener", arn)),
        )
      : await listResources(ctx.rows, "listener", { parents: [LoadBalancerArn] });
  const { items, NextMarker } = paged(found, ({ arn }) => arn, input);
  const rules = await rulesByListener(ctx.rows, items);
  return { Listeners: items.map((one) => apiListener(one, rules.get(one.arn) ?? [])), NextMarker };
});

const describeListenerAttributes = reading("DescribeListenerAttributes", async (ctx, { ListenerArn }) => ({
  Attributes: apiAttributes(await needResource(ctx.rows, ctx, "listener", ListenerArn)),
}));

const modifyListenerAttributes = writing(
  "ModifyListenerAttributes",
  ({ ListenerArn }) => onResource("ModifyListenerAttributes", ListenerArn),
  async (tx, ctx, { ListenerArn, Attributes = [] }) => {
    const one = await needResource(tx, ctx, "listener", ListenerArn);
    const saved = await amend(tx, one, { attributes: changedAttributes(one, Attributes) });
    await trafficChanged(tx, [one.parent]);
    return { Attributes: apiAttributes(saved) };
  },
);
