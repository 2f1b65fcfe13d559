import type { Jobs } from "../../store/types.ts";

/** What Systems Manager needs of the rest of the house. The composition root hands it over. */
export interface SsmPorts {
  readonly jobs: Jobs;
}
