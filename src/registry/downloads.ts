import type { OutgoingHttpHeaders } from "node:http";
import type { BlobPlace } from "../blobs/types.ts";

/** Who sends the bytes of a layer, once ECR has said that the caller may have them. */
export type Downloads =
  /** This process. */
  | { readonly way: "served" }
  /** The server that keeps them, by a URL of its own. */
  | { readonly way: "redirect" }
  /** A proxy in front, which reads the file that the header names and answers as if it had come from here. */
  | {
      readonly way: "front";
      /** `X-Accel-Redirect` (nginx, Caddy) or `X-Sendfile` (Apache, lighttpd). */
      readonly header: string;
      /** What stands before the file's path below the blob store's folder; it ends with a slash. */
      readonly prefix: string;
    };

/** An answer whose bytes another sends. */
export interface Elsewhere {
  readonly status: 200 | 307;
  readonly headers: OutgoingHttpHeaders;
}

/**
 * How a blob that lies there is sent by another; `undefined` where this process has to.
 * @param headers what the answer would carry if it were served here.
 */
export function elsewhere(
  downloads: Downloads,
  place: BlobPlace | undefined,
  headers: OutgoingHttpHeaders,
): Elsewhere | undefined {
  if (place === undefined) return undefined;
  if (downloads.way === "redirect" && "url" in place) {
    // The link is good for some minutes, and for whoever has it.
    return { status: 307, headers: { Location: place.url, "Cache-Control": "no-store" } };
  }
  if (downloads.way === "front" && "file" in place) {
    return { status: 200, headers: { ...headers, [downloads.header]: downloads.prefix + place.file } };
  }
  return undefined;
}
