import { textColumn } from "./columns.tsx";
import { PlainTable } from "./plain-table.tsx";

/** A tag as most services name it. */
interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** The tags of a resource, as they are. */
export function TagsTable({ tags }: { readonly tags: readonly Tag[] }) {
  return (
    <PlainTable<Tag>
      title="Tags"
      empty="No tags"
      items={tags}
      columns={[textColumn("Key", (tag) => tag.Key), textColumn("Value", (tag) => tag.Value)]}
    />
  );
}
