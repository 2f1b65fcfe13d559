import type { Rows } from "../../../store/types.ts";
import { replicationPrincipal } from "../replication/job.ts";
import {
  checkAuthority,
  checkRegion,
  invalid,
  notFound,
  type RemoteRegion,
  readSiteUrl,
  type SiteOperations,
  type SitePorts,
} from "../sites/sites.ts";
import type { RemoteRegionRow, SiteTables } from "../sites/store.ts";

/** What the other site's key is sealed for. */
const purpose = "site-key";

/** The operator's commands about regions. Their permission is the admin route's. */
const common = { service: "ecr", onlyFor: replicationPrincipal, authorise: () => [] } as const;

type Regions = "addRemoteRegion" | "removeRemoteRegion" | "listRemoteRegions" | "findRemoteRegion";

/** Which regions are served by other sites. */
export const regionOperations = ({ sealer }: SitePorts): Pick<SiteOperations, Regions> => ({
  addRemoteRegion: {
    ...common,
    name: "AddRemoteRegion",
    describe: ({ region, url }) => ({ region, url }),
    async commit(tx, ctx, input): Promise<RemoteRegion> {
      checkRegion(input.region);
      const url = readSiteUrl(input.url, input.allowPlainHttp === true);
      if (!/^rsk_[0-9a-f-]{36}_[\w-]{43}$/.test(input.key)) {
        throw invalid("key", "must be one that `roadstead regions issue-key` printed at the other site");
      }
      if (input.ca !== undefined) checkAuthority(input.ca);
      const columns = {
        url,
        sealed_key: sealer.seal(purpose, input.key),
        ca: input.ca ?? null,
        added_at: ctx.now,
      };
      await tx
        .tables<SiteTables>()
        .insertInto("ecr_remote_region")
        .values({ region: input.region, ...columns })
        .onConflict((conflict) => conflict.column("region").doUpdateSet(columns))
        .execute();
      return described({ region: input.region, ...columns });
    },
  },
  removeRemoteRegion: {
    ...common,
    name: "RemoveRemoteRegion",
    describe: ({ region }) => ({ region }),
    async commit(tx, _ctx, { region }): Promise<void> {
      const removed = await tx
        .tables<SiteTables>()
        .deleteFrom("ecr_remote_region")
        .where("region", "=", region)
        .returning("region")
        .executeTakeFirst();
      if (removed === undefined) throw notFound(`${region} is served by no other site`);
    },
  },
  listRemoteRegions: {
    ...common,
    name: "ListRemoteRegions",
    async read(ctx) {
      const found = await ctx.rows
        .tables<SiteTables>()
        .selectFrom("ecr_remote_region")
        .selectAll()
        .orderBy("region")
        .execute();
      return found.map(described);
    },
  },
  findRemoteRegion: {
    ...common,
    name: "FindRemoteRegion",
    unrecorded: true,
    async read(ctx, { region }) {
      const row = await remoteRegion(ctx.rows, region);
      if (row === undefined) return undefined;
      const key = sealer.open(purpose, row.sealed_key);
      if (key === undefined)
        throw new Error(`the key of the site of ${region} was sealed with another key file`);
      return { url: row.url, key, ca: row.ca ?? undefined };
    },
  },
});

async function remoteRegion(rows: Rows, region: string): Promise<RemoteRegionRow | undefined> {
  return await rows
    .tables<SiteTables>()
    .selectFrom("ecr_remote_region")
    .selectAll()
    .where("region", "=", region)
    .executeTakeFirst();
}

function described(row: RemoteRegionRow): RemoteRegion {
  return { region: row.region, url: row.url, ownAuthority: row.ca !== null, addedAt: row.added_at };
}
