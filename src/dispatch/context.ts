import type { Readable } from "node:stream";
import type { AccountId, Arn, Region } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Random } from "../kernel/random.ts";
import type { Rows } from "../store/types.ts";
import type { InternalOperation } from "./operation.ts";

/** Where a call came from, as CloudTrail shows it. A service's own call has the service principal in both fields. */
export interface CallSource {
  readonly ip: string;
  readonly userAgent: string;
  /** `Host` as the client sent it (`localhost:4566`), so that answers can name addresses the client can reach. */
  readonly host?: string;
  /** `Referer` as the client sent it (`aws:Referer`). */
  readonly referer?: string;
  /** Whether the client spoke TLS (`aws:SecureTransport`). */
  readonly secure: boolean;
}

/** What an operation may know of the call it serves. Deciding needs nothing else: no clock, no globals. */
export interface CallContext {
  readonly requestId: string;
  readonly principal: Principal;
  /** The caller's account. */
  readonly account: AccountId;
  /** The region the call was sent to. */
  readonly region: Region;
  /** When the call began, epoch milliseconds. */
  readonly now: number;
  readonly random: Random;
  readonly source: CallSource;
  /** Services through which the caller's identity was forwarded, first to last (`aws:CalledVia`). */
  readonly calledVia: readonly string[];
}

/** While naming its permissions, an operation may read rows. */
export interface AuthoriseContext extends CallContext {
  readonly rows: Rows;
}

/** While preparing, an operation may also read rows and call other services; while committing it may not. */
export interface PrepareContext extends AuthoriseContext {
  /** Calls as a service-linked role of the caller's account (or `account`), in a session of that role. */
  as(role: ServiceLinkedRoleRef): Client;
  /**
   * Calls with the caller's own identity, forwarded by a service (forward access session): the nested call sees
   * `aws:ViaAWSService` and the service at the end of `aws:CalledVia`.
   */
  forward(servicePrincipal: string): Client;
}

/** Names the role that a service acts as: its service-linked role, or one that a customer passed to it. */
export interface ServiceLinkedRoleRef {
  /** `replication.ecr.amazonaws.com`. */
  readonly servicePrincipal: string;
  /** The account whose role it is; the caller's when left out. */
  readonly account?: AccountId;
  /** The role session's name, as CloudTrail shows it. */
  readonly sessionName: string;
  /** An ordinary role of the account that was passed to the service, in place of its service-linked role. */
  readonly roleArn?: Arn;
  /** The resource on whose behalf the service takes the role: `aws:SourceArn` for the role's trust policy. */
  readonly sourceArn?: Arn;
}

/** Any command of an official SDK client, e.g. `new CreateRepositoryCommand({…})`. */
export interface SdkCommand<Input extends object, Output> {
  readonly input: Input;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: Output }>;
}

export interface SendOptions {
  /** Where to send it; the region of the surrounding call when left out. */
  readonly region?: Region;
}

export interface InvokeOptions extends SendOptions {
  /** The bytes of a streaming operation. When the call fails early they are left unread: the caller disposes of them. */
  readonly body?: Readable;
}

/** Makes calls in process, through the one door, as somebody. Every call is authorised and recorded like any other. */
export interface Client {
  send<Input extends object, Output>(
    command: SdkCommand<Input, Output>,
    options?: SendOptions,
  ): Promise<Output>;
  invoke<Input, Output>(
    operation: InternalOperation<Input, never, Output> | InternalOperation<Input, unknown, Output>,
    input: Input,
    options?: InvokeOptions,
  ): Promise<Output>;
}
