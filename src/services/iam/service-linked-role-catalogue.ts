import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";

/** A service-linked role as its service defines it, the same in every account. */
export interface ServiceLinkedRoleEntry {
  /** The service principal that alone can use the role: `replication.ecr.amazonaws.com`. */
  readonly principal: string;
  /** `AWSServiceRoleForECRReplication`; with a suffix, the part before the underscore. */
  readonly roleName: string;
  /** `/aws-service-role/<principal>/`. */
  readonly path: string;
  /** The managed policies that are attached to the role from its making to its end. */
  readonly policyArns: readonly Arn[];
  /** Whether CreateServiceLinkedRole takes a `CustomSuffix`. */
  readonly customSuffixAllowed: boolean;
}

/** Which service-linked roles there can be. Tests hand another one to the composition root. */
export interface ServiceLinkedRoleCatalogue {
  /** What the service defines, or `undefined` when it has no service-linked role. */
  byPrincipal(principal: string): ServiceLinkedRoleEntry | undefined;
  /** In the order of their principals. */
  entries(): readonly ServiceLinkedRoleEntry[];
}

/**
 * Entries that were seen on AWS, stand in its documentation or are named in full by an ARN of one of AWS's own managed
 * policies; the rest of the data are conjecture.
 */
const trusted: ReadonlySet<string> = new Set(["aws-validated", "docs", "policy-arn"]);

/**
 * Services that nobody tried with a suffix, and whose roles AWS's own managed policies name as `<prefix>_*` or
 * `<prefix>*`: they take one (docs/decisions/service-linked-role-open-points.md).
 */
const suffixedInPolicies: ReadonlySet<string> = new Set([
  "channels.lexv2.amazonaws.com",
  "profile.amazonaws.com",
  "replication.lexv2.amazonaws.com",
  "s3.data-source.lustre.fsx.amazonaws.com",
  "scraper.aps.amazonaws.com",
]);

/** Makes the catalogue of entries. */
export function createServiceLinkedRoleCatalogue(
  entries: readonly ServiceLinkedRoleEntry[],
): ServiceLinkedRoleCatalogue {
  const sorted = [...entries].sort((a, b) => (a.principal < b.principal ? -1 : 1));
  const index = new Map(sorted.map((entry) => [entry.principal, entry]));
  if (index.size < sorted.length) throw new Error("a service principal is twice in the catalogue");
  return { byPrincipal: (principal) => index.get(principal), entries: () => sorted };
}

/**
 * The catalogue in `<dataDirectory>/service-linked-roles.json`, read when it is first asked for.
 * @param dataDirectory the project's `data` folder.
 */
export function openServiceLinkedRoles(dataDirectory: string): ServiceLinkedRoleCatalogue {
  let read: ServiceLinkedRoleCatalogue | undefined;
  const catalogue = () => (read ??= readCatalogue(join(dataDirectory, "service-linked-roles.json")));
  return {
    byPrincipal: (principal) => catalogue().byPrincipal(principal),
    entries: () => catalogue().entries(),
  };
}

function readCatalogue(file: string): ServiceLinkedRoleCatalogue {
  const { roles } = JSON.parse(readFileSync(file, "utf8")) as { readonly roles: readonly CataloguedRole[] };
  return createServiceLinkedRoleCatalogue(
    roles
      .filter((role) => trusted.has(role.confidence))
      .map(({ principal, roleName, managedPolicyArns, customSuffixAllowed }) => ({
        principal,
        roleName,
        path: `/aws-service-role/${principal}/`,
        policyArns: managedPolicyArns,
        // `null` means that nobody tried: refused, as by most services that were tried.
        customSuffixAllowed: customSuffixAllowed ?? suffixedInPolicies.has(principal),
      })),
  );
}

/** What the file says of a role, as far as we use it. */
interface CataloguedRole {
  readonly principal: string;
  readonly roleName: string;
  readonly managedPolicyArns: readonly Arn[];
  readonly customSuffixAllowed: boolean | null;
  readonly confidence: string;
}

/**
 * The name that a service's role gets (IAM API Reference, "CreateServiceLinkedRole": prefix and suffix are joined by
 * an underscore).
 * @throws InvalidInput when the service takes no suffix.
 */
export function serviceLinkedRoleName(
  entry: ServiceLinkedRoleEntry,
  customSuffix: string | undefined,
): string {
  if (customSuffix === undefined) return entry.roleName;
  if (!entry.customSuffixAllowed) {
    throw new Fault("InvalidInput", `Custom suffix is not allowed for ${entry.principal}`);
  }
  return `${entry.roleName}_${customSuffix}`;
}

/** The trust policy of a service-linked role, as GetRole answers it. */
export function serviceLinkedTrust(principal: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: principal }, Action: "sts:AssumeRole" }],
  });
}

/** AWS: the same trust policy, but as CreateServiceLinkedRole answers it, to the byte: with lists and with spaces. */
export function serviceLinkedTrustWhenCreated(principal: string): string {
  return `{"Version": "2012-10-17", "Statement": [{"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": ["${principal}"]}}]}`;
}
