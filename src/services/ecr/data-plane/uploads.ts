import { uuid } from "../../../kernel/ids.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import type { BlobFacts, EcrDataPlane, UploadBegun, UploadInput, UploadProgress } from "../data-plane.ts";
import { linkLayer } from "../layers.ts";
import type { EcrPorts } from "../ports.ts";
import { needRepository } from "../repository.ts";
import {
  appendBytes,
  deleteUpload,
  insertUpload,
  needUpload,
  receivedBytes,
  touchUpload,
} from "../uploads.ts";
import { needPushedRepository } from "./creation.ts";

const uploadParameters = ({ registryId, repositoryName, uploadId }: UploadInput) => ({
  registryId,
  repositoryName,
  uploadId,
});

/** Upload POST. */
export const beginUpload = ({ blobs }: EcrPorts): EcrDataPlane["beginUpload"] => ({
  service: "ecr",
  name: "BeginUpload",
  eventName: "InitiateLayerUpload",
  describe: ({ registryId, repositoryName }) => ({ registryId, repositoryName }),
  authorise: onRepository("ecr:InitiateLayerUpload"),
  async prepare(ctx, input): Promise<UploadBegun> {
    await needPushedRepository(ctx, repositoryOf(input, ctx));
    const uploadId = uuid(ctx.random);
    await blobs.begin(uploadId);
    return { uploadId };
  },
  async commit(tx, ctx, input, begun): Promise<UploadBegun> {
    const { uploadId } = begun as UploadBegun;
    await insertUpload(tx, repositoryOf(input, ctx), uploadId, ctx.now);
    return { uploadId };
  },
});

/** Upload PATCH, and PUT with a body. */
export const appendUpload = ({ blobs }: EcrPorts): EcrDataPlane["appendUpload"] => ({
  service: "ecr",
  name: "AppendUpload",
  eventName: "UploadLayerPart",
  describe: uploadParameters,
  authorise: onRepository("ecr:UploadLayerPart"),
  async stage(ctx, input, body): Promise<UploadProgress> {
    const repository = repositoryOf(input, ctx);
    await needUpload(ctx.rows, repository, input.uploadId);
    return { received: await appendBytes(blobs, repository, input.uploadId, input.offset, body) };
  },
  async commit(tx, ctx, input, progress): Promise<UploadProgress> {
    await touchUpload(tx, input.uploadId, ctx.now);
    return progress as UploadProgress;
  },
});

/** Upload GET. AWS has no such call; whoever may send a part may ask how much arrived. */
export const uploadStatus = ({ blobs }: EcrPorts): EcrDataPlane["uploadStatus"] => ({
  service: "ecr",
  name: "UploadStatus",
  eventName: "UploadLayerPart",
  unrecorded: true,
  authorise: onRepository("ecr:UploadLayerPart"),
  async read(ctx, input): Promise<UploadProgress> {
    const repository = repositoryOf(input, ctx);
    await needUpload(ctx.rows, repository, input.uploadId);
    return { received: await receivedBytes(blobs, repository, input.uploadId) };
  },
});

/** Upload PUT: the last bytes, if any, and the digest. */
export const finishUpload = ({ blobs }: EcrPorts): EcrDataPlane["finishUpload"] => ({
  service: "ecr",
  name: "FinishUpload",
  eventName: "CompleteLayerUpload",
  describe: (input) => ({ ...uploadParameters(input), layerDigests: [input.digest] }),
  authorise: onRepository("ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
  async stage(ctx, input, body): Promise<BlobFacts> {
    const repository = repositoryOf(input, ctx);
    await needUpload(ctx.rows, repository, input.uploadId);
    await appendBytes(blobs, repository, input.uploadId, input.offset, body);
    return await blobs.finish(input.uploadId, input.digest);
  },
  async commit(tx, ctx, input, stored): Promise<BlobFacts> {
    const repository = repositoryOf(input, ctx);
    await needRepository(tx, repository);
    const layer = stored as BlobFacts;
    await linkLayer(tx, repository, layer, ctx.now);
    await deleteUpload(tx, input.uploadId);
    return layer;
  },
});

/** Upload DELETE. */
export const cancelUpload = ({ blobs }: EcrPorts): EcrDataPlane["cancelUpload"] => ({
  service: "ecr",
  name: "CancelUpload",
  eventName: "UploadLayerPart",
  unrecorded: true,
  authorise: onRepository("ecr:UploadLayerPart"),
  async prepare(ctx, input) {
    await needUpload(ctx.rows, repositoryOf(input, ctx), input.uploadId);
    await blobs.cancel(input.uploadId);
  },
  async commit(tx, _ctx, input): Promise<void> {
    await deleteUpload(tx, input.uploadId);
  },
});
