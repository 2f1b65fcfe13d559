import type { UpstreamRegistry } from "@aws-sdk/client-ecr";
import { isAccountId } from "../../../kernel/account.ts";
import { isRegion } from "../../../kernel/region.ts";
import type { RegistryScope } from "../ports.ts";

/** An upstream registry as a rule names it. */
export interface UpstreamAddress {
  /** The kind; `undefined` for a registry that AWS does not know and this installation allows. */
  readonly kind: UpstreamRegistry | undefined;
  /** The registry of Amazon ECR that it is. */
  readonly registry?: RegistryScope;
}

interface Kind {
  readonly kind: UpstreamRegistry;
  readonly host: RegExp;
  /** Whether a rule needs a secret (User Guide, "Sync an upstream registry with an Amazon ECR private registry"). */
  readonly needsSecret: boolean;
}

/** Every kind with the hosts that it is known by (API Reference, "CreatePullThroughCacheRule", upstreamRegistryUrl). */
const kinds: readonly Kind[] = [
  { kind: "ecr", host: /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z0-9.-]+(:\d+)?$/, needsSecret: false },
  { kind: "ecr-public", host: /^public\.ecr\.aws$/, needsSecret: false },
  { kind: "quay", host: /^quay\.io$/, needsSecret: false },
  { kind: "k8s", host: /^registry\.k8s\.io$/, needsSecret: false },
  { kind: "docker-hub", host: /^registry-1\.docker\.io$/, needsSecret: true },
  { kind: "github-container-registry", host: /^ghcr\.io$/, needsSecret: true },
  { kind: "azure-container-registry", host: /^[a-z0-9]{5,50}\.azurecr\.io$/, needsSecret: true },
  { kind: "gitlab-container-registry", host: /^registry\.gitlab\.com$/, needsSecret: true },
  // The User Guide names the registry but not its host.
  { kind: "chainguard", host: /^cgr\.dev$/, needsSecret: true },
];

/** Whether rules for this kind of registry need a secret. */
export function needsSecret(kind: UpstreamRegistry | undefined): boolean {
  return kinds.some((one) => one.kind === kind && one.needsSecret);
}

/** The registry of AWS's list that a rule's URL names, or `undefined`. AWS writes these without a scheme. */
export function knownUpstream(url: string): UpstreamAddress | undefined {
  const kind = kinds.find(({ host }) => host.test(url))?.kind;
  if (kind === undefined) return undefined;
  if (kind !== "ecr") return { kind };
  const [account = "", , , region = ""] = url.split(".");
  return isAccountId(account) && isRegion(region) ? { kind, registry: { account, region } } : undefined;
}
