import { mayNameResource } from "./policy-overlap.ts";
import { type AuthorizationReference, actionsOf } from "./policy-reference.ts";
import { neededPermissions, type RecordedCall } from "./recorded-permissions.ts";

/** A statement of a generated policy. */
export interface GeneratedStatement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
}

/** A policy, and what it does not say as narrowly as one might wish. */
export interface GeneratedPolicy {
  readonly document: {
    readonly Version: "2012-10-17";
    readonly Statement: readonly GeneratedStatement[];
  };
  /** Actions on `*` though AWS knows resources of theirs: the trail names none for some call. */
  readonly open: readonly string[];
  /** Calls that were refused; the policy does not allow them. */
  readonly denied: readonly string[];
  /** Calls of services whose actions are not known here, allowed under their event's name on `*`. */
  readonly unknown: readonly string[];
}

/** What one action is granted on under one set of conditions. */
interface Grant {
  readonly action: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly resources: Set<string>;
}

/**
 * The smallest policy that allows the recorded calls that were not refused: actions grouped by their resources and by
 * the conditions that were kept.
 */
export function generatePolicy(
  calls: readonly RecordedCall[],
  reference: AuthorizationReference,
): GeneratedPolicy {
  const grants = new Map<string, Grant>();
  const open = new Set<string>();
  const unknown = new Set<string>();
  for (const call of calls) {
    if (call.denied) continue;
    for (const { action, keys, resources: named, patterns } of neededPermissions(call)) {
      const templates = arnTemplates(action, reference);
      if (templates === undefined) unknown.add(action);
      const on = [...[...call.resources, ...(named ?? [])].map(literal), ...(patterns ?? [])].filter((arn) =>
        (templates ?? []).some((template) => mayNameResource(arn, template)),
      );
      if (on.length === 0 && templates !== undefined && templates.length > 0) open.add(action);
      const key = `${action} ${conditionKey(keys)}`;
      const grant = grants.get(key) ?? { action, keys, resources: new Set() };
      grants.set(key, grant);
      for (const arn of on.length === 0 ? ["*"] : on) grant.resources.add(arn);
    }
  }
  const denied = new Set(calls.filter((call) => call.denied).map(({ call }) => call));
  return {
    document: { Version: "2012-10-17", Statement: statements(withoutRepetition([...grants.values()])) },
    open: [...open].sort(),
    denied: [...denied].sort(),
    unknown: [...unknown].sort(),
  };
}

/** The ARNs of an action's resource types, none when it knows no resource; `undefined` for an unknown action. */
function arnTemplates(action: string, reference: AuthorizationReference): readonly string[] | undefined {
  const [prefix = "", name = ""] = action.split(":");
  const service = reference.get(prefix);
  return service && actionsOf(service, name)[0]?.arns;
}

/**
 * An ARN as a policy names just that. What a recorded name spells with `*`, `?` or `$` means itself (IAM User Guide,
 * "Variables and tags").
 * AWS: a log group is named with an end that stands for its streams (CloudWatch Logs User Guide, "CloudWatch Logs
 * resources and operations").
 */
function literal(arn: string): string {
  const escaped = arn.replace(/[*?$]/g, (c) => `\${${c}}`);
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]+$/.test(arn) ? `${escaped}:*` : escaped;
}

function conditionKey(keys: Grant["keys"]): string {
  return JSON.stringify(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Leaves out what is granted without conditions, or on everything, already. */
function withoutRepetition(grants: readonly Grant[]): readonly Grant[] {
  const free = new Map(
    grants.filter(({ keys }) => Object.keys(keys).length === 0).map((grant) => [grant.action, grant]),
  );
  return grants.flatMap((grant) => {
    const wider = free.get(grant.action);
    if (wider === undefined || wider === grant) return [grant];
    if (wider.resources.has("*")) return [];
    const resources = new Set([...grant.resources].filter((arn) => !wider.resources.has(arn)));
    return resources.size === 0 ? [] : [{ ...grant, resources }];
  });
}

function statements(grants: readonly Grant[]): readonly GeneratedStatement[] {
  const groups = new Map<string, { actions: string[]; resources: readonly string[]; keys: Grant["keys"] }>();
  for (const { action, keys, resources: all } of grants.toSorted(byAction)) {
    const resources = all.has("*") ? ["*"] : [...all].sort();
    const key = `${conditionKey(keys)} ${resources.join(" ")}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { actions: [action], resources, keys });
    else group.actions.push(action);
  }
  return [...groups.values()].map(({ actions, resources, keys }) => ({
    Effect: "Allow" as const,
    Action: actions,
    Resource: resources,
    ...(Object.keys(keys).length > 0 && { Condition: { StringEquals: keys } }),
  }));
}

function byAction(a: Grant, b: Grant): number {
  if (a.action !== b.action) return a.action < b.action ? -1 : 1;
  return conditionKey(a.keys) < conditionKey(b.keys) ? -1 : 1;
}
