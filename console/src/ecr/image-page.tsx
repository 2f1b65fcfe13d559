import {
  BatchGetImageCommand,
  DescribeImageReplicationStatusCommand,
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
import { ImageParts } from "./image-parts.tsx";
import { partsOf } from "./manifest.ts";
import { Referrers } from "./referrers.tsx";
import { ScanFindings } from "./scan-findings.tsx";

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
    { every: 5_000, follows: "ecr" },
  );
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
                content: <ScanFindings repository={name} digest={digest} />,
              },
              {
                id: "referrers",
                label: "Referrers",
                content: <Referrers repository={name} digest={digest} />,
              },
              {
                id: "layers",
                label: "Layers",
                content: <ImageParts repository={name} parts={partsOf(manifest)} />,
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
