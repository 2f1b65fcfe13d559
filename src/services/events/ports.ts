import type { PrincipalRegister } from "../../dispatch/policy-principals.ts";
import type { Jobs } from "../../store/types.ts";

/** What EventBridge needs of the rest of the house. The composition root hands it over. */
export interface EventsPorts {
  /** Users and roles by unique id, for the policies of buses that name them. */
  readonly principals: PrincipalRegister;
  readonly jobs: Jobs;
  /** Whether API destinations may speak plain HTTP: where private addresses may be called. */
  readonly plainHttpEndpoints: boolean;
}
