import type { TaskRuntime } from "../../runtime/task.ts";
import type { Jobs } from "../../store/types.ts";
import type { ExecPorts } from "./exec/execute-command.ts";
import type { ConnectTlsPorts } from "./service-connect/certificate.ts";

/** What ECS needs of the rest of the house. The composition root hands it over. */
export interface EcsPorts extends ExecPorts, ConnectTlsPorts {
  readonly jobs: Jobs;
  /** What runs the tasks of Fargate: the engine of this machine. */
  readonly fargate: Pick<TaskRuntime, "unavailable">;
  /** Whether this installation has signed an instance identity document. */
  readonly verifyIdentity: (document: string, signature: string) => boolean;
}
