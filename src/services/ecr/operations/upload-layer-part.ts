import { Readable } from "node:stream";
import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { onRepository, type RepositoryKey, repositoryOf } from "../arn.ts";
import { checkPartLimits, notePart } from "../layers/layer-parts.ts";
import { appendBytes, needUpload, receivedBytes, touchUpload } from "../layers/uploads.ts";
import type { EcrPorts } from "../ports.ts";

/** Appends a part to a layer. Parts come in order, each where the one before it ended. */
export const uploadLayerPart = (ports: EcrPorts): WriteOperation<typeof ecr, "UploadLayerPart", number> => ({
  name: "UploadLayerPart",
  authorise: onRepository("ecr:UploadLayerPart"),
  async prepare(ctx, input) {
    const { uploadId, partFirstByte, partLastByte, layerPartBlob } = input;
    const repository = await needUpload(ctx.rows, repositoryOf(input, ctx), uploadId);
    const blobs = await ports.repositoryBlobs.of(repository);
    const received = await receivedBytes(blobs, repository, uploadId);
    if (partFirstByte !== received || partLastByte - partFirstByte + 1 !== layerPartBlob.length) {
      throw invalidPart(repository, uploadId, received);
    }
    await checkPartLimits(ctx.rows, uploadId, received + layerPartBlob.length);
    try {
      return await appendBytes(
        blobs,
        repository,
        { uploadId, offset: received },
        Readable.from([layerPartBlob]),
      );
    } catch (error) {
      throw isFault(error, "RANGE_INVALID") ? invalidPart(repository, uploadId, received) : error;
    }
  },
  async commit(tx, ctx, input, received) {
    const { account, name } = repositoryOf(input, ctx);
    await touchUpload(tx, input.uploadId, ctx.now);
    await notePart(tx, input.uploadId, input.layerPartBlob.length);
    return {
      registryId: account,
      repositoryName: name,
      uploadId: input.uploadId,
      lastByteReceived: received - 1,
    };
  },
});

/** API Reference, "UploadLayerPart", InvalidLayerPartException. */
function invalidPart({ account, name }: RepositoryKey, uploadId: string, received: number): Fault {
  const lastValidByteReceived = received - 1;
  return new Fault(
    "InvalidLayerPartException",
    "The layer part size is not valid, or the first byte specified is not consecutive to the last byte of a previous layer part upload.",
    { members: { registryId: account, repositoryName: name, uploadId, lastValidByteReceived } },
  );
}
