import type * as iam from "@aws-sdk/client-iam";
import { compilePolicy } from "../../authz/parse/compile.ts";
import { PolicySyntaxError } from "../../authz/parse/syntax-error.ts";
import { type PolicyDocumentKind, validatePolicy } from "../../authz/parse/validate.ts";
import type { RequestPrincipal } from "../../authz/types.ts";
import type { InputOf } from "../../dispatch/operation.ts";
import { isAccountId } from "../../kernel/account.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import { simulatedContext } from "./simulated-context.ts";
import type { SimulatedPolicy, Simulation } from "./simulation.ts";

/** The members that SimulateCustomPolicy and SimulatePrincipalPolicy have in common. */
type SimulatedInput = InputOf<typeof iam, "SimulateCustomPolicy" | "SimulatePrincipalPolicy">;

/**
 * What both simulations say in the same way: who would ask, for what, and in which circumstances.
 * @throws InvalidInput, in words of ours, for whatever cannot be simulated as it is said.
 */
export function simulatedRequest(
  input: SimulatedInput,
  caller: RequestPrincipal,
): Pick<Simulation, "resource" | "caller" | "resourceOwner" | "actions" | "resources" | "context"> {
  const resources = input.ResourceArns ?? [];
  input.ActionNames.forEach(requireAction);
  resources.forEach(requireResource);
  requireHandled(input.ResourceHandlingOption, resources);
  const [resource] = listedPolicies("ResourcePolicy", input.ResourcePolicy, "resource");
  return {
    resource,
    caller,
    resourceOwner: simulatedOwner(input.ResourceOwner),
    actions: input.ActionNames,
    resources,
    context: simulatedContext(input.ContextEntries),
  };
}

/**
 * Policies of a request, named by their place in the list: `PolicyInputList.1`.
 * @throws InvalidInput for a policy that does not parse, or that could not be stored as what it is given for.
 */
export function listedPolicies(
  list: string,
  documents: readonly string[] | string | undefined = [],
  kind: Extract<PolicyDocumentKind, "identity" | "resource"> = "identity",
): readonly SimulatedPolicy[] {
  const named =
    typeof documents === "string"
      ? [{ id: list, document: documents }]
      : documents.map((document, index) => ({ id: `${list}.${index + 1}`, document }));
  for (const { id, document } of named) requirePolicy(id, document, kind);
  return named;
}

function requirePolicy(id: string, document: string, kind: "identity" | "resource"): void {
  try {
    compilePolicy(document);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new Fault("InvalidInput", `${id}: ${error.message}`);
  }
  const [problem] = validatePolicy(document, kind);
  if (problem !== undefined) throw new Fault("InvalidInput", `${id}: ${problem}`);
}

/** The one boundary that a simulation takes. Throws `InvalidInput` for more. */
export function listedBoundary(documents: readonly string[] | undefined): SimulatedPolicy | undefined {
  const [boundary, ...more] = listedPolicies("PermissionsBoundaryPolicyInputList", documents);
  if (more.length > 0) {
    throw new Fault("InvalidInput", "PermissionsBoundaryPolicyInputList holds more than one policy.");
  }
  return boundary;
}

/**
 * The caller of a simulation. Policies of an identity never ask who calls; a resource policy does.
 * @throws InvalidInput for an ARN that is no user's, group's, role's or account's.
 */
export function simulatedCaller(arn: string | undefined, account: AccountId): RequestPrincipal {
  if (arn === undefined) return { type: "IAMUser", account, arn: `arn:aws:iam::${account}:user/simulated` };
  const parts = parseArn(arn);
  const kind = parts?.resource.split("/", 1)[0] ?? "";
  if (
    parts?.service !== "iam" ||
    !isAccountId(parts.account) ||
    !["root", "user", "group", "role"].includes(kind)
  )
    throw new Fault("InvalidInput", `Invalid Entity Arn: ${arn}`);
  const { account: owner, resource } = parts;
  if (resource === "root") return { type: "Root", account: owner, arn };
  if (kind !== "role") return { type: "IAMUser", account: owner, arn };
  const serviceLinked = resource.startsWith("role/aws-service-role/");
  return { type: "AssumedRole", account: owner, arn, roleArn: arn as Arn, serviceLinked };
}

/** The account that owns resources whose ARNs name none, as it is said: its id or its root's ARN. */
function simulatedOwner(resourceOwner: string | undefined): AccountId | undefined {
  if (resourceOwner === undefined) return undefined;
  const owner = parseArn(resourceOwner)?.account ?? resourceOwner;
  if (!isAccountId(owner)) throw new Fault("InvalidInput", `Invalid Resource Owner: ${resourceOwner}`);
  return owner;
}

/** AWS: wildcards are not supported in the name of an action. */
function requireAction(action: string): void {
  if (!/^[\w-]+:\w+$/.test(action)) throw new Fault("InvalidInput", `Invalid Action Name: ${action}`);
}

function requireResource(resource: string): void {
  if (resource !== "*" && parseArn(resource) === undefined) {
    throw new Fault("InvalidInput", `Invalid Resource ARN: ${resource}`);
  }
}

const network = ["instance", "image", "security-group", "network-interface"];

/** What each scenario of EC2 must name (IAM API Reference, `ResourceHandlingOption`), by the resource types of ARNs. */
const scenarios: Readonly<Record<string, readonly string[]>> = {
  "EC2-Classic-InstanceStore": ["instance", "image", "security-group"],
  "EC2-Classic-EBS": ["instance", "image", "security-group", "volume"],
  "EC2-VPC-InstanceStore": network,
  "EC2-VPC-InstanceStore-Subnet": [...network, "subnet"],
  "EC2-VPC-EBS": [...network, "volume"],
  "EC2-VPC-EBS-Subnet": [...network, "subnet", "volume"],
};

/** Holds a simulation to the scenario that it says it is. */
function requireHandled(option: string | undefined, resources: readonly string[]): void {
  if (option === undefined) return;
  const wanted = scenarios[option];
  if (wanted === undefined) throw new Fault("InvalidInput", `Invalid Resource Handling Option: ${option}`);
  const types = new Set(
    resources.map(parseArn).flatMap((arn) => (arn?.service === "ec2" ? [arn.resource.split("/", 1)[0]] : [])),
  );
  const missing = wanted.filter((type) => !types.has(type));
  if (missing.length > 0) {
    throw new Fault(
      "InvalidInput",
      `${option} requires resources of these types too: ${missing.join(", ")}.`,
    );
  }
}
