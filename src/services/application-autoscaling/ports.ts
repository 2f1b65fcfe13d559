import type { Jobs } from "../../store/types.ts";

/** What Application Auto Scaling needs of the rest of the house. */
export interface AutoScalingPorts {
  readonly jobs: Jobs;
}
