import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { isSha256 } from "../../../kernel/digest.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { linksAmong } from "../layers/layers.ts";
import { needRepository } from "../repositories/repository.ts";

/** Which layers need not be pushed. AWS: a layer that was uploaded is UNAVAILABLE until an image names it (captured). */
export const batchCheckLayerAvailability: ReadOperation<typeof ecr, "BatchCheckLayerAvailability"> = {
  name: "BatchCheckLayerAvailability",
  authorise: onRepository("ecr:BatchCheckLayerAvailability"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const links = await linksAmong(ctx.rows, repository, input.layerDigests);
    const layers: ecr.Layer[] = [];
    const failures: ecr.LayerFailure[] = [];
    for (const layerDigest of input.layerDigests) {
      const link = links.get(layerDigest);
      if (!isSha256(layerDigest)) {
        failures.push({
          layerDigest,
          failureCode: "InvalidLayerDigest",
          failureReason:
            "Invalid request parameters: layer digest should satisfy the regex 'sha256:[a-f0-9]{64}'",
        });
      } else if (link?.referenced === 1) {
        layers.push({
          layerDigest,
          layerAvailability: link.archived === 1 ? "ARCHIVED" : "AVAILABLE",
          layerSize: link.size,
          mediaType: link.media_type ?? undefined,
        });
      } else layers.push({ layerDigest, layerAvailability: "UNAVAILABLE" });
    }
    return { layers, failures };
  },
};
