import {
  DescribeImageScanFindingsCommand,
  ECRClient,
  type ImageScanFinding,
  type ImageScanStatus,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import Badge from "@cloudscape-design/components/badge";
import Link from "@cloudscape-design/components/link";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { shownTime } from "../parts/time.tsx";

interface Findings {
  readonly status: ImageScanStatus | undefined;
  readonly scannedAt: Date | undefined;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly ImageScanFinding[];
}

/** Findings that are read of one image. */
const most = 5_000;

const columns: readonly Column<ImageScanFinding>[] = [
  {
    id: "name",
    header: "Name",
    value: (one) => one.name,
    cell: (one) =>
      /^https:\/\//.test(one.uri ?? "") ? (
        <Link href={one.uri} external externalIconAriaLabel="opens elsewhere">
          {one.name}
        </Link>
      ) : (
        one.name
      ),
  },
  textColumn("Severity", (one) => one.severity),
  textColumn("Package", (one) => attribute(one, "package_name")),
  textColumn("Version", (one) => attribute(one, "package_version")),
  textColumn("Description", (one) => one.description, { minWidth: 240 }),
];

/** What the scan of an image found, and when; it can be asked for again. */
export function ScanFindings({
  repository,
  digest,
}: {
  readonly repository: string;
  readonly digest: string;
}) {
  const ecr = useClient(ECRClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const query = useQuery(() => findingsOf(ecr, repository, digest), [ecr, repository, digest], {
    every: 10_000,
  });

  async function scan(): Promise<void> {
    const command = new StartImageScanCommand({
      repositoryName: repository,
      imageId: { imageDigest: digest },
    });
    await run(() => ecr.send(command), "The scan has begun.");
    query.reload();
  }

  return (
    <ResourceTable
      title="Findings"
      name="ecr.findings"
      embedded
      description={<Summary found={query.value} />}
      query={{ ...query, value: query.value?.findings }}
      columns={columns}
      idOf={(one) => `${one.name} ${attribute(one, "package_name")} ${attribute(one, "package_version")}`}
      empty="No findings, or not scanned"
      actions={() => (
        <ActionButton
          needs={[{ action: "ecr:StartImageScan", resource: arnOf("ecr", `repository/${repository}`) }]}
          loading={busy}
          onClick={() => void scan()}
        >
          Scan
        </ActionButton>
      )}
    />
  );
}

function Summary({ found }: { readonly found: Findings | undefined }) {
  if (found?.status === undefined) return <>Not scanned</>;
  const { status, scannedAt, counts } = found;
  return (
    <>
      {status.status} {status.description} {scannedAt !== undefined && shownTime(scannedAt)}{" "}
      {Object.entries(counts).map(([severity, count]) => (
        <span key={severity}>
          <Badge color={severity === "CRITICAL" || severity === "HIGH" ? "severity-high" : "grey"}>
            {severity} {count}
          </Badge>{" "}
        </span>
      ))}
    </>
  );
}

async function findingsOf(ecr: ECRClient, repositoryName: string, imageDigest: string): Promise<Findings> {
  const found: ImageScanFinding[] = [];
  let nextToken: string | undefined;
  for (;;) {
    try {
      const page = await ecr.send(
        new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest }, nextToken }),
      );
      found.push(...(page.imageScanFindings?.findings ?? []));
      nextToken = page.nextToken;
      if (nextToken !== undefined && found.length < most) continue;
      return {
        status: page.imageScanStatus,
        scannedAt: page.imageScanFindings?.imageScanCompletedAt,
        counts: page.imageScanFindings?.findingSeverityCounts ?? {},
        findings: found,
      };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ScanNotFoundException") throw error;
      return { status: undefined, scannedAt: undefined, counts: {}, findings: [] };
    }
  }
}

function attribute({ attributes }: ImageScanFinding, key: string): string | undefined {
  return attributes?.find((one) => one.key === key)?.value;
}
