import type { Principal } from "../../kernel/principal.ts";

/** A principal as messages name it: its ARN, or a service's name. */
export function principalArn(principal: Principal): string {
  if (principal.type === "AWSService") return principal.service;
  return principal.type === "Anonymous" ? "anonymous" : principal.arn;
}
