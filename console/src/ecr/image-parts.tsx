import { shownBytes } from "../parts/bytes.ts";
import { linkColumn, textColumn } from "../parts/columns.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { type Descriptor, type ManifestParts, platformOf } from "./manifest.ts";

/** What an image consists of: its layers, or the images of an index by platform. */
export function ImageParts({
  repository,
  parts: { layers, manifests },
}: {
  readonly repository: string;
  readonly parts: ManifestParts;
}) {
  const size = {
    ...{ id: "size", header: "Size" },
    cell: (one: Descriptor) => shownBytes(one.size),
  };
  const type = textColumn("Media type", (one: Descriptor) => one.mediaType);
  if (manifests.length > 0) {
    return (
      <PlainTable<Descriptor>
        title="Images of this index"
        empty="It names no image"
        items={manifests}
        columns={[
          linkColumn(
            "Digest",
            (one) => one.digest,
            (one) => `/ecr/repositories/${encodeURIComponent(repository)}/images/${one.digest}`,
          ),
          textColumn("Platform", platformOf),
          size,
          type,
        ]}
      />
    );
  }
  return (
    <PlainTable<Descriptor>
      title="Layers"
      empty="It has no layers of its own"
      items={layers}
      columns={[textColumn("Digest", (one) => one.digest), size, type]}
    />
  );
}
