import { createHash, timingSafeEqual } from "node:crypto";
import { uuid } from "../../../kernel/ids.ts";
import { replicationPrincipal } from "../replication/job.ts";
import {
  checkAccounts,
  type IssuedSiteKey,
  invalid,
  notFound,
  type SiteKey,
  type SiteOperations,
} from "../sites/sites.ts";
import type { SiteKeyRow, SiteTables } from "../sites/store.ts";

/** Bytes of a key's secret. */
const secretSize = 32;

/** The operator's commands about keys. Their permission is the admin route's. */
const common = { service: "ecr", onlyFor: replicationPrincipal, authorise: () => [] } as const;

type Keys = "issueSiteKey" | "revokeSiteKey" | "listSiteKeys" | "openSiteKey";

/** The keys by which other sites are known here. */
export const keyOperations: Pick<SiteOperations, Keys> = {
  issueSiteKey: {
    ...common,
    name: "IssueSiteKey",
    describe: ({ name, accounts }) => ({ name, accounts: [...accounts] }),
    async prepare(ctx, { name, accounts }) {
      checkAccounts(accounts);
      if (!/^[\w.-]{1,64}$/.test(name)) throw invalid("name", "must be 1 to 64 letters, digits or ._-");
      return { id: uuid(ctx.random), secret: ctx.random.bytes(secretSize).toString("base64url") };
    },
    async commit(tx, ctx, { name, accounts }, prepared): Promise<IssuedSiteKey> {
      const { id, secret } = prepared as { readonly id: string; readonly secret: string };
      const row: SiteKeyRow = {
        id,
        name,
        secret_hash: hashed(secret),
        accounts: JSON.stringify([...new Set(accounts)]),
        issued_at: ctx.now,
        revoked_at: null,
      };
      await tx.tables<SiteTables>().insertInto("ecr_site_key").values(row).execute();
      return { ...described(row), key: `rsk_${id}_${secret}` };
    },
  },
  revokeSiteKey: {
    ...common,
    name: "RevokeSiteKey",
    describe: ({ id }) => ({ id }),
    async commit(tx, ctx, { id }): Promise<void> {
      const revoked = await tx
        .tables<SiteTables>()
        .updateTable("ecr_site_key")
        .set({ revoked_at: ctx.now })
        .where("id", "=", id)
        .where("revoked_at", "is", null)
        .returning("id")
        .executeTakeFirst();
      if (revoked === undefined) throw notFound(`no valid key has the id ${id}`);
    },
  },
  listSiteKeys: {
    ...common,
    name: "ListSiteKeys",
    async read(ctx) {
      const found = await ctx.rows
        .tables<SiteTables>()
        .selectFrom("ecr_site_key")
        .selectAll()
        .orderBy("issued_at")
        .orderBy("id")
        .execute();
      return found.map(described);
    },
  },
  openSiteKey: {
    ...common,
    name: "OpenSiteKey",
    unrecorded: true,
    async read(ctx, { key }) {
      const [, id = "", secret = ""] = /^rsk_([0-9a-f-]{36})_([\w-]{43})$/.exec(key) ?? [];
      const row = await ctx.rows
        .tables<SiteTables>()
        .selectFrom("ecr_site_key")
        .selectAll()
        .where("id", "=", id)
        .where("revoked_at", "is", null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const same = timingSafeEqual(Buffer.from(hashed(secret)), Buffer.from(row.secret_hash));
      return same ? described(row) : undefined;
    },
  },
};

/** The secret has 256 random bits: a plain digest of it tells nothing. */
function hashed(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function described(row: SiteKeyRow): SiteKey {
  return {
    id: row.id,
    name: row.name,
    accounts: JSON.parse(row.accounts) as string[],
    issuedAt: row.issued_at,
    revokedAt: row.revoked_at ?? undefined,
  };
}
