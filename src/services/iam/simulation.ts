import type * as iam from "@aws-sdk/client-iam";
import type {
  ContextEntry,
  EvaluationResult,
  PolicySourceType,
  ResourceSpecificResult,
  Statement,
} from "@aws-sdk/client-iam";
import { requestContext } from "../../authz/context.ts";
import { evaluate } from "../../authz/evaluate.ts";
import { compilePolicy } from "../../authz/parse/compile.ts";
import { PolicySyntaxError } from "../../authz/parse/syntax-error.ts";
import type {
  Decision,
  NamedPolicy,
  PolicySet,
  RequestContext,
  RequestPrincipal,
} from "../../authz/types.ts";
import type { InputOf } from "../../dispatch/operation.ts";
import { isAccountId } from "../../kernel/account.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
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
  readonly boundary: readonly SimulatedPolicy[];
  /** One list a level; `undefined` when no organisation is simulated. */
  readonly serviceControl?: readonly (readonly SimulatedPolicy[])[];
  readonly resource?: SimulatedPolicy;
  readonly caller: RequestPrincipal;
  readonly resourceOwner: AccountId;
  readonly actions: readonly string[];
  /** Empty when the caller named none: then everything (`*`). */
  readonly resources: readonly string[];
  readonly context: RequestContext;
}

/** Policies of a request, named by their place in the list: `PolicyInputList.1`. */
export function listedPolicies(
  list: string,
  documents: readonly string[] | undefined,
): readonly SimulatedPolicy[] {
  return (documents ?? []).map((document, index) => ({ id: `${list}.${index + 1}`, document }));
}

/** What both simulations say in the same way: who would ask, for what, and in which circumstances. Throws `InvalidInput`. */
export function simulatedRequest(
  input: SimulatedInput,
  caller: RequestPrincipal,
): Pick<Simulation, "resource" | "caller" | "resourceOwner" | "actions" | "resources" | "context"> {
  const { ResourcePolicy: document } = input;
  return {
    resource: document === undefined ? undefined : { id: "ResourcePolicy", document },
    caller,
    resourceOwner: simulatedOwner(input.ResourceOwner, caller),
    actions: input.ActionNames,
    resources: input.ResourceArns ?? [],
    context: simulatedContext(input.ContextEntries),
  };
}

/** The members that SimulateCustomPolicy and SimulatePrincipalPolicy have in common. */
type SimulatedInput = InputOf<typeof iam, "SimulateCustomPolicy" | "SimulatePrincipalPolicy">;

/** The context that a simulation's entries make. Whether a value is of the declared type is left to the operators. */
function simulatedContext(entries: readonly ContextEntry[] | undefined): RequestContext {
  return requestContext(
    Object.fromEntries(
      (entries ?? []).flatMap(({ ContextKeyName: name, ContextKeyValues: values }) =>
        name === undefined ? [] : [[name, values ?? []]],
      ),
    ),
  );
}

/**
 * The caller of a simulation. Policies of an identity never ask who calls; a resource policy does.
 * @throws InvalidInput for an ARN that is no user's, role's or account's.
 */
export function simulatedCaller(arn: string | undefined, account: AccountId): RequestPrincipal {
  if (arn === undefined) return { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/simulated` };
  const parts = parseArn(arn);
  if (parts?.service !== "iam" || !isAccountId(parts.account))
    throw new Fault("InvalidInput", `Invalid Entity Arn: ${arn}`);
  const owner = parts.account as AccountId;
  if (parts.resource === "root") return { type: "Root", account: owner, arn };
  if (parts.resource.startsWith("role/"))
    return { type: "AssumedRole", account: owner, arn, roleArn: arn as Arn };
  return { type: "IAMUser", account: owner, arn };
}

/** The account that owns the simulated resources: as said (an account's ARN), else the caller's. */
function simulatedOwner(resourceOwner: string | undefined, caller: RequestPrincipal): AccountId {
  const owner =
    resourceOwner === undefined ? caller.account : (parseArn(resourceOwner)?.account ?? resourceOwner);
  if (owner === undefined || !isAccountId(owner))
    throw new Fault("InvalidInput", `Invalid Resource Owner: ${resourceOwner}`);
  return owner as AccountId;
}

/**
 * What would be decided, one result an action, with the results of its resources inside.
 * @throws InvalidInput for a policy that does not parse.
 */
export function simulate(simulation: Simulation): readonly EvaluationResult[] {
  const prepared = prepare(simulation);
  return simulation.actions.map((action) => {
    const named = simulation.resources.map((resource) =>
      resourceResult(simulation, prepared, action, resource),
    );
    const [only = resourceResult(simulation, prepared, action, "*"), ...others] = named;
    if (others.length === 0) {
      return {
        EvalActionName: action,
        EvalResourceName: only.EvalResourceName,
        EvalDecision: only.EvalResourceDecision,
        MatchedStatements: only.MatchedStatements,
        MissingContextValues: only.MissingContextValues,
        ...organizations(simulation, prepared, action, only.EvalResourceName ?? "*"),
        ...(only.PermissionsBoundaryDecisionDetail === undefined
          ? {}
          : { PermissionsBoundaryDecisionDetail: only.PermissionsBoundaryDecisionDetail }),
        ...(named.length === 0 ? {} : { ResourceSpecificResults: named }),
      };
    }
    const decisions = named.map((result) => result.EvalResourceDecision);
    return {
      EvalActionName: action,
      EvalResourceName: "*",
      // AWS: the action as a whole is as good as its worst resource.
      EvalDecision:
        decisions.find((one) => one === "explicitDeny") ??
        decisions.find((one) => one === "implicitDeny") ??
        "allowed",
      MatchedStatements: [],
      MissingContextValues: [...new Set(named.flatMap((result) => result.MissingContextValues ?? []))].sort(),
      ...organizations(simulation, prepared, action, "*"),
      ResourceSpecificResults: named,
    };
  });
}

/** The policies of a simulation, compiled once. */
interface Prepared {
  readonly policies: PolicySet;
  /** By the name of their policy, for showing where statements stand. */
  readonly documents: ReadonlyMap<string, string>;
  readonly spellings: ReadonlyMap<string, string>;
}

function prepare({ identity, boundary, serviceControl, resource }: Simulation): Prepared {
  const all = [
    ...identity,
    ...boundary,
    ...(serviceControl?.flat() ?? []),
    ...(resource === undefined ? [] : [resource]),
  ];
  return {
    policies: {
      identity: identity.map(compiled),
      resource: resource === undefined ? [] : [compiled(resource)],
      boundary: mergedBoundary(boundary),
      serviceControl: serviceControl?.map((level) => level.map(compiled)),
    },
    documents: new Map(all.map(({ id, document }) => [id, document])),
    spellings: contextKeySpellings(all.map(({ document }) => document)),
  };
}

function compiled({ id, document }: SimulatedPolicy): NamedPolicy {
  try {
    return { name: id, document: compilePolicy(document) };
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new Fault("InvalidInput", `${id}: ${error.message}`);
  }
}

/** The API takes a list of at most one boundary. */
function mergedBoundary([boundary]: readonly SimulatedPolicy[]): NamedPolicy | undefined {
  return boundary === undefined ? undefined : compiled(boundary);
}

function decide(simulation: Simulation, policies: PolicySet, action: string, resource: string): Decision {
  const { caller: principal, resourceOwner: resourceAccount, context } = simulation;
  return evaluate({ principal, action, resource, resourceAccount, context }, policies);
}

function resourceResult(
  simulation: Simulation,
  prepared: Prepared,
  action: string,
  resource: string,
): ResourceSpecificResult {
  const decision = decide(simulation, prepared.policies, action, resource);
  return {
    EvalResourceName: resource,
    EvalResourceDecision: decision.outcome,
    MatchedStatements: decision.deciding.flatMap((match) =>
      match.kind === "identity-based policy" || match.kind === "resource-based policy"
        ? [matchedStatement(prepared, match.policy, match.index, match.kind)]
        : [],
    ),
    MissingContextValues: decision.missingContextKeys.map((key) => prepared.spellings.get(key) ?? key),
    ...(prepared.policies.boundary === undefined
      ? {}
      : {
          PermissionsBoundaryDecisionDetail: {
            AllowedByPermissionsBoundary: allowsAlone(
              simulation,
              [prepared.policies.boundary],
              action,
              resource,
            ),
          },
        }),
  };
}

/** What the organisation alone would say, when one is simulated. */
function organizations(
  simulation: Simulation,
  { policies }: Prepared,
  action: string,
  resource: string,
): Pick<EvaluationResult, "OrganizationsDecisionDetail"> {
  if (policies.serviceControl === undefined) return {};
  const allowed = policies.serviceControl.every((level) => allowsAlone(simulation, level, action, resource));
  return { OrganizationsDecisionDetail: { AllowedByOrganizations: allowed } };
}

function allowsAlone(
  simulation: Simulation,
  identity: readonly NamedPolicy[],
  action: string,
  resource: string,
): boolean {
  const own = { ...simulation, resourceOwner: simulation.caller.account ?? simulation.resourceOwner };
  return decide(own, { identity, resource: [] }, action, resource).allowed;
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
