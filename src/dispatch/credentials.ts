import { invalidClientTokenId as invalid } from "../authn/credentials.ts";
import { openSession } from "../authn/session-token.ts";
import type { Signature } from "../authn/signature.ts";
import { defaultAccount, isAccountId } from "../kernel/account.ts";
import { rootArn } from "../kernel/arn.ts";
import { boundedCache } from "../kernel/bounded-cache.ts";
import type { AccountId } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Sealer, Store } from "../store/types.ts";
import type { IdentityDirectory, LongTermKey } from "./identity.ts";

/** A root key that is there from the start. */
export interface BootstrapKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly account: AccountId;
}

/** What a signature is checked against, and who it then proves to be calling. */
export interface Credential {
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

/** Finds the credential that a signature names. */
export interface Credentials {
  /** Throws `InvalidClientTokenId` for unknown, inactive or malformed ones, `ExpiredToken` for old sessions. */
  find(signature: Signature, now: number): Promise<Credential>;
}

/** The account whose root a well-known access key id stands for: `test`, or twelve digits. */
export function wellKnownAccount(accessKeyId: string): AccountId | undefined {
  if (accessKeyId === "test") return defaultAccount;
  return isAccountId(accessKeyId) ? accessKeyId : undefined;
}

/**
 * Makes the finder. On loopback the bootstrap keys need no set-up: `test` is root of the default account, a
 * twelve-digit access key id is root of that account; the secret of both is `test`.
 */
export function createCredentials(ports: {
  readonly store: Store;
  readonly directory: IdentityDirectory;
  readonly sealer: Sealer;
  /** Whether the well-known keys work: only while listening on loopback. */
  readonly wellKnownKeys: boolean;
  readonly bootstrapKeys: readonly BootstrapKey[];
}): Credentials {
  const { store, directory, sealer } = ports;
  const cache = boundedCache<{ epoch: number; account: AccountId; key: LongTermKey }>(10_000);
  const given = new Map(ports.bootstrapKeys.map((key) => [key.accessKeyId, key]));

  function bootstrap(accessKeyId: string): Credential | undefined {
    const key = given.get(accessKeyId);
    if (key !== undefined) return rootCredential(key.account, accessKeyId, key.secretAccessKey);
    const account = ports.wellKnownKeys ? wellKnownAccount(accessKeyId) : undefined;
    return account === undefined ? undefined : rootCredential(account, accessKeyId, "test");
  }

  return {
    async find(signature, now) {
      const { accessKeyId, sessionToken } = signature;
      if (accessKeyId.startsWith("ASIA")) {
        if (sessionToken === undefined) throw invalid();
        return openSession(sessionToken, accessKeyId, sealer, now);
      }
      const known = bootstrap(accessKeyId);
      if (known !== undefined) return known;
      const cached = cache.get(accessKeyId);
      if (cached !== undefined && cached.epoch === (await store.epoch(cached.account)))
        return usable(cached.key);
      const account = accountOf(await directory.accessKey(store.rows, accessKeyId));
      if (account === undefined) throw invalid();
      // INVARIANT: the epoch is read before the key that is kept, so a cached key is never older than its epoch.
      const epoch = await store.epoch(account);
      const key = await directory.accessKey(store.rows, accessKeyId);
      if (key === undefined) throw invalid();
      cache.set(accessKeyId, { epoch, account, key });
      return usable(key);
    },
  };
}

function usable(key: LongTermKey): Credential {
  if (!key.active) throw invalid();
  return { secretAccessKey: key.secretAccessKey, principal: key.principal };
}

function accountOf(key: LongTermKey | undefined): AccountId | undefined {
  return key === undefined || key.principal.type === "Anonymous" ? undefined : key.principal.account;
}

function rootCredential(account: AccountId, accessKeyId: string, secretAccessKey: string): Credential {
  return { secretAccessKey, principal: { type: "Root", account, arn: rootArn(account), accessKeyId } };
}
