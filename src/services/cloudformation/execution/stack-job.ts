import type { Tx } from "../../../store/types.ts";
import { cloudFormationPrincipal } from "../principal.ts";
import type { Stack } from "../stacks/stack.ts";

/** The queue of stacks that are being made, changed or removed. */
export const stackQueue = "cloudformation.stack";

export interface StackJob {
  readonly stackId: string;
}

/** Has a stack worked on, in the transaction that says what is to become of it. */
export async function enqueueStack(tx: Tx, { id, account, region }: Stack): Promise<void> {
  const payload: StackJob = { stackId: id };
  await tx.enqueue({
    queue: stackQueue,
    key: id,
    account,
    region,
    payload,
    servicePrincipal: cloudFormationPrincipal,
  });
}
