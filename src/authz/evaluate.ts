import type { Reach } from "./match/principal.ts";
import type { Statement } from "./parse/statement.ts";
import type { AccessRequest, Decision, NamedPolicy, PolicyKind, PolicySet, StatementMatch } from "./types.ts";

/** When several kinds deny, the one that is named: the order in which AWS asks them. */
const order: readonly PolicyKind[] = [
  "service control policy",
  "resource-based policy",
  "trust policy",
  "identity-based policy",
  "permissions boundary",
  "session policy",
];

/**
 * Decides a request (IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access",
 * "Cross-account policy evaluation logic"). First every statement that matches is collected, from every policy;
 * then the kinds are weighed. Pure: the same request and policies always give the same decision.
 */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const matches = new Matches(request, policies.boundary !== undefined);
  const resourceKind: PolicyKind =
    policies.resourceKind === "trust" ? "trust policy" : "resource-based policy";
  const identity = matches.collect("identity-based policy", policies.identity);
  const resource = matches.collect(resourceKind, policies.resource);
  const boundary = policies.boundary && matches.collect("permissions boundary", [policies.boundary]);
  const session = policies.session && matches.collect("session policy", policies.session);
  const controls = isControlled(request)
    ? policies.serviceControl?.map((level) => matches.collect("service control policy", level))
    : undefined;

  if (matches.denies.length > 0) {
    const kinds = new Set(matches.denies.map((match) => match.kind));
    return matches.decision(
      "explicitDeny",
      order.find((kind) => kinds.has(kind)),
    );
  }
  const silent = silentKind(request, {
    identity,
    resource,
    resourceKind,
    resourceMustAllow: policies.resourceKind === "trust" || policies.resourceKind === "key",
    boundary,
    session,
    controls,
  });
  return silent === undefined ? matches.decision("allowed") : matches.decision("implicitDeny", silent);
}

/** Service control policies bind an account's own principals, its root among them, but no service-linked role. */
export function isControlled({ principal }: AccessRequest): boolean {
  return (
    principal.type !== "AWSService" && principal.type !== "Anonymous" && principal.serviceLinked !== true
  );
}

/** What the policies of one kind (or level) allow; `undefined` in place of one means that no such policy applies. */
interface Grant {
  readonly allows: boolean;
  /** The furthest reach among the allowing statements that name a principal. */
  readonly reach: Reach | undefined;
}

interface Grants {
  readonly identity: Grant;
  readonly resource: Grant;
  readonly resourceKind: PolicyKind;
  /** Even in one account: an identity policy counts only if the resource's policy lets the account pass it on. */
  readonly resourceMustAllow: boolean;
  readonly boundary: Grant | undefined;
  readonly session: Grant | undefined;
  readonly controls: readonly Grant[] | undefined;
}

/** The kind of policy for want of whose allow the request fails, or `undefined` when nothing is wanting. */
function silentKind({ principal, resourceAccount }: AccessRequest, grants: Grants): PolicyKind | undefined {
  const { identity, resource, resourceKind, resourceMustAllow, boundary, session, controls } = grants;
  if (controls?.some((level) => !level.allows)) return "service control policy";
  // A service and an anonymous caller have no identity that a policy could be attached to.
  if (principal.type === "AWSService" || principal.type === "Anonymous")
    return resource.allows ? undefined : resourceKind;

  const sameAccount = principal.account === resourceAccount;
  if (resourceMustAllow && !resource.allows) return resourceKind;
  // Only in one account does a resource's policy stand in for the caller's own policies.
  const reach = sameAccount ? resource.reach : undefined;
  if (reach === "direct") return undefined;
  const identityAllows = identity.allows || principal.type === "Root";
  if (!identityAllows && reach !== "role") return "identity-based policy";
  if (!sameAccount && !resource.allows) return resourceKind;
  if (boundary !== undefined && !boundary.allows) return "permissions boundary";
  if (session !== undefined && !session.allows) return "session policy";
  return undefined;
}

const strength: Readonly<Record<Reach, number>> = { account: 1, role: 2, direct: 3 };

/** Collects the matching statements of one request. */
class Matches {
  readonly denies: StatementMatch[] = [];
  readonly #allows: StatementMatch[] = [];
  readonly #missing = new Set<string>();
  readonly #request: AccessRequest;
  readonly #action: string;
  readonly #bounded: boolean;

  constructor(request: AccessRequest, bounded: boolean) {
    this.#request = request;
    this.#action = request.action.toLowerCase();
    this.#bounded = bounded;
  }

  /** Notes every statement of the policies that matches and says what they allow together. */
  collect(kind: PolicyKind, policies: readonly NamedPolicy[]): Grant {
    let allows = false;
    let reach: Reach | undefined;
    for (const { name, document } of policies)
      for (const statement of document.index.about(this.#action)) {
        const found = this.#match(kind, statement);
        if (found === undefined) continue;
        const { index, sid, effect } = statement;
        const match: StatementMatch = {
          kind,
          policy: name,
          index,
          ...(sid === undefined ? {} : { sid }),
          effect,
        };
        if (effect === "Deny") {
          this.denies.push(match);
          continue;
        }
        this.#allows.push(match);
        allows = true;
        if (reach === undefined || strength[found] > strength[reach]) reach = found;
      }
    return { allows, reach };
  }

  decision(outcome: Decision["outcome"], decidedBy?: PolicyKind): Decision {
    return {
      allowed: outcome === "allowed",
      outcome,
      decidedBy,
      deciding: outcome === "allowed" ? this.#allows : this.denies,
      missingContextKeys: this.#missing.size === 0 ? [] : [...this.#missing].sort(),
    };
  }

  /** How a statement about the action reaches the caller; `undefined` when it does not match the request. */
  #match(kind: PolicyKind, statement: Statement): Reach | undefined {
    const { principal, resource, context } = this.#request;
    let reach: Reach | undefined = "direct";
    if (kind === "resource-based policy" || kind === "trust policy") {
      // What hangs on a resource understands that resource when it names none, but must name a principal.
      reach = statement.principal?.(principal, context, this.#bounded);
      if (reach === undefined) return undefined;
      if (statement.resource !== undefined && !statement.resource(resource, context)) return undefined;
    } else if (statement.resource === undefined || !statement.resource(resource, context)) return undefined;
    return this.#conditionsHold(statement) ? reach : undefined;
  }

  /** Every condition is asked, so that all keys that are missing become known. */
  #conditionsHold({ conditions }: Statement): boolean {
    const { context } = this.#request;
    let hold = true;
    for (const condition of conditions) {
      if (!context.has(condition.key)) this.#missing.add(condition.key);
      if (!condition.holds(context)) hold = false;
    }
    return hold;
  }
}
