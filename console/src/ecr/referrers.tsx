import { ECRClient, type ImageReferrer, ListImageReferrersCommand } from "@aws-sdk/client-ecr";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { shownBytes } from "../parts/bytes.ts";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";

/** What refers to an image: signatures, bills of materials, attestations. */
export function Referrers({ repository, digest }: { readonly repository: string; readonly digest: string }) {
  const ecr = useClient(ECRClient);
  const query = useQuery(async () => {
    const found: ImageReferrer[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecr.send(
        new ListImageReferrersCommand({
          ...{ repositoryName: repository, subjectId: { imageDigest: digest }, nextToken },
          filter: { artifactStatus: "ANY" },
        }),
      );
      found.push(...(page.referrers ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }, [ecr, repository, digest]);
  const columns: readonly Column<ImageReferrer>[] = [
    linkColumn(
      "Digest",
      (one) => one.digest,
      (one) => `/ecr/repositories/${encodeURIComponent(repository)}/images/${one.digest}`,
    ),
    textColumn("Artifact type", (one) => one.artifactType ?? one.mediaType),
    { id: "size", header: "Size", value: (one) => one.size, cell: (one) => shownBytes(one.size) },
    textColumn("Status", (one) => one.artifactStatus),
    textColumn("Annotations", (one) =>
      Object.entries(one.annotations ?? {})
        .map(([name, value]) => `${name}=${value}`)
        .join(", "),
    ),
  ];
  return (
    <ResourceTable
      title="Referrers"
      name="ecr.referrers"
      embedded
      query={query}
      columns={columns}
      idOf={(one) => one.digest ?? ""}
      empty="Nothing refers to this image"
    />
  );
}
