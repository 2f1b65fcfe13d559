import type { CallSource } from "../../dispatch/context.ts";
import type { TaskRuntime } from "../../runtime/task.ts";
import type { Jobs } from "../../store/types.ts";

/** What ECS needs of the rest of the house. The composition root hands it over. */
export interface EcsPorts {
  readonly jobs: Jobs;
  /** What runs the tasks of Fargate: the engine of this machine. */
  readonly fargate: Pick<TaskRuntime, "unavailable">;
  /** Whether this installation has signed an instance identity document. */
  readonly verifyIdentity: (document: string, signature: string) => boolean;
  /** The origin at which a caller can call again: `http://10.0.0.1:4566`. */
  readonly addressOf: (source: CallSource) => string;
}
