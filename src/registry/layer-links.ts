import type { IncomingMessage, ServerResponse } from "node:http";
import { send } from "../blobs/send.ts";
import type { Clock } from "../kernel/clock.ts";
import { isFault } from "../kernel/fault.ts";
import { isJsonObject, parseJson } from "../kernel/json.ts";
import type { RepositoryBlobs } from "../services/ecr/encryption/vault.ts";
import type { LayerAddress } from "../services/ecr/ports.ts";
import type { Sealer } from "../store/types.ts";
import { readRange } from "./ranges.ts";

/** Where links are served. */
export const layerLinkPath = "/_roadstead/layers/";
const purpose = "layer-link";

/**
 * Links by which a layer can be fetched without further credentials until they expire, as `GetDownloadUrlForLayer`
 * gives them: whoever made the link was authorised; the link is sealed and names one blob.
 */
export interface LayerLinks {
  /** The path of a link, valid until `expiresAt` (epoch ms). */
  path(layer: LayerAddress, expiresAt: number): string;
  /**
   * Serves a link by GET, whole or one range, and HEAD, as S3 serves AWS's: the blob's bytes, 403 for a link that is not
   * ours or has expired, 404 for a blob that is gone or unreadable.
   */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** @param stores gives the store of a repository's blobs. */
export function createLayerLinks(
  sealer: Sealer,
  stores: Pick<RepositoryBlobs, "of">,
  clock: Clock,
): LayerLinks {
  function read(url: string): LayerAddress | undefined {
    const sealed = url.slice(layerLinkPath.length).split("?", 1)[0] ?? "";
    const link = parseJson(sealer.open(purpose, sealed) ?? "");
    if (!isJsonObject(link) || typeof link.until !== "number" || link.until <= clock.now()) return undefined;
    // What is sealed for this purpose was written below.
    return link.layer as unknown as LayerAddress;
  }

  return {
    path: (layer, expiresAt) =>
      `${layerLinkPath}${sealer.seal(purpose, JSON.stringify({ layer, until: expiresAt }))}`,
    async serve(request, response) {
      if (request.method !== "GET" && request.method !== "HEAD") {
        response.writeHead(405, { Allow: "GET, HEAD" }).end();
        return;
      }
      const layer = read(request.url ?? "");
      if (layer === undefined) {
        response.writeHead(403).end();
        return;
      }
      const { digest, repositoryName: name } = layer;
      const blobs = await stores.of({ ...layer, name }).catch(() => undefined);
      const size = await blobs?.size(digest);
      if (blobs === undefined || size === undefined) {
        response.writeHead(404).end();
        return;
      }
      const headers = { "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes" };
      if (request.method === "HEAD") {
        response.writeHead(200, { ...headers, "Content-Length": size }).end();
        return;
      }
      const range = readRange(request.headers.range, size);
      if (range === "unsatisfiable") {
        response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
        return;
      }
      try {
        const bytes = await blobs.read(digest, range === "whole" ? undefined : range);
        if (range === "whole") response.writeHead(200, { ...headers, "Content-Length": size });
        else {
          response.writeHead(206, {
            ...headers,
            "Content-Length": range.last - range.first + 1,
            "Content-Range": `bytes ${range.first}-${range.last}/${size}`,
          });
        }
        await send(bytes, response);
      } catch (error) {
        if (isFault(error) && !response.headersSent) response.writeHead(404).end();
        else response.destroy();
      }
    },
  };
}
