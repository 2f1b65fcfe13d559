import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { needPushedRepository } from "../data-plane/creation.ts";
import { insertUpload } from "../layers/uploads.ts";
import type { EcrPorts } from "../ports.ts";

/** How large AWS asks parts to be, in bytes (captured). */
const partSize = 10_485_760;

/** Begins the upload of a layer. */
export const initiateLayerUpload = (
  ports: EcrPorts,
): WriteOperation<typeof ecr, "InitiateLayerUpload", string> => ({
  name: "InitiateLayerUpload",
  authorise: onRepository("ecr:InitiateLayerUpload"),
  async prepare(ctx, input) {
    const repository = await needPushedRepository(ports, ctx, repositoryOf(input, ctx));
    const blobs = await ports.repositoryBlobs.of(repository);
    const uploadId = uuid(ctx.random);
    await blobs.begin(uploadId);
    return uploadId;
  },
  async commit(tx, ctx, input, uploadId) {
    await insertUpload(tx, repositoryOf(input, ctx), uploadId, ctx.now);
    return { uploadId, partSize };
  },
});
