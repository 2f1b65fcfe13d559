import type { Principal } from "../../../kernel/principal.ts";
import { actingService } from "../network-interfaces/network-interface.ts";

/** AWS: ECS launches by a role that was passed to it, and terminates by the role of ECS Compute. */
const operators: Readonly<Record<string, string>> = { "ecs-compute.amazonaws.com": "ecs.amazonaws.com" };

/**
 * The service that manages what a caller makes, and that alone may change it (`ec2:ManagedResourceOperator`): the one
 * that calls by a role it has taken itself; `undefined` for everybody else.
 */
export function operatorOf(principal: Principal): string | undefined {
  const service = actingService(principal);
  return service === undefined ? undefined : (operators[service] ?? service);
}
