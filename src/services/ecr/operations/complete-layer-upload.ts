import type * as ecr from "@aws-sdk/client-ecr";
import type { StoredBlob } from "../../../blobs/types.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { isDigest } from "../../../kernel/digest.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { emptyUpload, layerAlreadyExists, uploadNotFound } from "../faults.ts";
import { checkPartSizes } from "../layer-parts.ts";
import { findLink, linkLayer } from "../layers.ts";
import type { EcrPorts } from "../ports.ts";
import { needRepository } from "../repository.ts";
import { deleteUpload, needUpload, receivedBytes } from "../uploads.ts";

/** Ends the upload of a layer: its bytes must have the digest. */
export const completeLayerUpload = ({
  blobs,
}: EcrPorts): WriteOperation<typeof ecr, "CompleteLayerUpload", StoredBlob> => ({
  name: "CompleteLayerUpload",
  authorise: onRepository("ecr:CompleteLayerUpload"),
  async prepare(ctx, input) {
    const repository = repositoryOf(input, ctx);
    const [digest = ""] = input.layerDigests;
    if (!isDigest(digest)) throw invalidLayer();
    await needUpload(ctx.rows, repository, input.uploadId);
    if ((await findLink(ctx.rows, repository, digest)) !== undefined) {
      throw layerAlreadyExists(repository, digest);
    }
    if ((await receivedBytes(blobs, repository, input.uploadId)) === 0) {
      throw emptyUpload(repository, input.uploadId);
    }
    await checkPartSizes(ctx.rows, input.uploadId);
    try {
      return await blobs.finish(input.uploadId, digest);
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
