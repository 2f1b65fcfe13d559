import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onRepository, registryOf, repositoryOf } from "../arn.ts";
import { imageNotFound } from "../faults.ts";
import { findManifest, needDigest } from "../images/images.ts";
import { readManifest } from "../images/manifest.ts";
import { needRepository } from "../repositories/repository.ts";
import {
  checkScanQuota,
  describeScanStatus,
  findScan,
  isScannable,
  mostScans,
  requestScan,
  scansOfDay,
} from "../scanning/scans.ts";

/** Has an image scanned; what it finds is for DescribeImageScanFindings. */
export const startImageScan: WriteOperation<typeof ecr, "StartImageScan"> = {
  name: "StartImageScan",
  authorise: onRepository("ecr:StartImageScan"),
  async prepare(ctx, input) {
    if ((await scansOfDay(ctx.rows, registryOf(input, ctx), ctx.now)) < mostScans) return;
    // The words are ours, after those of the quota per image.
    throw new Fault(
      "LimitExceededException",
      "The scan quota per registry has been exceeded. Wait and try again.",
    );
  },
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const imageDigest = await needDigest(tx, repository, input.imageId);
    const image = await findManifest(tx, repository, { imageDigest });
    if (image === undefined) throw imageNotFound(repository, input.imageId);
    // The words are ours.
    if (image.status !== "ACTIVE") {
      throw new Fault("ImageArchivedException", `The image with digest '${imageDigest}' is archived`);
    }
    if (!isScannable(readManifest(image.manifest, image.media_type))) {
      // API Reference, "StartImageScan", UnsupportedImageTypeException.
      throw new Fault("UnsupportedImageTypeException", "The image is of a type that cannot be scanned.");
    }
    checkScanQuota(await findScan(tx, repository, imageDigest), ctx.now);
    const scan = await requestScan(tx, repository, imageDigest, ctx.now);
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      imageId: { imageDigest, imageTag: input.imageId.imageTag },
      imageScanStatus: describeScanStatus(scan),
    };
  },
};
