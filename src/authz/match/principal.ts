import { isAccountId } from "../../kernel/account.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { Listed, PrincipalSyntax } from "../parse/document.ts";
import type { RequestContext, RequestPrincipal } from "../types.ts";

/**
 * How a resource policy names the caller, which decides what else can still limit the grant (IAM User Guide,
 * "Policy evaluation for requests within a single account"):
 * - `direct`: the user, the session or everybody; no implicit deny of another policy limits it;
 * - `role`: the role behind a session (or the user behind a federated session): boundary and session policy do;
 * - `account`: the caller's account, which has yet to pass it on by an identity policy.
 */
export type Reach = "direct" | "role" | "account";

/** Whether and how a statement names a caller. `bounded`: the caller has a permissions boundary. */
export type PrincipalMatcher = (
  principal: RequestPrincipal,
  context: RequestContext,
  bounded: boolean,
) => Reach | undefined;

/** Compiles a `Principal` or `NotPrincipal` element (IAM User Guide, "AWS JSON policy elements: Principal"). */
export function compilePrincipal(
  { negated, values }: Listed<PrincipalSyntax>,
  effect: "Allow" | "Deny",
): PrincipalMatcher {
  const named = readPrincipals(values);
  if (!negated) return (principal, context) => reach(named, principal, context);
  if (effect === "Allow")
    return (principal, context) => (reach(named, principal, context) === undefined ? "direct" : undefined);
  // AWS: a Deny with NotPrincipal catches every principal that has a permissions boundary, named or not.
  return (principal, _context, bounded) =>
    !bounded && isWhollyNamed(named, principal) ? undefined : "direct";
}

/** The element's values by what they can be compared with. */
interface NamedPrincipals {
  readonly everyone: boolean;
  readonly accounts: ReadonlySet<string>;
  /** ARNs of users, roles and sessions, and unique ids. */
  readonly identities: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
}

function readPrincipals(values: readonly PrincipalSyntax[]): NamedPrincipals {
  const ofType = (type: PrincipalSyntax["type"]) => values.filter((v) => v.type === type).map((v) => v.value);
  const aws = ofType("AWS");
  return {
    everyone: aws.includes("*") || ofType("*").length > 0,
    accounts: new Set(aws.flatMap((value) => accountOf(value) ?? [])),
    identities: new Set(aws.filter((value) => accountOf(value) === undefined)),
    services: new Set(ofType("Service")),
    providers: new Set(ofType("Federated")),
    canonicalUsers: new Set(ofType("CanonicalUser")),
  };
}

/** The account that `123456789012` or `arn:aws:iam::123456789012:root` names. */
function accountOf(value: string): string | undefined {
  if (isAccountId(value)) return value;
  const arn = parseArn(value);
  return arn?.service === "iam" && arn.resource === "root" ? arn.account : undefined;
}

function reach(
  named: NamedPrincipals,
  principal: RequestPrincipal,
  context: RequestContext,
): Reach | undefined {
  if (named.everyone) return "direct";
  if (principal.type === "AWSService") return namesService(named, principal) ? "direct" : undefined;
  if (namesItself(named, principal)) return "direct";
  const provider = context.get("aws:federatedprovider")?.[0];
  if (provider !== undefined && named.providers.has(provider)) return "direct";
  if (namesRole(named, principal)) return "role";
  return principal.account !== undefined && named.accounts.has(principal.account) ? "account" : undefined;
}

/**
 * Whether a `NotPrincipal` names the caller in each of its capacities: AWS checks the account, then the user or
 * the role, then the session, and a Deny catches whoever is missing in one (IAM User Guide, "NotPrincipal").
 */
function isWhollyNamed(named: NamedPrincipals, principal: RequestPrincipal): boolean {
  if (named.everyone) return true;
  if (principal.type === "AWSService") return namesService(named, principal);
  if (principal.account === undefined || !named.accounts.has(principal.account)) return false;
  if (principal.type === "Root") return true;
  return namesItself(named, principal) && (principal.roleArn === undefined || namesRole(named, principal));
}

function namesService(named: NamedPrincipals, principal: RequestPrincipal): boolean {
  return named.services.has(principal.arn) || named.services.has("*");
}

/** By its own ARN, its unique id, or a canonical user id. */
function namesItself(named: NamedPrincipals, principal: RequestPrincipal): boolean {
  if (named.identities.has(principal.arn)) return true;
  return principal.ids?.some((id) => named.identities.has(id) || named.canonicalUsers.has(id)) ?? false;
}

function namesRole(named: NamedPrincipals, { roleArn, roleId }: RequestPrincipal): boolean {
  return [roleArn, roleId].some((name) => name !== undefined && named.identities.has(name));
}
