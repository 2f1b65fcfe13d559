import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { imageNotFound } from "../faults.ts";
import { needDigest } from "../images/images.ts";
import {
  defaultPage,
  describeImage,
  imagePage,
  imagesByDigest,
  tagsByDigest,
} from "../images/list-images.ts";
import { needRepository } from "../repositories/repository.ts";
import { scansByDigest } from "../scanning/scans.ts";

/** The images of a repository in order of their digests, or those that are named. */
export const describeImages: ReadOperation<typeof ecr, "DescribeImages"> = {
  name: "DescribeImages",
  authorise: onRepository("ecr:DescribeImages"),
  async read(ctx, input) {
    const { rows } = ctx;
    const repository = await needRepository(rows, repositoryOf(input, ctx));
    if (input.imageIds !== undefined) {
      const digests = new Set<string>();
      for (const imageId of input.imageIds) digests.add(await needDigest(rows, repository, imageId));
      const images = await imagesByDigest(rows, repository, [...digests]);
      const tags = await tagsByDigest(rows, repository, [...digests]);
      const scans = await scansByDigest(rows, repository, [...digests]);
      const byDigest = new Map(images.map((image) => [image.digest, image]));
      const imageDetails = [...digests].map((digest) => {
        const image = byDigest.get(digest);
        if (image === undefined) throw imageNotFound(repository, { imageDigest: digest });
        return describeImage(image, tags.get(digest), scans.get(digest));
      });
      return { imageDetails };
    }
    const limit = input.maxResults ?? defaultPage;
    const page = await imagePage(rows, repository, input.filter ?? {}, limit, input.nextToken);
    const digests = page.rows.map(({ digest }) => digest);
    const tags = await tagsByDigest(rows, repository, digests);
    const scans = await scansByDigest(rows, repository, digests);
    return {
      imageDetails: page.rows.map((image) =>
        describeImage(image, tags.get(image.digest), scans.get(image.digest)),
      ),
      nextToken: page.next,
    };
  },
};
