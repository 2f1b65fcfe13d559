import {
  BatchGetImageCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
} from "@aws-sdk/client-ecr";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { shownBytes } from "../parts/bytes.ts";
import { CodeText, formatted } from "../parts/code-text.tsx";
import { Details } from "../parts/details.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";

const looks: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  COMPLETE: "success",
  FAILED: "error",
  IN_PROGRESS: "in-progress",
};

/** ECR → an image: its manifest and layers, where it is replicated to as it moves, and what the scan found. */
export function ImagePage() {
  const { name = "", digest = "" } = useParams();
  const ecr = useClient(ECRClient);
  const of = { repositoryName: name, imageId: { imageDigest: digest } };
  const query = useQuery(async () => {
    const [described, manifests] = await Promise.all([
      ecr.send(new DescribeImagesCommand({ repositoryName: name, imageIds: [of.imageId] })),
      ecr.send(new BatchGetImageCommand({ repositoryName: name, imageIds: [of.imageId] })),
    ]);
    return { image: described.imageDetails?.[0], manifest: manifests.images?.[0]?.imageManifest ?? "" };
  }, [ecr, name, digest]);
  const replication = useQuery(
    async () => (await ecr.send(new DescribeImageReplicationStatusCommand(of))).replicationStatuses ?? [],
    [ecr, name, digest],
    { every: 5_000 },
  );
  const findings = useQuery(async () => {
    try {
      const { imageScanFindings } = await ecr.send(new DescribeImageScanFindingsCommand(of));
      return imageScanFindings?.findings ?? [];
    } catch (error) {
      if (error instanceof Error && error.name === "ScanNotFoundException") return [];
      throw error;
    }
  }, [ecr, name, digest]);

  return (
    <ResourcePage
      title={query.value?.image?.imageTags?.join(", ") ?? digest}
      description={name}
      query={query}
    >
      {({ image, manifest }) => (
        <>
          <Details
            title="Image"
            facts={{
              Digest: digest,
              "Pushed at": shownTime(image?.imagePushedAt),
              Size: shownBytes(image?.imageSizeInBytes),
              "Manifest type": image?.imageManifestMediaType,
              "Artifact type": image?.artifactMediaType,
              "Last recorded pull": shownTime(image?.lastRecordedPullTime),
            }}
          />
          <TabsInAddress
            label="About the image"
            tabs={[
              {
                id: "replication",
                label: "Replication status",
                content: (
                  <PlainTable
                    title="Destinations"
                    empty="This image is not replicated"
                    items={replication.value ?? []}
                    columns={[
                      { id: "account", header: "Registry", cell: (one) => one.registryId },
                      { id: "region", header: "Region", cell: (one) => one.region },
                      {
                        id: "status",
                        header: "Status",
                        cell: (one) => (
                          <StatusIndicator type={looks[one.status ?? ""] ?? "pending"}>
                            {one.status} {one.failureCode}
                          </StatusIndicator>
                        ),
                      },
                    ]}
                  />
                ),
              },
              {
                id: "findings",
                label: "Scan findings",
                content: (
                  <PlainTable
                    title="Findings"
                    empty="No findings, or not scanned"
                    items={findings.value ?? []}
                    columns={[
                      { id: "name", header: "Name", cell: (one) => one.name },
                      { id: "severity", header: "Severity", cell: (one) => one.severity },
                      { id: "description", header: "Description", cell: (one) => one.description },
                    ]}
                  />
                ),
              },
              {
                id: "layers",
                label: "Layers",
                content: (
                  <PlainTable
                    title="Layers"
                    empty="It has no layers of its own"
                    items={layersOf(manifest)}
                    columns={[
                      { id: "digest", header: "Digest", cell: (layer) => layer.digest },
                      { id: "size", header: "Size", cell: (layer) => shownBytes(layer.size) },
                      { id: "type", header: "Media type", cell: (layer) => layer.mediaType },
                    ]}
                  />
                ),
              },
              {
                id: "manifest",
                label: "Manifest",
                content: <CodeText name="manifest" text={formatted(manifest)} />,
              },
            ]}
          />
        </>
      )}
    </ResourcePage>
  );
}

interface Layer {
  readonly digest?: string;
  readonly size?: number;
  readonly mediaType?: string;
}

function layersOf(manifest: string): readonly Layer[] {
  try {
    const { layers } = JSON.parse(manifest) as { readonly layers?: readonly Layer[] };
    return Array.isArray(layers) ? layers : [];
  } catch {
    return [];
  }
}
