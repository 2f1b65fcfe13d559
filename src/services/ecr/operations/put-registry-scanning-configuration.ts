import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { describeScanningRules, readScanningRules, setScanningRules } from "../scanning/configuration.ts";

/** Replaces the rules by which the caller's registry scans on push. */
export const putRegistryScanningConfiguration: WriteOperation<
  typeof ecr,
  "PutRegistryScanningConfiguration"
> = {
  name: "PutRegistryScanningConfiguration",
  authorise: onRegistry("ecr:PutRegistryScanningConfiguration"),
  async commit(tx, ctx, input) {
    const rules = readScanningRules(input);
    await setScanningRules(tx, registryOf({}, ctx), rules);
    return { registryScanningConfiguration: describeScanningRules(rules) };
  },
};
