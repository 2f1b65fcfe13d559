import { isDigest } from "../../../kernel/digest.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { imagesAmong } from "../images/images.ts";
import { type Manifest, manifestDigest, readManifest, requiredLayers } from "../images/manifest.ts";
import { linksAmong } from "../layers/layers.ts";
import { columnsOf, type Repository } from "../repositories/repository.ts";
import type { EcrTables, ImageRow } from "../store.ts";
import type { Problem } from "./report.ts";

/** Images read at once: each may have a manifest of 4 MiB. */
const page = 20;

/** What a repository's rows say of each other, and how many there are. */
export interface RowCheck {
  readonly images: number;
  readonly links: number;
  readonly unusedLinks: number;
  readonly problems: readonly Problem[];
}

/** Checks manifests, references, tags and links of a repository against each other. Reads a page at a time. */
export async function checkRows(rows: Rows, repository: Repository): Promise<RowCheck> {
  const problems: Problem[] = [];
  let images = 0;
  let after = "";
  for (let full = true; full; ) {
    const some = await imagePage(rows, repository, after);
    problems.push(...(await checkImages(rows, repository, some)));
    images += some.length;
    after = some.at(-1)?.digest ?? after;
    full = some.length === page;
  }
  problems.push(...(await withoutImage(rows, repository)), ...(await misjudgedLinks(rows, repository)));
  return { images, ...(await countLinks(rows, repository)), problems };
}

type StoredImage = Pick<ImageRow, "digest" | "media_type" | "manifest">;

function imagePage(rows: Rows, repository: Repository, after: string): Promise<readonly StoredImage[]> {
  return rows
    .tables<EcrTables>()
    .selectFrom("ecr_image")
    .select(["digest", "media_type", "manifest"])
    .where((row) => row.and(columnsOf(repository)))
    .where("digest", ">", after)
    .orderBy("digest")
    .limit(page)
    .execute();
}

async function checkImages(
  rows: Rows,
  repository: Repository,
  images: readonly StoredImage[],
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const at = placeOf(repository);
  const found = await referencesOf(rows, repository, images);
  for (const image of images) {
    const tell = (kind: Problem["kind"], detail: string) =>
      problems.push({ kind, repository: at, subject: image.digest, detail });
    const manifest = readStored(image);
    if (typeof manifest === "string") {
      tell("manifest-damaged", manifest);
      continue;
    }
    const layers = requiredLayers(manifest).map(({ digest }) => digest);
    const children = manifest.children.map(({ digest }) => digest);
    const subject = manifest.subject === undefined ? [] : [manifest.subject.digest];
    const wanted = new Set([
      ...layers.map((digest) => `layer ${digest}`),
      ...children.map((digest) => `child ${digest}`),
      ...subject.map((digest) => `subject ${digest}`),
    ]);
    const there = found.get(image.digest) ?? new Set<string>();
    const lost = [...wanted].filter((one) => !there.has(one));
    const extra = [...there].filter((one) => !wanted.has(one));
    if (lost.length > 0) tell("references-wrong", `not noted: ${lost.join(", ")}`);
    if (extra.length > 0) tell("references-wrong", `noted, but not in the manifest: ${extra.join(", ")}`);

    const links = await linksAmong(rows, repository, layers);
    for (const digest of layers.filter((layer) => !links.has(layer))) tell("layer-not-linked", digest);
    const listed = await imagesAmong(rows, repository, children);
    for (const digest of children.filter((child) => !listed.has(child))) tell("image-missing", digest);
  }
  return problems;
}

/** The manifest, or what is wrong with it. */
function readStored({ digest, media_type, manifest }: StoredImage): Manifest | string {
  const actual = manifestDigest(manifest, isDigest(digest) ? digest : undefined);
  if (actual !== digest) return `its bytes have the digest ${actual}`;
  try {
    return readManifest(manifest, media_type);
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.message;
  }
}

async function referencesOf(
  rows: Rows,
  repository: Repository,
  images: readonly StoredImage[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  if (images.length === 0) return found;
  const references = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_reference")
    .select(["digest", "kind", "target"])
    .where((row) => row.and(columnsOf(repository)))
    .where(
      "digest",
      "in",
      images.map(({ digest }) => digest),
    )
    .execute();
  for (const { digest, kind, target } of references) {
    const targets = found.get(digest) ?? new Set();
    found.set(digest, targets.add(`${kind} ${target}`));
  }
  return found;
}

/** Tags, references and replication statuses of images that are not there. */
async function withoutImage(rows: Rows, repository: Repository): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const { account, region, repository: name } = columnsOf(repository);
  for (const table of ["ecr_tag", "ecr_reference", "ecr_replication_status"] as const) {
    const strays = await rows
      .tables<EcrTables>()
      .selectFrom(table)
      .select("digest")
      .distinct()
      .where((row) => row.and(columnsOf(repository)))
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom("ecr_image")
              .select("ecr_image.digest")
              .where("ecr_image.account", "=", account)
              .where("ecr_image.region", "=", region)
              .where("ecr_image.repository", "=", name)
              .whereRef("ecr_image.digest", "=", `${table}.digest`),
          ),
        ),
      )
      .execute();
    for (const { digest } of strays) {
      problems.push({
        kind: "without-image",
        repository: placeOf(repository),
        subject: digest,
        detail: `${table} names it, and it is not there`,
      });
    }
  }
  return problems;
}

/** Links that are kept for no image, or that the collector could take from one. */
async function misjudgedLinks(rows: Rows, repository: Repository): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const { account, region, repository: name } = columnsOf(repository);
  for (const referenced of [0, 1] as const) {
    const links = await rows
      .tables<EcrTables>()
      .selectFrom("ecr_layer_link")
      .select("digest")
      .where((row) => row.and(columnsOf(repository)))
      .where("referenced", "=", referenced)
      .where((where) => {
        const named = where.exists(
          where
            .selectFrom("ecr_reference")
            .select("ecr_reference.digest")
            .where("ecr_reference.account", "=", account)
            .where("ecr_reference.region", "=", region)
            .where("ecr_reference.repository", "=", name)
            .where("ecr_reference.kind", "=", "layer")
            .whereRef("ecr_reference.target", "=", "ecr_layer_link.digest"),
        );
        return referenced === 1 ? where.not(named) : named;
      })
      .execute();
    const detail = referenced === 1 ? "kept for an image, but none names it" : "an image names it unnoticed";
    for (const { digest } of links) {
      problems.push({ kind: "link-misjudged", repository: placeOf(repository), subject: digest, detail });
    }
  }
  return problems;
}

async function countLinks(
  rows: Rows,
  repository: Repository,
): Promise<Pick<RowCheck, "links" | "unusedLinks">> {
  const counts = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_layer_link")
    .select((select) => ["referenced", select.fn.countAll<number>().as("count")])
    .where((row) => row.and(columnsOf(repository)))
    .groupBy("referenced")
    .execute();
  const of = (flag: 0 | 1) => Number(counts.find(({ referenced }) => referenced === flag)?.count ?? 0);
  return { links: of(0) + of(1), unusedLinks: of(0) };
}

/** Rows of repositories that are not there. */
export async function withoutRepository(rows: Rows): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const tables = [
    "ecr_image",
    "ecr_tag",
    "ecr_reference",
    "ecr_layer_link",
    "ecr_replication_status",
  ] as const;
  for (const table of tables) {
    const strays = await rows
      .tables<EcrTables>()
      .selectFrom(table)
      .select(["account", "region", "repository", (select) => select.fn.countAll<number>().as("count")])
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom("ecr_repository")
              .select("ecr_repository.name")
              .whereRef("ecr_repository.account", "=", `${table}.account`)
              .whereRef("ecr_repository.region", "=", `${table}.region`)
              .whereRef("ecr_repository.name", "=", `${table}.repository`),
          ),
        ),
      )
      .groupBy(["account", "region", "repository"])
      .execute();
    for (const { account, region, repository, count } of strays) {
      problems.push({
        kind: "without-repository",
        repository: `${account}.${region}/${repository}`,
        subject: table,
        detail: `${count} rows`,
      });
    }
  }
  return problems;
}

/** How a problem names a repository. */
export function placeOf({ account, region, name }: Pick<Repository, "account" | "region" | "name">): string {
  return `${account}.${region}/${name}`;
}
