import type { Jobs, Sealer } from "../../store/types.ts";

/** What KMS needs of the rest of the house. The composition root hands it over. */
export interface KmsPorts {
  readonly sealer: Sealer;
  readonly jobs: Jobs;
}
