import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { isDigest } from "../../../kernel/digest.ts";
import { hour } from "../../../kernel/duration.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { layerInaccessible, layerNotFound } from "../faults.ts";
import { findLink } from "../layers.ts";
import type { EcrPorts } from "../ports.ts";
import { needRepository } from "../repository.ts";

/** A URL from which a layer of an image can be fetched for an hour. */
export const getDownloadUrlForLayer = ({
  registryNames,
}: EcrPorts): ReadOperation<typeof ecr, "GetDownloadUrlForLayer"> => ({
  name: "GetDownloadUrlForLayer",
  authorise: onRepository("ecr:GetDownloadUrlForLayer"),
  async read(ctx, input) {
    const { account, region, name } = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const digest = input.layerDigest;
    const link = isDigest(digest) ? await findLink(ctx.rows, { account, region, name }, digest) : undefined;
    if (link === undefined || !isDigest(digest)) throw layerNotFound({ account, region, name }, digest);
    if (link.referenced === 0) throw layerInaccessible();
    const layer = { account, region, repositoryName: name, digest };
    return {
      downloadUrl: registryNames.downloadUrl(layer, ctx.now + hour, ctx),
      layerDigest: digest,
    };
  },
});
