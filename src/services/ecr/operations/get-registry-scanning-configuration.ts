import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeScanningRules, findScanningRules } from "../scanning/configuration.ts";

/** The rules by which the caller's registry scans on push. */
export const getRegistryScanningConfiguration: ReadOperation<typeof ecr, "GetRegistryScanningConfiguration"> =
  {
    name: "GetRegistryScanningConfiguration",
    authorise: onRegistry("ecr:GetRegistryScanningConfiguration"),
    async read(ctx) {
      const rules = await findScanningRules(ctx.rows, registryOf({}, ctx));
      return { registryId: ctx.account, scanningConfiguration: describeScanningRules(rules) };
    },
  };
