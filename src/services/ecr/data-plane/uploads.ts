import { uuid } from "../../../kernel/ids.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { type WrittenBlob, writeBlob } from "../collection/removals.ts";
import type { BlobFacts, EcrDataPlane, UploadBegun, UploadInput, UploadProgress } from "../data-plane.ts";
import { linkLayer } from "../layers/layers.ts";
import {
  appendBytes,
  deleteUpload,
  insertUpload,
  needUpload,
  receivedBytes,
  touchUpload,
} from "../layers/uploads.ts";
import type { EcrPorts } from "../ports.ts";
import { needRepository } from "../repositories/repository.ts";
import { needPushedRepository } from "./creation.ts";

const uploadParameters = ({ registryId, repositoryName, uploadId }: UploadInput) => ({
  registryId,
  repositoryName,
  uploadId,
});

/** Upload POST. */
export const beginUpload = (ports: EcrPorts): EcrDataPlane["beginUpload"] => ({
  service: "ecr",
  name: "BeginUpload",
  eventName: "InitiateLayerUpload",
  describe: ({ registryId, repositoryName }) => ({ registryId, repositoryName }),
  authorise: onRepository("ecr:InitiateLayerUpload"),
  async prepare(ctx, input): Promise<UploadBegun> {
    const repository = await needPushedRepository(ports, ctx, repositoryOf(input, ctx));
    const blobs = await ports.repositoryBlobs.of(repository);
    const uploadId = uuid(ctx.random);
    await blobs.begin(uploadId);
    return { uploadId, blobs };
  },
  async commit(tx, ctx, input, prepared): Promise<UploadBegun> {
    const begun = prepared as UploadBegun;
    await insertUpload(tx, repositoryOf(input, ctx), begun.uploadId, ctx.now);
    return begun;
  },
});

/** Upload PATCH, and PUT with a body. */
export const appendUpload = (ports: EcrPorts): EcrDataPlane["appendUpload"] => ({
  service: "ecr",
  name: "AppendUpload",
  eventName: "UploadLayerPart",
  describe: uploadParameters,
  authorise: onRepository("ecr:UploadLayerPart"),
  async stage(ctx, input, body): Promise<UploadProgress> {
    const repository = await needUpload(ctx.rows, repositoryOf(input, ctx), input.uploadId);
    const blobs = await ports.repositoryBlobs.of(repository);
    return { received: await appendBytes(blobs, repository, input, body) };
  },
  async commit(tx, ctx, input, progress): Promise<UploadProgress> {
    await touchUpload(tx, input.uploadId, ctx.now);
    return progress as UploadProgress;
  },
});

/** Upload GET. AWS has no such call; whoever may send a part may ask how much arrived. */
export const uploadStatus = (ports: EcrPorts): EcrDataPlane["uploadStatus"] => ({
  service: "ecr",
  name: "UploadStatus",
  eventName: "UploadLayerPart",
  unrecorded: true,
  authorise: onRepository("ecr:UploadLayerPart"),
  async read(ctx, input): Promise<UploadProgress> {
    const repository = await needUpload(ctx.rows, repositoryOf(input, ctx), input.uploadId);
    const blobs = await ports.repositoryBlobs.of(repository);
    return { received: await receivedBytes(blobs, repository, input.uploadId) };
  },
});

/** Upload PUT: the last bytes, if any, and the digest. */
export const finishUpload = (ports: EcrPorts): EcrDataPlane["finishUpload"] => ({
  service: "ecr",
  name: "FinishUpload",
  eventName: "CompleteLayerUpload",
  describe: (input) => ({ ...uploadParameters(input), layerDigests: [input.digest] }),
  authorise: onRepository("ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
  async stage(ctx, input, body): Promise<WrittenBlob> {
    const repository = await needUpload(ctx.rows, repositoryOf(input, ctx), input.uploadId);
    const blobs = await ports.repositoryBlobs.of(repository);
    await appendBytes(blobs, repository, input, body);
    return await writeBlob(ctx.rows, repository, input.digest, () =>
      blobs.finish(input.uploadId, input.digest),
    );
  },
  async commit(tx, ctx, input, written): Promise<BlobFacts> {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const { removal, ...layer } = written as WrittenBlob;
    await linkLayer(tx, repository, { ...layer, removal }, ctx.now);
    await deleteUpload(tx, input.uploadId);
    return layer;
  },
});

/** Upload DELETE. */
export const cancelUpload = (ports: EcrPorts): EcrDataPlane["cancelUpload"] => ({
  service: "ecr",
  name: "CancelUpload",
  eventName: "UploadLayerPart",
  unrecorded: true,
  authorise: onRepository("ecr:UploadLayerPart"),
  async prepare(ctx, input) {
    const repository = await needUpload(ctx.rows, repositoryOf(input, ctx), input.uploadId);
    const blobs = await ports.repositoryBlobs.of(repository);
    await blobs.cancel(input.uploadId);
  },
  async commit(tx, _ctx, input): Promise<void> {
    await deleteUpload(tx, input.uploadId);
  },
});
