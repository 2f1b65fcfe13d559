import type { Jobs, Sealer } from "../../store/types.ts";

/** What Secrets Manager needs of the rest of the house. The composition root hands it over. */
export interface SecretsManagerPorts {
  readonly sealer: Sealer;
  readonly jobs: Jobs;
}
