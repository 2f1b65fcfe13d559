import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { AuditTrail } from "../audit/trail.ts";
import type { AccountId, Arn, Region } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault } from "../kernel/fault.ts";
import { uuid } from "../kernel/ids.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Random } from "../kernel/random.ts";
import { operationOfCommand } from "../protocol/contract.ts";
import type { Store } from "../store/types.ts";
import { type Authoriser, accessDenied, type Verdict } from "./authorise.ts";
import type { CallContext, CallSource, Client, PrepareContext, SendOptions } from "./context.ts";
import type { DecisionLog } from "./decision-log.ts";
import { describeCall } from "./describe.ts";
import type { EncodedRefusals } from "./encoded-refusals.ts";
import { StalePreparation } from "./operation.ts";
import type { RoleSessions, TakenRole } from "./role-sessions.ts";
import type { BoundOperation, ServiceTable } from "./service-table.ts";

/** A call that has been authenticated and decoded. */
export interface Call {
  readonly operation: BoundOperation;
  readonly input: unknown;
  readonly principal: Principal;
  readonly region: Region;
  readonly source: CallSource;
  readonly requestId?: string;
  /** The bytes of a streaming operation. */
  readonly body?: Readable;
  readonly calledVia?: readonly string[];
  readonly depth?: number;
}

export interface DispatcherPorts {
  readonly table: ServiceTable;
  readonly authoriser: Authoriser;
  readonly sessions: RoleSessions;
  /** The refusals that carry an encoded message; none do when it is left out. */
  readonly encodedRefusals?: EncodedRefusals;
  readonly trail: AuditTrail;
  readonly decisions: DecisionLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears of programming errors, which clients see as `InternalFailure` without text. */
  readonly onError: (requestId: string, error: unknown) => void;
  /** Hears of every finished call: one log line each. */
  readonly onCall: (call: FinishedCall) => void;
}

export interface FinishedCall {
  readonly requestId: string;
  readonly service: string;
  readonly operation: string;
  readonly principal: Principal;
  readonly region: Region;
  /** Fault code, or `undefined` when it went well. */
  readonly code?: string;
  readonly message?: string;
  readonly ms: number;
  readonly depth: number;
  /** It is no read: rows may have changed. */
  readonly changes: boolean;
}

/** The one door. Whatever happens in Roadstead happens through `call`. */
export interface Dispatcher {
  call(call: Call): Promise<unknown>;
  /**
   * A client that calls as a principal (the registry's logged-in user).
   * @param calledVia the services through which its identity was forwarded, for what is done after its own call ended.
   */
  clientFor(principal: Principal, region: Region, source: CallSource, calledVia?: readonly string[]): Client;
  /** A client that calls as a role that a service takes, in sessions of that role. */
  clientAs(role: TakenRole, region: Region): Client;
  /** A client that calls as a service in its own name, for an account and, where there is one, a resource of it. */
  clientOf(servicePrincipal: string, account: AccountId, region: Region, sourceArn?: Arn): Client;
}

/** Nested calls go no deeper. */
const maxDepth = 8;
/** How often `prepare` and `commit` are run when what was prepared has become stale. */
const maxPreparations = 8;

/** Builds the door. */
export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { table, authoriser, trail, store, clock, random } = ports;

  async function call(request: Call): Promise<unknown> {
    const { operation: bound, principal } = request;
    const began = clock.now();
    const ctx: CallContext = {
      requestId: request.requestId ?? uuid(random),
      principal,
      account: principal.type === "Anonymous" ? ("" as AccountId) : principal.account,
      region: request.region,
      now: began,
      random,
      source: request.source,
      calledVia: request.calledVia ?? [],
    };
    const depth = request.depth ?? 0;
    let verdicts: readonly Verdict[] = [];
    let decided = false;
    const finish = ports.sessions.running.begin(principal, request.region);
    try {
      if (depth > maxDepth) throw new Error(`calls nested deeper than ${maxDepth}`);
      const invalid = bound.contract?.validate(request.input);
      if (invalid !== undefined) throw invalid;
      refuseStrangers(bound, principal);
      const step = prepareContext(ctx, depth);
      const wanted = await bound.operation.authorise(request.input, step);
      verdicts = await authoriser.decide(ctx, wanted);
      // A service's own bookkeeping, which needs no permission, has nothing to explain.
      if (verdicts.length > 0 || bound.internal?.unrecorded !== true)
        ports.decisions.note(ctx, bound, verdicts);
      decided = true;
      const last = verdicts[verdicts.length - 1];
      if (last !== undefined && !last.decision.allowed) throw refusalOf(bound, last, principal);
      const output = await run(bound, step, ctx, request, verdicts);
      ports.onCall(finished(ctx, bound, depth, clock.now()));
      return output;
    } catch (error) {
      const fault = error instanceof Fault ? error : internalFailure(ctx.requestId, error);
      if (!decided) noteRefusal(ctx, bound, fault);
      if (isRecorded(bound) || fault.code === "AccessDenied") {
        const errorCode = ports.encodedRefusals?.recordedCode(bound.service.signingName, fault.code);
        await trail.recordNow(describeCall(ctx, bound, request.input, verdicts, { fault, errorCode }));
      }
      ports.onCall(finished(ctx, bound, depth, clock.now(), fault));
      throw fault;
    } finally {
      finish();
    }
  }

  /** The fault of a refused permission, as the service words it. */
  function refusalOf({ service, name }: BoundOperation, refused: Verdict, principal: Principal): Fault {
    const encoded = ports.encodedRefusals?.fault(service.signingName, name, refused, principal);
    return encoded ?? accessDenied(refused);
  }

  /** What a call that no policy was asked about leaves in the decision log. */
  function noteRefusal(ctx: CallContext, bound: BoundOperation, { code, message }: Fault): void {
    ports.decisions.noteRefusal({
      requestId: ctx.requestId,
      time: ctx.now,
      service: bound.service.signingName,
      operation: bound.name,
      principal: ctx.principal,
      refusal: { stage: "input", code, message, from: ctx.source.ip },
    });
  }

  /** The operation itself: read, or prepare and commit, or stage and commit; and its record. */
  async function run(
    bound: BoundOperation,
    step: PrepareContext,
    ctx: CallContext,
    request: Call,
    verdicts: readonly Verdict[],
  ): Promise<unknown> {
    const { operation } = bound;
    const recorded = isRecorded(bound);
    if ("read" in operation) {
      const output: unknown = await operation.read(step, request.input);
      if (recorded) await trail.recordSoon(describeCall(ctx, bound, request.input, verdicts, {}));
      return output;
    }
    if ("stage" in operation) {
      if (request.body === undefined) throw new Error(`${bound.name} needs a body`);
      const staged: unknown = await operation.stage(step, request.input, request.body);
      return commit(bound, ctx, request.input, verdicts, (tx) =>
        operation.commit(tx, ctx, request.input, staged),
      );
    }
    for (let attempt = 1; ; attempt++) {
      const prepared: unknown = await operation.prepare?.(step, request.input);
      try {
        return await commit(bound, ctx, request.input, verdicts, (tx) =>
          operation.commit(tx, ctx, request.input, prepared),
        );
      } catch (error) {
        if (!(error instanceof StalePreparation)) throw error;
        if (attempt === maxPreparations) {
          throw new Fault(
            "ServiceUnavailable",
            `The request could not be served now. Try again: ${error.message}.`,
            {
              status: 503,
              cause: error,
            },
          );
        }
        await wait(10 * attempt);
      }
    }
  }

  async function commit(
    bound: BoundOperation,
    ctx: CallContext,
    input: unknown,
    verdicts: readonly Verdict[],
    work: (tx: Parameters<Parameters<Store["transaction"]>[0]>[0]) => Promise<unknown>,
  ): Promise<unknown> {
    const recorded = isRecorded(bound);
    const { output, record } = await store.transaction(async (tx) => {
      const output = await work(tx);
      if (bound.service.decidesAccess === true) await tx.bumpEpoch(ctx.account);
      const { internal } = bound;
      const happened =
        (internal?.serviceEvent === undefined || internal.serviceEvent(input, output)) &&
        (internal?.consoleSignIn === undefined || internal.consoleSignIn(output));
      const record = recorded && happened ? describeCall(ctx, bound, input, verdicts, { output }) : undefined;
      if (record !== undefined) await trail.recordIn(tx, record);
      return { output, record };
    });
    if (record !== undefined && record.errorMessage === undefined) trail.noteUse(record);
    return output;
  }

  function prepareContext(ctx: CallContext, depth: number): PrepareContext {
    return {
      ...ctx,
      rows: store.rows,
      as: (role) => roleClient({ ...role, account: role.account ?? ctx.account }, ctx.region, depth + 1),
      forward: (servicePrincipal) =>
        client(
          async () => ctx.principal,
          ctx.region,
          { ...ctx.source, ip: servicePrincipal, userAgent: servicePrincipal },
          [...ctx.calledVia, servicePrincipal],
          depth + 1,
        ),
    };
  }

  function roleClient(role: TakenRole, region: Region, depth: number): Client {
    const source = serviceSource(role.servicePrincipal);
    return client(() => ports.sessions.session(role, region), region, source, [], depth);
  }

  /** A client for whoever `who` says, asked anew at each call. */
  function client(
    who: () => Promise<Principal>,
    region: Region,
    source: CallSource,
    calledVia: readonly string[],
    depth: number,
  ): Client {
    const through = async (
      operation: BoundOperation,
      input: unknown,
      options: SendOptions & { readonly body?: Readable },
    ): Promise<unknown> =>
      call({
        operation,
        input,
        principal: await who(),
        region: options.region ?? region,
        source,
        body: options.body,
        calledVia,
        depth,
      });
    return {
      async send(command, options = {}) {
        const { namespace, name } = operationOfCommand(command);
        const service = table.byNamespace(namespace)?.service;
        const operation = service && table.operation(service, name);
        if (operation === undefined) throw new Error(`no operation ${namespace}#${name}`);
        return (await through(operation, command.input, options)) as never;
      },
      async invoke(operation, input, options = {}) {
        return (await through(table.internal(operation as never), input, options)) as never;
      },
    };
  }

  function internalFailure(requestId: string, error: unknown): Fault {
    ports.onError(requestId, error);
    return new Fault("InternalFailure", "The request processing has failed because of an unknown error.", {
      status: 500,
      cause: error,
    });
  }

  return {
    call,
    clientFor: (principal, region, source, calledVia = []) =>
      client(async () => principal, region, source, calledVia, 0),
    clientAs: (role, region) => roleClient(role, region, 1),
    clientOf: (servicePrincipal, account, region, sourceArn) =>
      client(
        async () => ({ type: "AWSService", service: servicePrincipal, account, sourceArn }),
        region,
        serviceSource(servicePrincipal),
        [],
        1,
      ),
  };
}

/** An operation that is one service's own is refused to everybody else, whatever their policies say. */
function refuseStrangers(bound: BoundOperation, principal: Principal): void {
  const owner = bound.internal?.onlyFor;
  if (owner === undefined) return;
  const acting =
    principal.type === "AWSService"
      ? principal.service
      : principal.type === "AssumedRole"
        ? principal.invokedBy
        : undefined;
  if (acting === owner) return;
  const who =
    principal.type === "Anonymous" ? "anonymous" : "arn" in principal ? principal.arn : principal.service;
  throw new Fault(
    "AccessDenied",
    `User: ${who} is not authorized to perform: ${bound.service.arnName ?? bound.service.signingName}:${bound.name}`,
  );
}

/** Whether the calls of an operation are on record when they go well. */
function isRecorded({ internal, operation }: BoundOperation): boolean {
  return internal?.unrecorded !== true && operation.dataEvent !== true;
}

/** AWS: a service's own calls show the service principal as their address and user agent. */
function serviceSource(servicePrincipal: string): CallSource {
  return { ip: servicePrincipal, userAgent: servicePrincipal, secure: true };
}

function finished(
  ctx: CallContext,
  bound: BoundOperation,
  depth: number,
  now: number,
  fault?: Fault,
): FinishedCall {
  return {
    requestId: ctx.requestId,
    service: bound.service.signingName,
    operation: bound.internal?.eventName ?? bound.name,
    principal: ctx.principal,
    region: ctx.region,
    code: fault?.code,
    message: fault?.message,
    ms: now - ctx.now,
    depth,
    changes: fault === undefined && !("read" in bound.operation),
  };
}
