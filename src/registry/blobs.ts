import type { OutgoingHttpHeaders } from "node:http";
import { send } from "../blobs/send.ts";
import type { Digest } from "../kernel/brand.ts";
import { Fault } from "../kernel/fault.ts";
import { elsewhere } from "./downloads.ts";
import { entityTag, hasEntityTag } from "./entity-tag.ts";
import { apiVersion, type Exchange, type Handle } from "./exchange.ts";
import { readRange } from "./ranges.ts";
import { digestOf } from "./references.ts";
import type { Target } from "./routes.ts";

type BlobTarget = Extract<Target, { kind: "blob" }>;

/** `HEAD <name>/blobs/<digest>` ("Checking if content exists in the registry", end-2). */
export const statBlob: Handle<BlobTarget> = async (exchange, { repository, digest }) => {
  const blob = await exchange.invoke(exchange.ports.operations.statBlob, {
    ...exchange.repository(repository),
    digest: digestOf(digest, exchange.manners),
  });
  exchange.answer(200, { ...headersOf(blob.digest), "Content-Length": blob.size });
};

/** `GET <name>/blobs/<digest>`, whole or one range of it ("Pulling blobs", end-2). The bytes are never held at once. */
export const readBlob: Handle<BlobTarget> = async (exchange, { repository, digest }) => {
  const { request, response, ports } = exchange;
  const blob = await exchange.invoke(ports.operations.openBlob, {
    ...exchange.repository(repository),
    digest: digestOf(digest, exchange.manners),
  });
  const headers = headersOf(blob.digest);
  if (hasEntityTag(request.headers["if-none-match"], blob.digest)) return exchange.answer(304, headers);
  if (blob.size === undefined) {
    // On its way from an upstream registry that does not say how much there is: only the end of the body will tell.
    response.writeHead(200, { ...apiVersion, ...headers });
    return await send(await (blob.read?.() ?? ports.blobs.read(blob.digest)), response);
  }
  if (blob.read === undefined && (await sendElsewhere(exchange, blob.digest, headers))) return;
  const range = readRange(requestedRange(exchange, headers.ETag), blob.size);
  if (range === "unsatisfiable") {
    response.setHeader("Content-Range", `bytes */${blob.size}`);
    throw new Fault("RANGE_INVALID", "The requested range is not satisfiable");
  }
  // Opened before anything is answered, so that a layer that is gone is a 404 and not a broken download.
  const part = range === "whole" ? undefined : range;
  const bytes = await (blob.read?.(part) ?? ports.blobs.read(blob.digest, part));
  if (range === "whole") {
    response.writeHead(200, { ...apiVersion, ...headers, "Content-Length": blob.size });
  } else {
    response.writeHead(206, {
      ...apiVersion,
      ...headers,
      "Content-Length": range.last - range.first + 1,
      "Content-Range": `bytes ${range.first}-${range.last}/${blob.size}`,
    });
  }
  await send(bytes, response);
};

/** Lets another send the bytes, where the settings say so and the bytes allow it. */
async function sendElsewhere(
  exchange: Exchange,
  digest: Digest,
  headers: OutgoingHttpHeaders,
): Promise<boolean> {
  const { blobs, downloads } = exchange.ports;
  if (downloads === undefined || downloads.way === "served") return false;
  const other = elsewhere(downloads, await blobs.place(digest), headers);
  if (other === undefined) return false;
  exchange.answer(other.status, other.headers);
  return true;
}

/** `DELETE <name>/blobs/<digest>` ("Deleting Blobs", end-10), where the registry has it: of a layer that no image names. */
export const deleteBlob: Handle<BlobTarget> = async (exchange, { repository, digest }) => {
  if (!exchange.manners.deletesLayers) {
    // AWS: a layer goes when the last image that names it goes; there is no way to delete it by itself.
    exchange.response.setHeader("Allow", "GET, HEAD");
    throw new Fault("UNSUPPORTED", "The operation is unsupported");
  }
  await exchange.invoke(exchange.ports.operations.deleteBlob, {
    ...exchange.repository(repository),
    digest: digestOf(digest, exchange.manners),
  });
  exchange.answer(202, {});
};

function headersOf(digest: string) {
  return {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    ETag: entityTag(digest),
    "Accept-Ranges": "bytes",
  };
}

/** The `Range` header, unless an `If-Range` makes it void (RFC 9110, section 13.1.5). */
function requestedRange({ request }: Exchange, tag: string): string | undefined {
  const ifRange = request.headers["if-range"];
  return ifRange === undefined || ifRange === tag ? request.headers.range : undefined;
}
