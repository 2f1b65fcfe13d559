import { compilePolicy } from "../authz/parse/compile.ts";
import type { NamedPolicy } from "../authz/types.ts";
import { boundedCache } from "../kernel/bounded-cache.ts";
import type { AccountId } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Tag } from "../kernel/tags.ts";
import type { Store } from "../store/types.ts";
import type { IdentityDirectory, OrganizationPlace } from "./identity.ts";
import type { PolicyText, ResourceFacts, Service } from "./service.ts";

/** A principal's policies, compiled. */
export interface PrincipalPolicies {
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  readonly session?: readonly NamedPolicy[];
  readonly serviceControl?: readonly (readonly NamedPolicy[])[];
  readonly tags: readonly Tag[];
  readonly serviceLinked: boolean;
  /** Where the principal's account is in its organization; `undefined` when it is in none. */
  readonly organization?: OrganizationPlace;
}

/** A resource's policies, compiled, and its tags. */
export interface ResourcePolicies {
  readonly policies: readonly NamedPolicy[];
  readonly kind: "resource" | "trust" | "key";
  readonly tags: readonly Tag[];
}

/**
 * The policies that bear on calls, cached by account epoch: a change of any policy of an account makes everything
 * cached for it stale at the next look, on every node.
 */
export interface Policies {
  /**
   * Looks at them for one call. Each account's epoch is asked once in a look, however many permissions a call needs;
   * what changes later binds at the next.
   */
  look(): PolicyLook;
  /** Forgets everything (the reset route). */
  clear(): void;
}

/** The policies as they are while one call is decided. */
export interface PolicyLook {
  /** `undefined` when the user or role behind the principal is gone. */
  ofPrincipal(principal: Principal): Promise<PrincipalPolicies | undefined>;
  ofResource(
    service: Service | undefined,
    arn: string,
    action: string,
    owner: AccountId,
  ): Promise<ResourcePolicies>;
  /** Where an account is in its organization; `undefined` when it is in none. */
  placeOf(account: AccountId): Promise<OrganizationPlace | undefined>;
}

const nothing: PrincipalPolicies = { identity: [], tags: [], serviceLinked: false };
const noResource: ResourcePolicies = { policies: [], kind: "resource", tags: [] };

/** Makes the cache over a store, with IAM's directory for principals. */
export function createPolicies(store: Store, directory: IdentityDirectory): Policies {
  const principals = boundedCache<{ epoch: number; value: PrincipalPolicies | undefined }>(10_000);
  const resources = boundedCache<{ epoch: number; value: ResourcePolicies }>(20_000);
  const places = boundedCache<{ epoch: number; value: OrganizationPlace | undefined }>(10_000);
  const documents = boundedCache<NamedPolicy["document"]>(5_000);

  function compiled(policy: PolicyText): NamedPolicy {
    let document = documents.get(policy.document);
    if (document === undefined) {
      document = compilePolicy(policy.document);
      documents.set(policy.document, document);
    }
    return { name: policy.name, document, text: policy.document };
  }

  function look(): PolicyLook {
    const epochs = new Map<AccountId, number>();
    // INVARIANT: an epoch is read before what is kept under it, so nothing kept is older than its epoch.
    const epochOf = async (account: AccountId): Promise<number> => {
      const known = epochs.get(account);
      if (known !== undefined) return known;
      const epoch = await store.epoch(account);
      epochs.set(account, epoch);
      return epoch;
    };
    return {
      async ofPrincipal(principal) {
        if (principal.type === "AWSService" || principal.type === "Anonymous") return nothing;
        const epoch = await epochOf(principal.account);
        const key = `${principal.arn} ${principal.accessKeyId}`;
        const known = principals.get(key);
        if (known?.epoch === epoch) return known.value;
        const standing = await directory.standing(store.rows, principal);
        const value: PrincipalPolicies | undefined = standing && {
          identity: standing.identity.map(compiled),
          boundary: standing.boundary && compiled(standing.boundary),
          session: standing.session?.map(compiled),
          serviceControl: standing.serviceControl?.map((level) => level.map(compiled)),
          tags: standing.tags,
          serviceLinked: standing.serviceLinked,
          organization: await directory.organization?.(store.rows, principal.account),
        };
        principals.set(key, { epoch, value });
        return value;
      },

      async ofResource(service, arn, action, owner) {
        if (service?.resource === undefined || arn === "*") return noResource;
        const epoch = await epochOf(owner);
        const key = `${action} ${arn}`;
        const known = resources.get(key);
        if (known?.epoch === epoch) return known.value;
        const facts: ResourceFacts = await service.resource(store.rows, arn, action);
        const value: ResourcePolicies = {
          policies: facts.policies.map(compiled),
          kind: facts.kind ?? "resource",
          tags: facts.tags ?? [],
        };
        resources.set(key, { epoch, value });
        return value;
      },

      async placeOf(account) {
        const epoch = await epochOf(account);
        const known = places.get(account);
        if (known?.epoch === epoch) return known.value;
        const value = await directory.organization?.(store.rows, account);
        places.set(account, { epoch, value });
        return value;
      },
    };
  }

  return {
    look,

    clear() {
      places.clear();
      principals.clear();
      resources.clear();
    },
  };
}
