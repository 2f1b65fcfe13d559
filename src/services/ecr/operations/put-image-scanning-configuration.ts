import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRepository, repositoryOf } from "../arn.ts";
import { changeRepository, needRepository } from "../repositories/repository.ts";

/** Keeps the scanning configuration of a repository. */
export const putImageScanningConfiguration: WriteOperation<typeof ecr, "PutImageScanningConfiguration"> = {
  name: "PutImageScanningConfiguration",
  authorise: onRepository("ecr:PutImageScanningConfiguration"),
  async commit(tx, ctx, input) {
    const repository = await needRepository(tx, repositoryOf(input, ctx));
    const scanOnPush = input.imageScanningConfiguration.scanOnPush ?? false;
    await changeRepository(tx, repository, { scanOnPush });
    return {
      registryId: repository.account,
      repositoryName: repository.name,
      imageScanningConfiguration: { scanOnPush },
    };
  },
};
