import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { notPermitted, validation } from "../faults.ts";
import { limits } from "../limits.ts";
import { newId } from "../load-balancers/name.ts";
import { type Elb, onResource, reading, writing } from "../operation.ts";
import { paged } from "../paging.ts";
import type { ElbPorts } from "../ports.ts";
import {
  insertResource,
  type Listener,
  type LoadBalancer,
  listResources,
  needResource,
  type Rule,
  removeResources,
  saveResource,
} from "../resource.ts";
import type { Place } from "../scope.ts";
import { addedTags, making } from "../tags/tags.ts";
import { checkActions } from "./actions.ts";
import { checkConditions, checkTransforms } from "./conditions.ts";
import { listenersChanged } from "./links.ts";
import { apiRule, rulesByListener } from "./rule.ts";

/** Everything about rules. */
export function ruleOperations(ports: ElbPorts): readonly AnyOperation[] {
  return [createRule(ports), modifyRule(ports), deleteRule, describeRules, setRulePriorities];
}

/** A listener with its load balancer. */
async function listenerOf(
  rows: Rows,
  place: Place,
  arn: string | undefined,
): Promise<{ readonly listener: Listener; readonly loadBalancer: LoadBalancer }> {
  const listener = await needResource(rows, place, "listener", arn);
  return { listener, loadBalancer: await needResource(rows, place, "load-balancer", listener.parent) };
}

/** `arn:…:listener-rule/app/…` of a rule of a listener. */
export function ruleArn(listenerArn: string, id: string): Arn {
  return `${listenerArn.replace(":listener/", ":listener-rule/")}/${id}` as Arn;
}

function priorityInUse(priority: number): Fault {
  return new Fault("PriorityInUse", `Priority '${priority}' is currently in use`);
}

function createRule(ports: ElbPorts): WriteOperation<Elb, "CreateRule"> {
  return {
    name: "CreateRule",
    authorise: ({ ListenerArn, Tags }) =>
      making("CreateRule", {
        on: ListenerArn ?? "*",
        made: ruleArn(ListenerArn ?? "*", "*"),
        tags: Tags,
      }),
    async commit(tx, ctx, input) {
      const { listener, loadBalancer } = await listenerOf(tx, ctx, input.ListenerArn);
      if (loadBalancer.document.type === "network") {
        throw notPermitted("Rules cannot be created for a listener of a Network Load Balancer");
      }
      const place = { loadBalancer, protocol: listener.document.protocol };
      const actions = await checkActions(tx, place, input.Actions ?? []);
      const conditions = checkConditions(ports, input.Conditions ?? []);
      const transforms = checkTransforms(ports, input.Transforms ?? []);
      const priority = input.Priority ?? 0;
      const rules = await listResources(tx, "rule", { parents: [listener.arn] });
      if (rules.some(({ position }) => position === priority)) throw priorityInUse(priority);
      await checkRoom(tx, loadBalancer.arn);
      const made: Rule = {
        kind: "rule",
        arn: ruleArn(listener.arn, newId(ctx.random)),
        account: ctx.account,
        region: ctx.region,
        ...{ parent: listener.arn, name: "", position: priority, version: 0, createdAt: ctx.now },
        tags: addedTags([], input.Tags),
        document: { isDefault: false, conditions, actions, transforms },
      };
      await insertResource(tx, made);
      await listenersChanged(tx, loadBalancer.arn);
      return { Rules: [apiRule(made)] };
    },
  };
}

async function checkRoom(tx: Tx, loadBalancerArn: string): Promise<void> {
  const listeners = await listResources(tx, "listener", { parents: [loadBalancerArn] });
  const rules = [...(await rulesByListener(tx, listeners)).values()].flat();
  if (rules.filter(({ document }) => !document.isDefault).length >= limits.rulesPerApplicationLoadBalancer) {
    throw new Fault("TooManyRules", "The maximum number of rules has been reached");
  }
}

function modifyRule(ports: ElbPorts): WriteOperation<Elb, "ModifyRule"> {
  return {
    name: "ModifyRule",
    authorise: ({ RuleArn }) => onResource("ModifyRule", RuleArn),
    async commit(tx, ctx, { RuleArn, Conditions, Actions, Transforms, ResetTransforms }) {
      const rule = await needResource(tx, ctx, "rule", RuleArn);
      const { listener, loadBalancer } = await listenerOf(tx, ctx, rule.parent);
      if (rule.document.isDefault && (Conditions !== undefined || Transforms !== undefined)) {
        throw notPermitted(`Default rule '${rule.arn}' cannot be modified`);
      }
      if (ResetTransforms === true && Transforms !== undefined) {
        throw validation("You cannot specify both Transforms and ResetTransforms");
      }
      const place = { loadBalancer, protocol: listener.document.protocol };
      const saved = await saveResource(tx, {
        ...rule,
        document: {
          ...rule.document,
          ...(Actions !== undefined && { actions: await checkActions(tx, place, Actions) }),
          ...(Conditions !== undefined && { conditions: checkConditions(ports, Conditions) }),
          ...(Transforms !== undefined && { transforms: checkTransforms(ports, Transforms) }),
          ...(ResetTransforms === true && { transforms: [] }),
        },
      });
      await listenersChanged(tx, loadBalancer.arn);
      return { Rules: [apiRule(saved)] };
    },
  };
}

const deleteRule = writing(
  "DeleteRule",
  ({ RuleArn }) => onResource("DeleteRule", RuleArn),
  async (tx, ctx, { RuleArn }) => {
    const rule = await needResource(tx, ctx, "rule", RuleArn);
    if (rule.document.isDefault) throw notPermitted(`Default rule '${rule.arn}' cannot be deleted`);
    const { loadBalancer } = await listenerOf(tx, ctx, rule.parent);
    await removeResources(tx, [rule.arn]);
    await listenersChanged(tx, loadBalancer.arn);
    return {};
  },
);

const describeRules = reading("DescribeRules", async (ctx, input) => {
  const { ListenerArn, RuleArns = [] } = input;
  if ((ListenerArn === undefined) === (RuleArns.length === 0)) {
    throw validation("You must specify either listener rule ARNs or a listener ARN");
  }
  if (ListenerArn !== undefined) await needResource(ctx.rows, ctx, "listener", ListenerArn);
  const found =
    ListenerArn === undefined
      ? await Promise.all([...new Set(RuleArns)].map((arn) => needResource(ctx.rows, ctx, "rule", arn)))
      : await listResources(ctx.rows, "rule", { parents: [ListenerArn] });
  const inOrder = ({ position, arn }: Rule) => `${String(position).padStart(8, "0")} ${arn}`;
  const { items, NextMarker } = paged(found, inOrder, input);
  return { Rules: items.map(apiRule), NextMarker };
});

const setRulePriorities = writing(
  "SetRulePriorities",
  ({ RulePriorities = [] }) =>
    (RulePriorities.length === 0 ? [{ RuleArn: undefined }] : RulePriorities).flatMap(({ RuleArn }) =>
      onResource("SetRulePriorities", RuleArn),
    ),
  async (tx, ctx, { RulePriorities = [] }) => {
    const wanted = new Map<string, number>();
    const rules: Rule[] = [];
    for (const { RuleArn, Priority } of RulePriorities) {
      const rule = await needResource(tx, ctx, "rule", RuleArn);
      if (rule.document.isDefault)
        throw notPermitted(`The priority of default rule '${rule.arn}' cannot be set`);
      if (Priority === undefined) throw validation("A priority must be specified");
      if (wanted.has(rule.arn)) throw validation(`Rule '${rule.arn}' is specified more than once`);
      wanted.set(rule.arn, Priority);
      rules.push(rule);
    }
    const parents = [...new Set(rules.map(({ parent }) => parent))];
    for (const rule of await listResources(tx, "rule", { parents })) {
      const clash = rules.find(
        (one) =>
          one.parent === rule.parent &&
          one.arn !== rule.arn &&
          wanted.get(one.arn) === (wanted.get(rule.arn) ?? rule.position),
      );
      if (clash !== undefined) throw priorityInUse(wanted.get(clash.arn) ?? 0);
    }
    // First out of each other's way: two rules of a listener never have the same position.
    for (const [i, rule] of rules.entries()) await saveResource(tx, { ...rule, position: -1 - i });
    const saved: Rule[] = [];
    for (const rule of rules) {
      saved.push(await saveResource(tx, { ...rule, position: wanted.get(rule.arn) ?? rule.position }));
    }
    for (const parent of parents) {
      const { loadBalancer } = await listenerOf(tx, ctx, parent);
      await listenersChanged(tx, loadBalancer.arn);
    }
    return { Rules: saved.map(apiRule) };
  },
);
