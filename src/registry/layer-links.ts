import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { BlobStore } from "../blobs/types.ts";
import type { Digest } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { isDigest } from "../kernel/digest.ts";
import { isFault } from "../kernel/fault.ts";
import { isJsonObject, parseJson } from "../kernel/json.ts";
import type { Sealer } from "../store/types.ts";

/** Where links are served. */
export const layerLinkPath = "/_roadstead/layers/";
const purpose = "layer-link";

/**
 * Links by which a layer can be fetched without further credentials until they expire, as `GetDownloadUrlForLayer`
 * gives them: whoever made the link was authorised; the link is sealed and names one blob.
 */
export interface LayerLinks {
  /** The path of a link, valid until `expiresAt` (epoch ms). */
  path(digest: Digest, expiresAt: number): string;
  /** Serves a link: the blob's bytes, 403 for a link that is not ours or has expired, 404 for a blob that is gone. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export function createLayerLinks(sealer: Sealer, blobs: BlobStore, clock: Clock): LayerLinks {
  function read(url: string): Digest | undefined {
    const sealed = url.slice(layerLinkPath.length).split("?", 1)[0] ?? "";
    const link = parseJson(sealer.open(purpose, sealed) ?? "");
    if (!isJsonObject(link) || typeof link.digest !== "string" || typeof link.until !== "number")
      return undefined;
    return isDigest(link.digest) && link.until > clock.now() ? link.digest : undefined;
  }

  return {
    path: (digest, expiresAt) =>
      `${layerLinkPath}${sealer.seal(purpose, JSON.stringify({ digest, until: expiresAt }))}`,
    async serve(request, response) {
      const digest = read(request.url ?? "");
      if (digest === undefined) {
        response.writeHead(403).end();
        return;
      }
      const size = await blobs.size(digest);
      if (size === undefined) {
        response.writeHead(404).end();
        return;
      }
      const headers = { "Content-Type": "application/octet-stream", "Content-Length": size };
      if (request.method === "HEAD") {
        response.writeHead(200, headers).end();
        return;
      }
      try {
        const bytes = await blobs.read(digest);
        response.writeHead(200, headers);
        await pipeline(bytes, response);
      } catch (error) {
        if (isFault(error) && !response.headersSent) response.writeHead(404).end();
        else response.destroy();
      }
    },
  };
}
