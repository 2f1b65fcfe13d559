import type * as ecr from "@aws-sdk/client-ecr";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import { type RepositoryKey, repositoryOf } from "../arn.ts";
import { emitImageScan } from "../events.ts";
import { chunks, findManifest } from "../images/images.ts";
import { tagsByDigest } from "../images/list-images.ts";
import { type Descriptor, readManifest } from "../images/manifest.ts";
import { isForeignLayer } from "../images/media-type.ts";
import { ecrPrincipal } from "../lifecycle/jobs.ts";
import type { EcrPorts } from "../ports.ts";
import { columnsOf, findRepository } from "../repositories/repository.ts";
import type { ScannedVulnerability, ScanReport } from "./scanner.ts";
import { findScan, mostScans, type ScanJob, scansOfDay } from "./scans.ts";
import type { ScanTables } from "./store.ts";

interface ImageInput {
  readonly repositoryName: string;
  readonly digest: string;
}

interface SettleInput {
  readonly job: Job;
  readonly report: ScanReport;
}

/** ECR's own work on scans: only ECR may ask for it, so there is no policy to ask. */
export interface ScanOperations {
  /** Notes that a scan has begun. */
  readonly begin: InternalOperation<{ readonly job: Job }, unknown, void>;
  /** Reads the image's layers and finds out what is known of its packages. Takes as long as reading them does. */
  readonly inspect: InternalOperation<ImageInput, never, ScanReport>;
  /** Ends the job in one transaction with what the scan found; false when it is somebody else's by now. */
  readonly settle: InternalOperation<SettleInput, unknown, boolean>;
}

/** What scans need. */
export interface ScanPorts extends Pick<EcrPorts, "jobs" | "scanner"> {
  readonly repositoryBlobs: Pick<EcrPorts["repositoryBlobs"], "of">;
}

export function createScanOperations(ports: ScanPorts): ScanOperations {
  const own = { service: "ecr", onlyFor: ecrPrincipal, unrecorded: true, authorise: () => [] } as const;
  return {
    begin: {
      ...own,
      name: "BeginImageScan",
      async commit(tx, ctx, { job }) {
        const { repositoryName, digest, requestedAt } = job.payload as ScanJob;
        const repository = repositoryOf({ repositoryName }, ctx);
        await changeScan(tx, repository, digest, requestedAt, {
          status: "IN_PROGRESS",
          description: "The scan is in progress.",
        });
      },
    },
    inspect: {
      ...own,
      name: "InspectImage",
      async read(ctx, { repositoryName, digest }) {
        const { scanner, repositoryBlobs } = ports;
        // This scan has begun, so it counts.
        if ((await scansOfDay(ctx.rows, ctx, ctx.now)) > mostScans) {
          return { status: "LIMIT_EXCEEDED", description: "The scan quota per registry has been exceeded." };
        }
        if (scanner === undefined) return failed("Nothing here reads images.");
        const repository = await findRepository(ctx.rows, repositoryOf({ repositoryName }, ctx));
        const layers = repository && (await layersOf(ctx.rows, repository, digest));
        if (repository === undefined || layers === undefined)
          return failed("The image is archived or was deleted.");
        const blobs = await repositoryBlobs.of(repository);
        return scanner.scan(layers, (layer) => blobs.read(layer));
      },
    },
    settle: {
      ...own,
      name: "SettleImageScan",
      async commit(tx, ctx, { job, report }) {
        if (!(await ports.jobs.finish(tx, job))) return false;
        const { repositoryName, digest, requestedAt } = job.payload as ScanJob;
        const repository = repositoryOf({ repositoryName }, ctx);
        // The image may be gone, or a newer scan may have been asked for.
        const scan = await findScan(tx, repository, digest);
        if (scan?.requested_at !== requestedAt) return true;
        const findings = report.status === "COMPLETE" ? report.findings : [];
        const severityCounts = countSeverities(findings);
        await changeScan(tx, repository, digest, requestedAt, {
          status: report.status,
          description:
            report.status === "COMPLETE" ? "The scan was completed successfully." : report.description,
          completed_at: ctx.now,
          source_updated_at: report.status === "COMPLETE" ? report.sourceUpdatedAt : null,
          severities: JSON.stringify(severityCounts),
        });
        await insertFindings(tx, repository, digest, findings);
        const imageTags = (await tagsByDigest(tx, repository, [digest])).get(digest) ?? [];
        const status = report.status === "COMPLETE" ? "COMPLETE" : "FAILED";
        const scanned = { imageDigest: digest, imageTags, status, severityCounts } as const;
        await emitImageScan(tx, job.id, repository, scanned, ctx.now);
        return true;
      },
    },
  };
}

function failed(description: string): ScanReport {
  return { status: "FAILED", description };
}

/** The layers that are here of an image that can be pulled, from the lowest up. */
async function layersOf(
  rows: Rows,
  repository: RepositoryKey,
  digest: string,
): Promise<readonly Descriptor[] | undefined> {
  const image = await findManifest(rows, repository, { imageDigest: digest });
  if (image?.status !== "ACTIVE") return undefined;
  const { layers } = readManifest(image.manifest, image.media_type);
  return layers.filter(({ mediaType }) => !isForeignLayer(mediaType));
}

async function changeScan(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  requestedAt: number,
  change: Partial<ScanTables["ecr_scan"]>,
): Promise<void> {
  await tx
    .tables<ScanTables>()
    .updateTable("ecr_scan")
    .set(change)
    .where((row) => row.and({ ...columnsOf(repository), digest, requested_at: requestedAt }))
    .execute();
}

async function insertFindings(
  tx: Tx,
  repository: RepositoryKey,
  digest: string,
  findings: readonly ScannedVulnerability[],
): Promise<void> {
  const rows = findings.map((finding, place) => ({
    ...columnsOf(repository),
    digest,
    place,
    document: JSON.stringify(imageScanFinding(finding)),
  }));
  for (const some of chunks(rows)) {
    await tx.tables<ScanTables>().insertInto("ecr_scan_finding").values(some).execute();
  }
}

/** A finding as the API answers it; the attributes are named as AWS's basic scanning names them. */
function imageScanFinding({ cvss, packageName, packageVersion, ...finding }: ScannedVulnerability) {
  const attributes: ecr.Attribute[] = [
    { key: "package_version", value: packageVersion },
    { key: "package_name", value: packageName },
  ];
  if (cvss !== undefined) {
    attributes.push(
      { key: "CVSS3_SCORE", value: String(cvss.score) },
      { key: "CVSS3_VECTOR", value: cvss.vector },
    );
  }
  return { ...finding, attributes } satisfies ecr.ImageScanFinding;
}

function countSeverities(findings: readonly ScannedVulnerability[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}
