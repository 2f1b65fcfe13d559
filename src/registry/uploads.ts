import type { OutgoingHttpHeaders } from "node:http";
import { Fault, isFault } from "../kernel/fault.ts";
import type { BlobFacts, MountBlobInput, UploadInput } from "../services/ecr/data-plane.ts";
import { largestLayer } from "../services/ecr/layers/layer-parts.ts";
import { sourceRepository } from "./address.ts";
import type { Exchange, Handle } from "./exchange.ts";
import { readContentRange, receivedRange } from "./ranges.ts";
import { digestOf, isRepositoryName, isUploadId } from "./references.ts";
import { contentLength, hasBody } from "./request-body.ts";
import type { Target } from "./routes.ts";

type UploadsTarget = Extract<Target, { kind: "uploads" }>;
type UploadTarget = Extract<Target, { kind: "upload" }>;

/**
 * `POST <name>/blobs/uploads/`: begins an upload (end-4a), stores a layer at once (`?digest=`, end-4b), or links one of
 * another repository (`?mount=&from=`, end-11). What cannot be mounted becomes an upload.
 */
export const beginUpload: Handle<UploadsTarget> = async (exchange, { repository }) => {
  const { query, ports } = exchange;
  const mount = query.get("mount");
  if (mount !== null) {
    const digest = digestOf(mount, exchange.manners);
    const from = sourceRepository(exchange.address, query.get("from") ?? "");
    const mounted =
      from === undefined || !isRepositoryName(from)
        ? undefined
        : await mountOrNothing(exchange, {
            ...exchange.repository(repository),
            digest,
            from,
            ...(exchange.manners.mountsAnyLayer ? { anyLayer: true } : {}),
          });
    if (mounted !== undefined) return answerStored(exchange, repository, mounted);
  } else if (query.has("digest")) {
    const digest = digestOf(query.get("digest"), exchange.manners);
    const body = layerBody(exchange);
    const stored = await exchange.invoke(
      ports.operations.uploadBlob,
      { ...exchange.repository(repository), digest },
      body,
    );
    return answerStored(exchange, repository, stored);
  }
  const { uploadId } = await exchange.invoke(ports.operations.beginUpload, exchange.repository(repository));
  const { leastChunk } = exchange.manners;
  exchange.answer(202, {
    ...progress(exchange, { repository, uploadId }, 0),
    ...(leastChunk === undefined ? {} : { "OCI-Chunk-Min-Length": leastChunk }),
  });
};

/** AWS: a mount that the caller's permissions or the source's state forbid is an ordinary upload ("Blob mounting"). */
async function mountOrNothing(exchange: Exchange, input: MountBlobInput): Promise<BlobFacts | undefined> {
  try {
    return await exchange.invoke(exchange.ports.operations.mountBlob, input);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** `PATCH <name>/blobs/uploads/<session>`: a chunk, or a stream of unknown length (end-5). */
export const appendUpload: Handle<UploadTarget> = async (exchange, target) => {
  const input = { ...uploadInput(exchange, target), ...leastChunkOf(exchange) };
  const offset = chunkOffset(exchange);
  const { received } = await exchange.invoke(
    exchange.ports.operations.appendUpload,
    offset === undefined ? input : { ...input, offset },
    layerBody(exchange),
  );
  exchange.answer(exchange.manners.chunkTaken, progress(exchange, target, received));
};

/** `PUT <name>/blobs/uploads/<session>?digest=`: ends an upload, with or without a last chunk (end-6). */
export const finishUpload: Handle<UploadTarget> = async (exchange, target) => {
  const { operations } = exchange.ports;
  const isChunk = hasBody(exchange.request);
  const input = { ...uploadInput(exchange, target), ...(isChunk ? leastChunkOf(exchange) : {}) };
  const digest = digestOf(exchange.query.get("digest"), exchange.manners);
  const offset = isChunk ? chunkOffset(exchange) : undefined;
  const stored = await exchange.invoke(
    operations.finishUpload,
    offset === undefined ? { ...input, digest } : { ...input, digest, offset },
    layerBody(exchange),
  );
  answerStored(exchange, target.repository, stored);
};

/** `GET <name>/blobs/uploads/<session>`: how much has arrived (end-13). */
export const uploadStatus: Handle<UploadTarget> = async (exchange, target) => {
  const { received } = await exchange.invoke(
    exchange.ports.operations.uploadStatus,
    uploadInput(exchange, target),
  );
  exchange.answer(204, progress(exchange, target, received));
};

/** `DELETE <name>/blobs/uploads/<session>`: forgets an upload (end-14). */
export const cancelUpload: Handle<UploadTarget> = async (exchange, target) => {
  await exchange.invoke(exchange.ports.operations.cancelUpload, uploadInput(exchange, target));
  exchange.answer(204, {});
};

function uploadInput(exchange: Exchange, { repository, uploadId }: UploadTarget): UploadInput {
  if (!isUploadId(uploadId)) throw new Fault("BLOB_UPLOAD_UNKNOWN", "The upload does not exist");
  return { ...exchange.repository(repository), uploadId };
}

function leastChunkOf({ manners: { leastChunk } }: Exchange) {
  return leastChunk === undefined ? {} : { leastChunk };
}

/** The place of the body's first byte in the layer, or `undefined`: at the end of what has arrived. */
function chunkOffset({ request }: Exchange): number | undefined {
  const header = request.headers["content-range"];
  if (header === undefined) return undefined;
  const range = readContentRange(header);
  const length = contentLength(request);
  if (range === undefined || (length !== undefined && length !== range.last - range.first + 1)) {
    throw new Fault("RANGE_INVALID", "The Content-Range does not fit the chunk");
  }
  if (range.last >= largestLayer) throw tooLarge();
  return range.first;
}

function layerBody(exchange: Exchange) {
  if ((contentLength(exchange.request) ?? 0) > largestLayer) throw tooLarge();
  return exchange.body(largestLayer);
}

function tooLarge(): Fault {
  return new Fault("SIZE_INVALID", `The layer is larger than ${largestLayer} bytes`);
}

/** The headers that say where an upload goes on, and from which byte. */
function progress(
  exchange: Exchange,
  { repository, uploadId }: Omit<UploadTarget, "kind">,
  received: number,
): OutgoingHttpHeaders {
  return {
    Location: exchange.path(repository, `blobs/uploads/${uploadId}`),
    Range: receivedRange(received),
    "Docker-Upload-UUID": uploadId,
  };
}

function answerStored(exchange: Exchange, repository: string, blob: BlobFacts): void {
  exchange.answer(201, {
    Location: exchange.path(repository, `blobs/${blob.digest}`),
    "Docker-Content-Digest": blob.digest,
  });
}
