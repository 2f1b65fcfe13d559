import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AuthoriseContext, CallContext, PrepareContext } from "../../dispatch/context.ts";
import type {
  Authorisation,
  InputOf,
  OperationName,
  OutputOf,
  ReadOperation,
  WriteOperation,
} from "../../dispatch/operation.ts";
import type { Tx } from "../../store/types.ts";

/** The official client, whose commands are the contract. */
export type Elb = typeof elbv2;

/** What a change needs permission for. */
type Needs<N extends OperationName<Elb>> = (
  input: InputOf<Elb, N>,
  ctx: AuthoriseContext,
) => readonly Authorisation[] | Promise<readonly Authorisation[]>;

/** An operation that only looks. AWS: none of them knows a resource (Service Authorization Reference). */
export function reading<N extends OperationName<Elb>>(
  name: N,
  read: (ctx: PrepareContext, input: InputOf<Elb, N>) => Promise<OutputOf<Elb, N>>,
): ReadOperation<Elb, N> {
  return {
    name,
    authorise: () => [{ action: `elasticloadbalancing:${name}`, resource: "*" }],
    read,
  };
}

/** An operation that changes something, and needs nothing of other services for it. */
export function writing<N extends OperationName<Elb>>(
  name: N,
  authorise: Needs<N>,
  commit: (tx: Tx, ctx: CallContext, input: InputOf<Elb, N>) => Promise<OutputOf<Elb, N>>,
): WriteOperation<Elb, N> {
  return { name, authorise, commit };
}

/** One permission of an operation's own name on what its input names. */
export function onResource(
  name: string,
  arn: string | undefined,
  context?: Authorisation["context"],
): Authorisation[] {
  return [
    {
      action: `elasticloadbalancing:${name}`,
      resource: arn ?? "*",
      ...(context !== undefined && { context }),
    },
  ];
}
