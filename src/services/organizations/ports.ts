import type { Jobs } from "../../store/types.ts";

/** What Organizations needs of the rest of the house. The composition root hands it over. */
export interface OrganizationsPorts {
  readonly jobs: Jobs;
}
