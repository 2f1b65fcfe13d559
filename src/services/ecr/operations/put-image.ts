import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { needPushedRepository } from "../data-plane/creation.ts";
import { emitImageActions } from "../events.ts";
import { imageDigestDoesNotMatch } from "../faults.ts";
import { type PreparedImage, prepareImage, pushImage } from "../images/push.ts";
import type { EcrPorts } from "../ports.ts";

/** Stores a manifest whose layers have been uploaded. The digest is over exactly the text that was sent. */
export const putImage = (ports: EcrPorts): WriteOperation<typeof ecr, "PutImage", PreparedImage> => ({
  name: "PutImage",
  authorise: onRepository("ecr:PutImage"),
  async prepare(ctx, input) {
    const repository = await needPushedRepository(ports, ctx, repositoryOf(input, ctx));
    await ports.repositoryBlobs.of(repository);
    const manifest = Buffer.from(input.imageManifest, "utf8");
    const image = await prepareImage(ctx.rows, repository, manifest, input.imageManifestMediaType);
    if (input.imageDigest !== undefined && input.imageDigest !== image.digest) {
      throw imageDigestDoesNotMatch(repository, input.imageDigest);
    }
    return image;
  },
  async commit(tx, ctx, input, image) {
    const repository = repositoryOf(input, ctx);
    const tags = input.imageTag === undefined ? [] : [input.imageTag];
    await pushImage(tx, { repository, image, tags, repeated: "refuse", cause: ctx });
    const { imageTag } = input;
    await emitImageActions(tx, ctx, repository, "PUSH", [{ imageDigest: image.digest, imageTag }]);
    return {
      image: {
        registryId: repository.account,
        repositoryName: repository.name,
        imageId: { imageDigest: image.digest, imageTag: input.imageTag },
        imageManifest: input.imageManifest,
        imageManifestMediaType: image.manifest.mediaType,
      },
    };
  },
});
