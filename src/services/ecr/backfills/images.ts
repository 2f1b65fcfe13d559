import type { Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { RegistryScope } from "../ports.ts";
import { findRegistry } from "../registry.ts";
import { replicationDestinations } from "../replication/rules.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";
import type { BackfillItemRow } from "./store.ts";

/** How far the search for images has come: behind a repository, or behind an image of it. */
export interface BackfillCursor {
  readonly repository?: string;
  readonly digest?: string;
}

/** Images, and repositories, that one step of the search looks at. */
const imagesAtOnce = 100;
const repositoriesAtOnce = 500;

type Found = Pick<BackfillItemRow, "repository" | "digest" | "tag">;

/**
 * The next images of a registry that its rules send to the destination: each with each of its tags, or once without.
 * An image without tags that an index lists comes with the index; an archived one cannot be copied.
 * @returns no `next` when these were the last.
 */
export async function backfillPage(
  rows: Rows,
  registry: RegistryScope,
  destination: RegistryScope,
  cursor: BackfillCursor,
): Promise<{ readonly found: readonly Found[]; readonly next?: BackfillCursor }> {
  const { replication } = await findRegistry(rows, registry);
  const names = await repositoryNames(rows, registry, cursor);
  const qualifies = (name: string): boolean =>
    replicationDestinations(replication, registry, name).some(
      ({ account, region }) => account === destination.account && region === destination.region,
    );
  const name = names.find(qualifies);
  if (name === undefined) {
    const last = names[names.length - 1];
    return names.length < repositoriesAtOnce || last === undefined
      ? { found: [] }
      : { found: [], next: { repository: last } };
  }
  const repository = { ...registry, name };
  const after = name === cursor.repository ? (cursor.digest ?? "") : "";
  const digests = await imageDigests(rows, repository, after);
  const found = digests.length === 0 ? [] : await withTags(rows, repository, digests);
  const last = digests[digests.length - 1];
  const more = digests.length === imagesAtOnce && last !== undefined;
  return { found, next: more ? { repository: name, digest: last } : { repository: name } };
}

/** Names behind the cursor; the cursor's own while it stands within its images. */
async function repositoryNames(
  rows: Rows,
  registry: RegistryScope,
  { repository = "", digest }: BackfillCursor,
): Promise<readonly string[]> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_repository")
    .select("name")
    .where("account", "=", registry.account)
    .where("region", "=", registry.region)
    .where("name", digest === undefined ? ">" : ">=", repository)
    .orderBy("name")
    .limit(repositoriesAtOnce)
    .execute();
  return found.map(({ name }) => name);
}

async function imageDigests(
  rows: Rows,
  repository: RepositoryKey,
  after: string,
): Promise<readonly string[]> {
  const found = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select("digest")
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", ">", after)
    .where("status", "=", "ACTIVE")
    .orderBy("digest")
    .limit(imagesAtOnce)
    .execute();
  return found.map(({ digest }) => digest);
}

async function withTags(
  rows: Rows,
  repository: RepositoryKey,
  digests: readonly string[],
): Promise<readonly Found[]> {
  const tables = rows.tables<EcrTables>();
  const tagged = await tables
    .selectFrom("ecr_tag")
    .select(["digest", "tag"])
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", "in", digests)
    .execute();
  const children = await tables
    .selectFrom("ecr_reference")
    .select("target")
    .distinct()
    .where((row) => row.and(columnsOf(repository)))
    .where("kind", "=", "child")
    .where("target", "in", digests)
    .execute();
  const covered = new Set([...tagged.map(({ digest }) => digest), ...children.map(({ target }) => target)]);
  const bare = digests.filter((digest) => !covered.has(digest)).map((digest) => ({ digest, tag: "" }));
  return [...tagged, ...bare].map((image) => ({ repository: repository.name, ...image }));
}
