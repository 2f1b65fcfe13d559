import {
  BatchDeleteImageCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  type ImageDetail,
  paginateDescribeImages,
} from "@aws-sdk/client-ecr";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { useParams } from "react-router";
import { useAction } from "../aws/action.ts";
import { useClient } from "../aws/client.ts";
import { useArns } from "../aws/permissions.ts";
import { everyPage, type Query, useQuery } from "../aws/query.ts";
import { ActionButton } from "../parts/action-button.tsx";
import { shownBytes } from "../parts/bytes.ts";
import { ConfirmModal } from "../parts/confirm-modal.tsx";
import { Details } from "../parts/details.tsx";
import { LinkTo } from "../parts/link-to.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { TabsInAddress } from "../parts/tabs-in-address.tsx";
import { shownTime } from "../parts/time.tsx";
import { LifecycleTab } from "./lifecycle-tab.tsx";
import { PermissionsTab } from "./permissions-tab.tsx";
import { PushCommands } from "./push-commands.tsx";

/** ECR → Repositories → one repository: its images, permissions and lifecycle rules. */
export function RepositoryPage() {
  const { name = "" } = useParams();
  const ecr = useClient(ECRClient);
  const [pushing, setPushing] = useState(false);
  const query = useQuery(async () => {
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return repositories?.[0];
  }, [ecr, name]);
  const images = useQuery(
    () =>
      everyPage(
        paginateDescribeImages({ client: ecr, pageSize: 1000 }, { repositoryName: name }),
        (page) => page.imageDetails,
      ),
    [ecr, name],
    { every: 5_000, follows: "ecr" },
  );
  return (
    <ResourcePage
      title={name}
      query={query}
      actions={<Button onClick={() => setPushing(true)}>View push commands</Button>}
    >
      {(repository) => (
        <>
          <Details
            title="Repository"
            facts={{
              URI: repository?.repositoryUri,
              ARN: repository?.repositoryArn,
              Created: shownTime(repository?.createdAt),
              "Tag immutability": repository?.imageTagMutability,
              Encryption: repository?.encryptionConfiguration?.encryptionType,
              "Scan on push": repository?.imageScanningConfiguration?.scanOnPush === true ? "Yes" : "No",
            }}
          />
          <TabsInAddress
            label="About the repository"
            tabs={[
              { id: "images", label: "Images", content: <Images repository={name} query={images} /> },
              { id: "permissions", label: "Permissions", content: <PermissionsTab repository={name} /> },
              { id: "lifecycle", label: "Lifecycle policy", content: <LifecycleTab repository={name} /> },
            ]}
          />
          {pushing && repository !== undefined && (
            <PushCommands repository={repository} onClose={() => setPushing(false)} />
          )}
        </>
      )}
    </ResourcePage>
  );
}

const columns: readonly Column<ImageDetail>[] = [
  {
    id: "tags",
    header: "Image tags",
    value: (image) => image.imageTags?.join(", ") ?? "<untagged>",
    cell: (image) => (
      <LinkTo
        to={`/ecr/repositories/${encodeURIComponent(image.repositoryName ?? "")}/images/${image.imageDigest}`}
      >
        {image.imageTags?.join(", ") ?? "<untagged>"}
      </LinkTo>
    ),
  },
  {
    id: "type",
    header: "Artifact type",
    value: (image) => image.artifactMediaType ?? image.imageManifestMediaType,
  },
  {
    id: "pushed",
    header: "Pushed at",
    value: (image) => image.imagePushedAt?.getTime(),
    cell: (image) => shownTime(image.imagePushedAt),
  },
  {
    id: "size",
    header: "Size",
    value: (image) => image.imageSizeInBytes,
    cell: (image) => shownBytes(image.imageSizeInBytes),
  },
  { id: "digest", header: "Digest", value: (image) => image.imageDigest },
  {
    id: "pulled",
    header: "Last recorded pull",
    value: (image) => image.lastRecordedPullTime?.getTime(),
    cell: (image) => shownTime(image.lastRecordedPullTime),
    hidden: true,
  },
];

function Images({
  repository,
  query,
}: {
  readonly repository: string;
  readonly query: Query<readonly ImageDetail[]>;
}) {
  const ecr = useClient(ECRClient);
  const arnOf = useArns();
  const { run, busy } = useAction();
  const [deleting, setDeleting] = useState<readonly ImageDetail[]>();

  async function remove(images: readonly ImageDetail[]): Promise<void> {
    await run(
      async () => {
        const { failures = [] } = await ecr.send(
          new BatchDeleteImageCommand({
            repositoryName: repository,
            imageIds: images.map(({ imageDigest }) => ({ imageDigest })),
          }),
        );
        if (failures[0] !== undefined) throw new Error(failures[0].failureReason);
      },
      `Deleted ${images.length === 1 ? "the image" : `${images.length} images`}.`,
    );
    setDeleting(undefined);
    query.reload();
  }

  return (
    <>
      <ResourceTable
        title="Images"
        name="ecr.images"
        embedded
        query={query}
        columns={columns}
        idOf={(image) => image.imageDigest ?? ""}
        empty="No images. View the push commands to push one."
        selection="multi"
        actions={(selected) => (
          <ActionButton
            needs={[{ action: "ecr:BatchDeleteImage", resource: arnOf("ecr", `repository/${repository}`) }]}
            disabled={selected.length === 0}
            onClick={() => setDeleting(selected)}
          >
            Delete
          </ActionButton>
        )}
      />
      {deleting !== undefined && (
        <ConfirmModal
          title={`Delete ${deleting.length === 1 ? "the image" : `${deleting.length} images`}?`}
          confirm="Delete"
          busy={busy}
          onConfirm={() => void remove(deleting)}
          onClose={() => setDeleting(undefined)}
        >
          Every tag of it goes as well.
        </ConfirmModal>
      )}
    </>
  );
}
