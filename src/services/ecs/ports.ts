import type { Jobs } from "../../store/types.ts";

/** What ECS needs of the rest of the house. The composition root hands it over. */
export interface EcsPorts {
  readonly jobs: Jobs;
}
