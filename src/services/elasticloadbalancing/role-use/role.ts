import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import type { Client, PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation } from "../../../dispatch/operation.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { elbPrincipal } from "../principal.ts";

/** AWS: what the role says of itself (captured). */
const description = "Allows ELB to call AWS services on your behalf.";

/** How making sure of the service-linked role went. */
export interface RolePreparation {
  /** Why the caller may not create the role; it matters only when the role is not there. */
  readonly denial?: Fault;
}

/**
 * Creates AWSServiceRoleForElasticLoadBalancing with the caller's own identity, forwarded, as the first load balancer or
 * target group does (User Guide, "Elastic Load Balancing service-linked role").
 */
export async function prepareRole(ctx: PrepareContext): Promise<RolePreparation> {
  try {
    await ctx
      .forward(elbPrincipal)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: elbPrincipal, Description: description }));
    return {};
  } catch (error) {
    if (isFault(error, "InvalidInput", "InvalidInputException")) return {};
    if (isFault(error, "AccessDenied", "AccessDeniedException")) {
      return { denial: new Fault("AccessDenied", error.message, { cause: error }) };
    }
    throw error;
  }
}

/**
 * Makes sure, in the commit, that the role is there: the row that is locked here is the one its deletion takes.
 * @throws Fault `AccessDenied` when it is absent and the caller may not create it; StalePreparation when it went away
 * since it was prepared.
 */
export async function holdRole(tx: Tx, account: AccountId, { denial }: RolePreparation): Promise<void> {
  const lock = await tx.lockRole(account, elbPrincipal);
  if (lock === "absent" && denial !== undefined) throw denial;
  if (lock !== "present") throw new StalePreparation(`the role of ${elbPrincipal} is ${lock}`);
}

/** AWS: the session in which load balancers work (CloudTrail records of customers). */
export const elbSession = "ElasticLoadBalancing";

/** Acts as the role, for what a request names of EC2. */
export function asElb(ctx: PrepareContext): Client {
  return ctx.as({ servicePrincipal: elbPrincipal, sessionName: elbSession });
}

/**
 * What the role sees; undefined when there is no role, so that nothing can be seen.
 * @throws what its policy refuses, and what the look-up itself says.
 */
export async function seen<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isFault(error, "NoSuchEntity")) return undefined;
    throw error;
  }
}
