import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { defaultPage, imageNamePage } from "../images/list-images.ts";
import { needRepository } from "../repositories/repository.ts";

/** The names of a repository's images: one for each tag, and one for each image without tags. */
export const listImages: ReadOperation<typeof ecr, "ListImages"> = {
  name: "ListImages",
  authorise: onRepository("ecr:ListImages"),
  async read(ctx, input) {
    const repository = await needRepository(ctx.rows, repositoryOf(input, ctx));
    const limit = input.maxResults ?? defaultPage;
    const page = await imageNamePage(ctx.rows, repository, input.filter ?? {}, limit, input.nextToken);
    return {
      imageIds: page.rows.map(({ digest, tag }) => ({ imageDigest: digest, imageTag: tag ?? undefined })),
      nextToken: page.next,
    };
  },
};
