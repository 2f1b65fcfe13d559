import type { PrepareContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { clientFault } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";

/** The session in which ECS uses an infrastructure role. The name is ours. */
export const infrastructureSession = "ecs-managed-instances";

/** What ECS does with a role to see whether it may take it: nothing. */
const takeRole: InternalOperation<Record<string, never>, never, Record<string, never>> = {
  name: "TakeInfrastructureRole",
  service: "ecs",
  unrecorded: true,
  // A role that can be taken need not be allowed anything.
  authorise: () => [],
  read: async () => ({}),
};

/** Takes an infrastructure role once before it is relied on. Throws `ClientException`; the sentence is ours. */
export async function admitInfrastructureRole(ctx: PrepareContext, roleArn: Arn): Promise<void> {
  const role = ctx.as({ servicePrincipal: ecsPrincipal, roleArn, sessionName: infrastructureSession });
  try {
    await role.invoke(takeRole, {});
  } catch (error) {
    if (!isFault(error)) throw error;
    throw clientFault(
      `ECS was unable to assume the infrastructure role '${roleArn}'. Please verify that the role exists and trusts ${ecsPrincipal}.`,
    );
  }
}
