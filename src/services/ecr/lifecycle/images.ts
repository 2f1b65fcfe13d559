import type { Rows } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import { columnsOf } from "../repositories/repository.ts";
import type { EcrTables } from "../store.ts";
import type { LifecycleImage } from "./plan.ts";

/** All images of a repository as a lifecycle policy looks at them: three queries, whatever their number. */
export async function lifecycleImages(
  rows: Rows,
  repository: RepositoryKey,
): Promise<readonly LifecycleImage[]> {
  const tables = rows.tables<EcrTables>();
  const images = await tables
    .selectFrom("ecr_image")
    .select(["digest", "pushed_at", "last_pulled_at", "status", "archived_at", "activated_at"])
    .where((row) => row.and(columnsOf(repository)))
    .orderBy("digest")
    .execute();
  const tags = await tables
    .selectFrom("ecr_tag")
    .select(["digest", "tag"])
    .where((row) => row.and(columnsOf(repository)))
    .orderBy("tag")
    .execute();
  const references = await tables
    .selectFrom("ecr_reference")
    .select(["digest", "kind", "target"])
    .where((row) => row.and(columnsOf(repository)))
    .where("kind", "in", ["child", "subject"])
    .execute();

  const tagsOf = gathered(tags.map(({ digest, tag }) => [digest, tag]));
  const ofKind = (kind: "child" | "subject") => references.filter((reference) => reference.kind === kind);
  const indexesOf = gathered(ofKind("child").map(({ digest, target }) => [target, digest]));
  const subjectOf = new Map(ofKind("subject").map(({ digest, target }) => [digest, target]));
  return images.map((image) => ({
    digest: image.digest,
    tags: tagsOf.get(image.digest) ?? [],
    pushedAt: image.pushed_at,
    pulledAt: image.last_pulled_at ?? undefined,
    activatedAt: image.activated_at ?? undefined,
    archivedAt: image.status === "ARCHIVED" ? (image.archived_at ?? image.pushed_at) : undefined,
    indexes: indexesOf.get(image.digest) ?? [],
    subject: subjectOf.get(image.digest),
  }));
}

function gathered(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, string[]>();
  for (const [key, value] of pairs) {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [value]);
    else list.push(value);
  }
  return lists;
}
