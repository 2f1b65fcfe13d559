import type {
  EvaluationResult,
  PolicyEvaluationDecisionType,
  PolicySourceType,
  ResourceSpecificResult,
  Statement,
} from "@aws-sdk/client-iam";
import { evaluate } from "../../authz/evaluate.ts";
import { compilePolicy } from "../../authz/parse/compile.ts";
import type {
  AccessRequest,
  Decision,
  NamedPolicy,
  PolicySet,
  RequestContext,
  RequestPrincipal,
} from "../../authz/types.ts";
import { isAccountId } from "../../kernel/account.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { contextKeySpellings } from "./context-key-spellings.ts";
import { statementSpans } from "./statement-positions.ts";

/** A policy in a simulation, by the name under which the answer shows its statements. */
export interface SimulatedPolicy {
  /** `PolicyInputList.1`, `user_alice_inline`, or a managed policy's name. */
  readonly id: string;
  readonly document: string;
}

/** What is simulated: the policies that would bear on a caller, and what it would ask for. */
export interface Simulation {
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  /** One list a level; `undefined` when no organization binds the caller. */
  readonly serviceControl?: readonly (readonly SimulatedPolicy[])[];
  readonly resource?: SimulatedPolicy;
  readonly caller: RequestPrincipal;
  /** The owner of resources whose ARNs name none; the caller's account when it is not said. */
  readonly resourceOwner: AccountId | undefined;
  readonly actions: readonly string[];
  /** Empty when the caller named none: then everything (`*`). */
  readonly resources: readonly string[];
  readonly context: RequestContext;
}

/**
 * What would be decided, one result an action: the result for everything when no resource is named; otherwise the
 * most restrictive over the resources, whose own results are inside (IAM API Reference, "EvaluationResult"). The
 * policies were read before: they parse.
 */
export function simulate(simulation: Simulation): readonly EvaluationResult[] {
  const prepared = prepare(simulation);
  return simulation.actions.map((action) => {
    const named = simulation.resources.map((resource) =>
      resourceResult(simulation, prepared, action, resource),
    );
    const results = named.length === 0 ? [resourceResult(simulation, prepared, action, "*")] : named;
    const [only, ...others] = results;
    const decision = worst(results.map((result) => result.decision));
    return {
      EvalActionName: action,
      EvalResourceName: others.length === 0 ? only?.resource : "*",
      EvalDecision: decision,
      MatchedStatements: distinct(
        results.flatMap((result) => (result.decision === decision ? result.statements : [])),
      ),
      MissingContextValues: [...new Set(results.flatMap((result) => result.missing))].sort(),
      ...organizationDetail(results),
      ...boundaryDetail(results),
      ...decisionDetails(results, named.length > 0 && !simulation.resources.includes("*")),
      ...(named.length === 0 ? {} : { ResourceSpecificResults: named.map(specificResult) }),
    };
  });
}

/** What was found for one action and resource. */
interface Found {
  readonly resource: string;
  readonly decision: PolicyEvaluationDecisionType;
  readonly statements: readonly Statement[];
  readonly missing: readonly string[];
  /** What the boundary alone says; `undefined` when there is none. */
  readonly withinBoundary: boolean | undefined;
  /** What the organization alone says; `undefined` when none binds the caller. */
  readonly withinOrganization: boolean | undefined;
  /** Of a call across accounts, what each kind of policy says. */
  readonly details: Readonly<Record<string, PolicyEvaluationDecisionType>>;
}

function specificResult(found: Found): ResourceSpecificResult {
  return {
    EvalResourceName: found.resource,
    EvalResourceDecision: found.decision,
    MatchedStatements: [...found.statements],
    MissingContextValues: [...found.missing],
    ...(Object.keys(found.details).length > 0 && { EvalDecisionDetails: { ...found.details } }),
    ...boundaryDetail([found]),
  };
}

function boundaryDetail(
  results: readonly Found[],
): Pick<EvaluationResult, "PermissionsBoundaryDecisionDetail"> {
  if (results.some(({ withinBoundary }) => withinBoundary === undefined)) return {};
  const AllowedByPermissionsBoundary = results.every(({ withinBoundary }) => withinBoundary === true);
  return { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } };
}

function organizationDetail(
  results: readonly Found[],
): Pick<EvaluationResult, "OrganizationsDecisionDetail"> {
  if (results.some(({ withinOrganization }) => withinOrganization === undefined)) return {};
  const AllowedByOrganizations = results.every(({ withinOrganization }) => withinOrganization === true);
  return { OrganizationsDecisionDetail: { AllowedByOrganizations } };
}

/**
 * AWS: within one account the map is there and empty when resources are named, and absent for everything; where an
 * organization denies, the simulation has ended before it.
 */
function decisionDetails(
  results: readonly Found[],
  named: boolean,
): Pick<EvaluationResult, "EvalDecisionDetails"> {
  if (!named || results.some(({ withinOrganization }) => withinOrganization === false)) return {};
  const kinds = new Set(results.flatMap(({ details }) => Object.keys(details)));
  const worstOf = (kind: string) => worst(results.flatMap(({ details }) => details[kind] ?? []));
  return { EvalDecisionDetails: Object.fromEntries([...kinds].map((kind) => [kind, worstOf(kind)])) };
}

function worst(decisions: readonly PolicyEvaluationDecisionType[]): PolicyEvaluationDecisionType {
  return (["explicitDeny", "implicitDeny"] as const).find((one) => decisions.includes(one)) ?? "allowed";
}

/** A statement that decided about several resources is shown once. */
function distinct(statements: readonly Statement[]): Statement[] {
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()];
}

/** The policies of a simulation, compiled once. */
interface Prepared {
  readonly policies: PolicySet;
  /** By the name of their policy, for showing where statements stand. */
  readonly documents: ReadonlyMap<string, string>;
  readonly spellings: ReadonlyMap<string, string>;
}

function prepare({ identity, boundary, serviceControl, resource, caller }: Simulation): Prepared {
  const shown = [...identity, ...(resource === undefined ? [] : [resource])];
  return {
    policies: {
      identity: identity.map(compiled),
      resource: resource === undefined ? [] : [compiled(resource)],
      boundary: boundary && compiled(boundary),
      serviceControl:
        caller.serviceLinked === true ? undefined : serviceControl?.map((level) => level.map(compiled)),
    },
    documents: new Map(shown.map(({ id, document }) => [id, document])),
    spellings: contextKeySpellings(shown.map(({ document }) => document)),
  };
}

function compiled({ id, document }: SimulatedPolicy): NamedPolicy {
  return { name: id, document: compilePolicy(document) };
}

function resourceResult(simulation: Simulation, prepared: Prepared, action: string, resource: string): Found {
  const { policies, spellings } = prepared;
  const { identity, boundary, serviceControl } = policies;
  const request = requestOf(simulation, action, resource);
  const decision = evaluate(request, policies);
  const own = { ...request, resourceAccount: request.principal.account ?? request.resourceAccount };
  const alone = (some: readonly NamedPolicy[]): Decision => evaluate(own, { identity: some, resource: [] });
  const withinOrganization = serviceControl?.every((level) => alone(level).allowed);
  const across = request.principal.account !== request.resourceAccount && withinOrganization !== false;
  return {
    resource,
    decision: decision.outcome,
    statements: decision.deciding.flatMap((match) =>
      match.kind === "identity-based policy" || match.kind === "resource-based policy"
        ? [matchedStatement(prepared, match.policy, match.index, match.kind)]
        : [],
    ),
    // AWS: keys that only a boundary or an organization asks for are not shown.
    missing: evaluate(request, { identity, resource: policies.resource }).missingContextKeys.map(
      (key) => spellings.get(key) ?? key,
    ),
    withinBoundary: boundary && alone([boundary]).allowed,
    withinOrganization,
    details: across
      ? {
          [sourceTypes["identity-based policy"]]: alone(identity).outcome,
          [sourceTypes["resource-based policy"]]: evaluate(request, {
            identity: [everything],
            resource: policies.resource,
          }).outcome,
        }
      : {},
  };
}

const everything: NamedPolicy = {
  name: "everything",
  document: compilePolicy({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "*", Resource: "*" },
  }),
};

/**
 * Whose a resource is: as its ARN says, else as the request says, else the caller's. Without a resource policy there is
 * nothing that another account could have said, and what is simulated are the caller's own policies.
 */
function requestOf(simulation: Simulation, action: string, resource: string): AccessRequest {
  const { caller: principal, context } = simulation;
  const inArn = parseArn(resource)?.account ?? "";
  const owner = isAccountId(inArn) ? inArn : simulation.resourceOwner;
  const own = principal.account ?? ("" as AccountId);
  const resourceAccount = simulation.resource === undefined ? own : (owner ?? own);
  return { principal, action, resource, resourceAccount, context };
}

// AWS: the API's model has other words for these than the service answers.
const sourceTypes = {
  "identity-based policy": "IAM Policy",
  "resource-based policy": "Resource Policy",
} as const;

function matchedStatement(
  { documents }: Prepared,
  id: string,
  index: number,
  kind: keyof typeof sourceTypes,
): Statement {
  const span = statementSpans(documents.get(id) ?? "")[index];
  return {
    SourcePolicyId: id,
    SourcePolicyType: sourceTypes[kind] as string as PolicySourceType,
    ...(span === undefined ? {} : { StartPosition: span.start, EndPosition: span.end }),
  };
}
