import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { registryOf, repositoryArn } from "../arn.ts";
import { findRepository } from "../repositories/repository.ts";
import { appliedFilters, findScanningRules, scansOnPush } from "../scanning/configuration.ts";

/** The scanning configurations of repositories of the caller's registry. */
export const batchGetRepositoryScanningConfiguration: ReadOperation<
  typeof ecr,
  "BatchGetRepositoryScanningConfiguration"
> = {
  name: "BatchGetRepositoryScanningConfiguration",
  authorise: (input, ctx) =>
    input.repositoryNames.map((name) => ({
      action: "ecr:BatchGetRepositoryScanningConfiguration",
      resource: repositoryArn({ ...registryOf({}, ctx), name }),
    })),
  async read(ctx, input) {
    const scanningConfigurations: ecr.RepositoryScanningConfiguration[] = [];
    const failures: ecr.RepositoryScanningConfigurationFailure[] = [];
    const rules = await findScanningRules(ctx.rows, registryOf({}, ctx));
    for (const repositoryName of input.repositoryNames) {
      const repository = await findRepository(ctx.rows, { ...registryOf({}, ctx), name: repositoryName });
      if (repository === undefined) {
        failures.push({
          repositoryName,
          failureCode: "REPOSITORY_NOT_FOUND",
          failureReason: "Repository not found",
        });
        continue;
      }
      scanningConfigurations.push({
        repositoryArn: repositoryArn(repository),
        repositoryName,
        scanOnPush: scansOnPush(rules, repository),
        scanFrequency: scansOnPush(rules, repository) ? "SCAN_ON_PUSH" : "MANUAL",
        appliedScanFilters: [...appliedFilters(rules, repositoryName)],
      });
    }
    return { scanningConfigurations, failures };
  },
};
