import type * as ecr from "@aws-sdk/client-ecr";
import { day } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RepositoryKey } from "../arn.ts";
import type { ImageName } from "../faults.ts";
import { chunks } from "../images/images.ts";
import type { Manifest } from "../images/manifest.ts";
import type { RegistryScope } from "../ports.ts";
import { columnsOf, type Repository } from "../repositories/repository.ts";
import { findScanningRules, scansOnPush } from "./configuration.ts";
import type { ScanRow, ScanTables } from "./store.ts";

/** The queue of the scan loop. */
export const scanQueue = "ecr.scan";

/** One image to be scanned. */
export interface ScanJob {
  readonly repositoryName: string;
  readonly digest: string;
  /** Epoch ms: which request it answers. */
  readonly requestedAt: number;
}

const configTypes = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

/** Whether a manifest is of a container image: no index, no artifact, no signature in the form of an image. */
export function isScannable({ config, layers }: Manifest): boolean {
  return (
    config !== undefined &&
    configTypes.has(config.mediaType) &&
    layers.every(({ mediaType }) => /\.tar(?:[.+](?:gzip|zstd))?$/.test(mediaType))
  );
}

/** The last scan of an image, or `undefined`. */
export async function findScan(
  rows: Rows,
  repository: RepositoryKey,
  digest: string,
): Promise<ScanRow | undefined> {
  return (await scansByDigest(rows, repository, [digest])).get(digest);
}

/** The last scans of images. */
export async function scansByDigest(
  rows: Rows,
  repository: RepositoryKey,
  digests: readonly string[],
): Promise<ReadonlyMap<string, ScanRow>> {
  const scans = new Map<string, ScanRow>();
  for (const some of chunks(digests)) {
    const found = await rows
      .tables<ScanTables>()
      .selectFrom("ecr_scan")
      .selectAll()
      .where((row) => row.and(columnsOf(repository)))
      .where("digest", "in", some)
      .execute();
    for (const scan of found) scans.set(scan.digest, scan);
  }
  return scans;
}

/** AWS: once an image in 24 hours, scan on push included (User Guide, "Scan images for OS vulnerabilities"). */
const scanEvery = day;

/**
 * Throws `LimitExceededException` when the image was scanned within a day. A scan for which there was no data does not
 * count: the operator installs some, and asks again.
 */
export function checkScanQuota(last: ScanRow | undefined, now: number): void {
  if (last === undefined || last.status === "FINDINGS_UNAVAILABLE" || last.status === "LIMIT_EXCEEDED")
    return;
  if (now - last.requested_at >= scanEvery) return;
  throw new Fault(
    "LimitExceededException",
    "The scan quota per image has been exceeded. Wait and try again.",
  );
}

/** AWS: basic scans of a registry in 24 hours (General Reference, "Amazon ECR service quotas"). */
export const mostScans = 100_000;

/**
 * How many scans a registry has had within a day, those under way included. Those that have not begun do not count, nor
 * those that found no data. Asked outside of transactions: it reads as many rows as there are scans.
 * @param now epoch ms.
 */
export async function scansOfDay(
  rows: Rows,
  { account, region }: RegistryScope,
  now: number,
): Promise<number> {
  const { scans } = await rows
    .tables<ScanTables>()
    .selectFrom("ecr_scan")
    .select((select) => select.fn.countAll<number>().as("scans"))
    .where("account", "=", account)
    .where("region", "=", region)
    .where("requested_at", ">", now - scanEvery)
    .where("status", "in", ["IN_PROGRESS", "COMPLETE", "FAILED"])
    .executeTakeFirstOrThrow();
  return Number(scans);
}

/** Has an image scanned, in place of what was known of it. `now` is epoch ms. */
export async function requestScan(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  now: number,
): Promise<ScanRow> {
  const image = { ...columnsOf(repository), digest };
  const scan: ScanRow = {
    ...image,
    status: "PENDING",
    description: "The scan has not begun yet.",
    requested_at: now,
    completed_at: null,
    source_updated_at: null,
    severities: "{}",
  };
  const tables = tx.tables<ScanTables>();
  await tables
    .deleteFrom("ecr_scan_finding")
    .where((row) => row.and(image))
    .execute();
  await tables
    .insertInto("ecr_scan")
    .values(scan)
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "repository", "digest"]).doUpdateSet(scan),
    )
    .execute();
  const { account, region, name } = repository;
  const payload: ScanJob = { repositoryName: name, digest, requestedAt: now };
  await tx.enqueue({
    queue: scanQueue,
    key: [account, region, name, digest, now].join(" "),
    account,
    region,
    payload,
  });
  return scan;
}

/** Has an image that has just arrived scanned, where its repository or a rule of the registry says so. */
export async function scanArrived(
  tx: Tx,
  repository: RepositoryKey & Pick<Repository, "scanOnPush">,
  { manifest, digest }: { readonly manifest: Manifest; readonly digest: string },
  now: number,
): Promise<void> {
  if (!isScannable(manifest) || !scansOnPush(await findScanningRules(tx, repository), repository)) return;
  await requestScan(tx, repository, digest, now);
}

/** The state of a scan as the API answers it. */
export function describeScanStatus({ status, description }: ScanRow): ecr.ImageScanStatus {
  return { status, description };
}

/** What a scan found, in numbers; `undefined` while it has not found anything out. */
export function describeScanSummary(scan: ScanRow): ecr.ImageScanFindingsSummary | undefined {
  if (scan.status !== "COMPLETE" || scan.completed_at === null) return undefined;
  return {
    imageScanCompletedAt: new Date(scan.completed_at),
    vulnerabilitySourceUpdatedAt: new Date(scan.source_updated_at ?? 0),
    findingSeverityCounts: JSON.parse(scan.severities) as Partial<Record<ecr.FindingSeverity, number>>,
  };
}

export function scanNotFound({ name, account }: RepositoryKey, image: ImageName): Fault {
  const id = `{imageDigest:'${image.imageDigest ?? "null"}', imageTag:'${image.imageTag ?? "null"}'}`;
  return new Fault(
    "ScanNotFoundException",
    `Image scan does not exist for the image with '${id}' in the repository with name '${name}' in the registry with id '${account}'`,
  );
}
