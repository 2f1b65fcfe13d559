import type { PrincipalRegister } from "../../dispatch/policy-principals.ts";
import type { Jobs, Sealer } from "../../store/types.ts";

/** What Secrets Manager needs of the rest of the house. The composition root hands it over. */
export interface SecretsManagerPorts {
  readonly sealer: Sealer;
  readonly jobs: Jobs;
  /** Users and roles by unique id, for the policies that name them. */
  readonly principals: PrincipalRegister;
}
