import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { isSha256 } from "../../../kernel/digest.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { type WrittenBlob, writeBlob } from "../collection/removals.ts";
import { emptyUpload, layerAlreadyExists, uploadNotFound } from "../faults.ts";
import { checkPartSizes } from "../layers/layer-parts.ts";
import { findLink, linkLayer } from "../layers/layers.ts";
import { deleteUpload, needUpload, receivedBytes } from "../layers/uploads.ts";
import type { EcrPorts } from "../ports.ts";
import { needRepository } from "../repositories/repository.ts";

/** Ends the upload of a layer: its bytes must have the digest. */
export const completeLayerUpload = (
  ports: EcrPorts,
): WriteOperation<typeof ecr, "CompleteLayerUpload", WrittenBlob> => ({
  name: "CompleteLayerUpload",
  authorise: onRepository("ecr:CompleteLayerUpload"),
  async prepare(ctx, input) {
    const [digest = ""] = input.layerDigests;
    if (!isSha256(digest)) throw invalidLayer();
    const repository = await needUpload(ctx.rows, repositoryOf(input, ctx), input.uploadId);
    const blobs = await ports.repositoryBlobs.of(repository);
    if ((await findLink(ctx.rows, repository, digest)) !== undefined) {
      throw layerAlreadyExists(repository, digest);
    }
    if ((await receivedBytes(blobs, repository, input.uploadId)) === 0) {
      throw emptyUpload(repository, input.uploadId);
    }
    await checkPartSizes(ctx.rows, input.uploadId);
    try {
      return await writeBlob(ctx.rows, repository, digest, () => blobs.finish(input.uploadId, digest));
    } catch (error) {
      if (isFault(error, "DIGEST_INVALID")) throw invalidLayer();
      throw isFault(error, "BLOB_UPLOAD_UNKNOWN") ? uploadNotFound(repository, input.uploadId) : error;
    }
  },
  async commit(tx, ctx, input, layer) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    await linkLayer(tx, repository, layer, ctx.now);
    await deleteUpload(tx, input.uploadId);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      uploadId: input.uploadId,
      layerDigest: layer.digest,
    };
  },
});

/** API Reference, "CompleteLayerUpload", InvalidLayerException. */
function invalidLayer(): Fault {
  return new Fault(
    "InvalidLayerException",
    "The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the digest specified.",
  );
}
