import type { AccountId, Digest, Region } from "../kernel/brand.ts";
import { isDigest } from "../kernel/digest.ts";
import { Fault } from "../kernel/fault.ts";
import { type AdminRoutes, membersOf, text } from "./site-routes.ts";

/** Hashes a layer of any repository, as the composition root binds it. */
export type HashLayer = (layer: {
  readonly account: AccountId;
  readonly region: Region;
  readonly repositoryName: string;
  readonly vault: string;
  readonly digest: Digest;
}) => Promise<{ readonly size: number; readonly digest: string }>;

/** What `roadstead registry verify` asks of the Roadstead that serves: the bytes of layers under KMS keys. */
export function verificationRoutes(hashLayer: HashLayer): AdminRoutes {
  return {
    "POST /_roadstead/registry/hash-layer": async (body) => {
      const members = membersOf(body);
      const digest = text(members, "digest");
      if (!isDigest(digest)) throw new Fault("ValidationException", "digest: a digest", { status: 400 });
      const found = await hashLayer({
        account: text(members, "account") as AccountId,
        region: text(members, "region") as Region,
        repositoryName: text(members, "repositoryName"),
        vault: text(members, "vault"),
        digest,
      });
      return { size: found.size, digest: found.digest };
    },
  };
}
