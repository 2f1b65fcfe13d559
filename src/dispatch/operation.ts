import type { Readable } from "node:stream";
import type { AccountId } from "../kernel/brand.ts";
import type { UserPrincipal, VouchedIdentity } from "../kernel/principal.ts";
import type { InputOf, OperationName, OutputOf, SdkModule } from "../protocol/module-types.ts";
import type { Tx } from "../store/types.ts";
import type { AuthoriseContext, CallContext, PrepareContext } from "./context.ts";

/** One permission that a call needs. All that `authorise` returns must be allowed. */
export interface Authorisation {
  /** `ecr:CreateRepository`: an action of the Service Authorization Reference. */
  readonly action: string;
  /** ARN of the resource, or `*` where the action knows none. */
  readonly resource: string;
  /** What a refusal calls the resource, where AWS does not write its ARN. The decision is on `resource` alone. */
  readonly shown?: string;
  /** The resource's owner; taken from the ARN, or the caller's account, when left out. */
  readonly resourceAccount?: AccountId;
  /** Who asks, when nobody signed and an identity provider vouches for the caller: for the audit trail. */
  readonly vouched?: VouchedIdentity;
  /** Service and request condition keys, e.g. `{ "iam:AWSServiceName": "ecs.amazonaws.com" }`. Global keys are added. */
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

interface OperationBase<Input> {
  readonly name: string;
  /**
   * AWS: a call on data (log events, events of a bus), which CloudTrail does not record unless a trail asks for data
   * events. A refusal is recorded all the same.
   */
  readonly dataEvent?: boolean;
  /**
   * What the caller must be permitted. It decides nothing; it may read rows only to complete the ARN of what the
   * input names (a user's path, say). An empty list means that AWS asks for no permission: say why beside it.
   */
  authorise(
    input: Input,
    ctx: AuthoriseContext,
  ): readonly Authorisation[] | Promise<readonly Authorisation[]>;
  /**
   * The account whose trail shows a call that nobody signed, as the input says, also when the call fails before it is
   * known what it asks for. The input may be invalid: nothing is promised of its members.
   */
  recordedFor?(input: Readonly<Record<string, unknown>>): AccountId | undefined;
}

/**
 * Thrown by `commit` when what `prepare` arranged no longer holds (a role was deleted in between). Nothing is written;
 * the dispatcher runs `prepare` and `commit` again, a bounded number of times.
 */
export class StalePreparation extends Error {
  constructor(what: string) {
    super(`prepared state is stale: ${what}`);
    this.name = "StalePreparation";
  }
}

/** Answers from rows; changes nothing. */
export interface Reading<Input, Output> extends OperationBase<Input> {
  read(ctx: PrepareContext, input: Input): Promise<Output>;
}

/**
 * Changes rows. `prepare` may read and call other services, outside any transaction; `commit` runs in one short
 * transaction, reads again what it relies on, and may run more than once.
 */
export interface Writing<Input, Prepared, Output> extends OperationBase<Input> {
  prepare?(ctx: PrepareContext, input: Input): Promise<Prepared>;
  commit(tx: Tx, ctx: CallContext, input: Input, prepared: Prepared): Promise<Output>;
}

/** Takes a stream of bytes: `stage` puts them somewhere safe outside any transaction, `commit` makes them count. */
export interface Streaming<Input, Staged, Output> extends OperationBase<Input> {
  stage(ctx: PrepareContext, input: Input, body: Readable): Promise<Staged>;
  commit(tx: Tx, ctx: CallContext, input: Input, staged: Staged): Promise<Output>;
}

/** An operation of a service's public API: its types come from the official SDK client `M`. */
export type Operation<M extends SdkModule, N extends OperationName<M>, Prepared = undefined> = (
  | Reading<InputOf<M, N>, OutputOf<M, N>>
  | Writing<InputOf<M, N>, Prepared, OutputOf<M, N>>
) & { readonly name: N };

/** Input and output of an operation of an SDK client, for services that speak of them. */
export type { InputOf, OperationName, OutputOf } from "../protocol/module-types.ts";

export type ReadOperation<M extends SdkModule, N extends OperationName<M>> = Reading<
  InputOf<M, N>,
  OutputOf<M, N>
> & {
  readonly name: N;
};

export type WriteOperation<M extends SdkModule, N extends OperationName<M>, Prepared = undefined> = Writing<
  InputOf<M, N>,
  Prepared,
  OutputOf<M, N>
> & { readonly name: N };

/**
 * An operation without a wire form, reachable only in process: registry data plane, replication, deletion tasks.
 * It is authorised and recorded like any other.
 */
export type InternalOperation<Input, Step, Output> = (
  | Reading<Input, Output>
  | Writing<Input, Step, Output>
  | Streaming<Input, Step, Output>
) & {
  /** Signing name of the service it belongs to. */
  readonly service: string;
  /** When set, only this service principal may call it, acting in its own name or as its service-linked role. */
  readonly onlyFor?: string;
  /** Where the audit trail shows it, when that is not its service's own source (`ssmmessages.amazonaws.com`). */
  readonly eventSource?: string;
  /** The name that the audit trail shows, when it is another operation's (`/v2/` blob GET is GetDownloadUrlForLayer). */
  readonly eventName?: string;
  /** Not recorded on its own (a step that AWS does not show either, such as one chunk of an upload). */
  readonly unrecorded?: boolean;
  /** What the audit trail shows as request parameters; nothing when left out. */
  describe?(input: Input): Readonly<Record<string, unknown>>;
  /**
   * For what a service does by itself: the trail shows an AWS service event with these details instead of a call, or
   * nothing when there are none (CloudTrail User Guide, "AWS service events").
   */
  serviceEvent?(input: Input, output: Output): Readonly<Record<string, unknown>> | undefined;
  /** For signing in to the console: the trail shows whose attempt it was and how it went, or nothing. */
  consoleSignIn?(output: Output): ConsoleSignIn | undefined;
};

/** An attempt to sign in to the console, as the audit trail shows it. */
export interface ConsoleSignIn {
  readonly user: UserPrincipal;
  readonly succeeded: boolean;
  /** Whether a code of an MFA device was shown. */
  readonly mfa: boolean;
}

/** Any operation, for tables. */
// biome-ignore lint/suspicious/noExplicitAny: a table of operations forgets their types; the contract gives them back at run time.
export type AnyOperation = Reading<any, any> | Writing<any, any, any> | Streaming<any, any, any>;
