import type { Client } from "../../dispatch/context.ts";
import type { ReplicationJob } from "../../services/ecr/replication/job.ts";
import type {
  ExportedImage,
  ExportedManifest,
  SiteLink,
  SiteOperations,
} from "../../services/ecr/sites/sites.ts";
import { type Carrier, nothingToDelete } from "./carrier.ts";
import { callSite, type SiteCall } from "./site-client.ts";

/** What another site answers about a layer. */
interface Progress {
  readonly present: boolean;
  readonly received: number;
}

/**
 * To another site: what that site lacks is sent, layers from the byte at which they broke off, then the manifests, what
 * is referenced first. Both ends compute the digests.
 */
export function siteCarrier(
  ports: { readonly sites: Pick<SiteOperations, "exportImage" | "confirmDeletion"> },
  role: Client,
  link: SiteLink,
  work: ReplicationJob,
  signal: AbortSignal,
): Carrier {
  const { action, source, destination, repositoryName, digest, tag } = work;
  const repository = { registryId: destination.account, region: destination.region, repositoryName, source };
  const image = {
    registryId: destination.account,
    repositoryName,
    source,
    digest,
    ...(tag === undefined ? {} : { tag }),
  };
  const call = (made: Omit<SiteCall, "signal">): Promise<unknown> => callSite(link, { ...made, signal });

  async function sendLayer(
    blobs: ExportedImage["blobs"],
    layer: ExportedManifest["layers"][number],
  ): Promise<void> {
    const input = { ...repository, ...layer };
    const at = (await call({ action: "open-layer", input })) as Progress;
    if (at.present) return;
    const rest = layer.size - at.received;
    const body =
      rest === 0
        ? Buffer.alloc(0)
        : await blobs.read(layer.digest, { first: at.received, last: layer.size - 1 });
    await call({ action: "layer", input: { ...input, offset: at.received }, body, length: rest });
  }

  async function sendImage(): Promise<void> {
    const { manifests, tagged, blobs } = await role.invoke(ports.sites.exportImage, image);
    const layers = new Map(manifests.flatMap((one) => one.layers).map((layer) => [layer.digest, layer]));
    for (const layer of layers.values()) await sendLayer(blobs, layer);
    for (const { digest: part, mediaType, bytes } of manifests) {
      const whole = part === digest;
      const tagging = whole && tagged && tag !== undefined ? { tag } : {};
      const input = { ...repository, digest: part, mediaType, whole, ...tagging };
      await call({ action: "manifest", input, body: bytes, length: bytes.length });
    }
  }

  async function sendDeletion(): Promise<void> {
    // What the source has again came with a push, whose job this one must not undo.
    if (!(await role.invoke(ports.sites.confirmDeletion, image))) return;
    const input = { ...repository, digest, ...(tag === undefined ? {} : { tag }) };
    await nothingToDelete(async () => void (await call({ action: "deletion", input })));
  }

  return {
    createRepository: async () => void (await call({ action: "repository", input: repository })),
    carry: action === "DELETE" ? sendDeletion : sendImage,
  };
}
