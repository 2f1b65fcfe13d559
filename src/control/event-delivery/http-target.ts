import { DeleteSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import { boundedCache } from "../../kernel/bounded-cache.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { second } from "../../kernel/duration.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import {
  apiDestinationCall,
  type ConnectionSecret,
  type HttpCall,
  outcomeOf,
  type TargetHttpParameters,
  tokenCall,
  tokenOf,
} from "./http-call.ts";
import { createPace } from "./pace.ts";

/** AWS: an endpoint has five seconds to answer. */
const limits = { ms: 5 * second, bytes: 64 * 1024 } as const;

/** A token is renewed this long before its end. */
const margin = 30 * second;

/** EventBridge's own steps, and the way out. */
export interface HttpTargetPorts extends LoopPorts {
  readonly eventsPrincipal: string;
  /** In whose service-linked role the secrets of connections are read. */
  readonly apiDestinationsPrincipal: string;
  readonly authorizationQueue: string;
  readonly secretRemovalQueue: string;
  readonly invokeApiDestination: InternalOperation<
    { readonly apiDestinationArn: string },
    undefined,
    Invocation
  >;
  readonly secretToAuthorize: InternalOperation<{ readonly job: Job }, undefined, string | undefined>;
  readonly settleAuthorization: InternalOperation<
    { readonly job: Job; readonly error?: string },
    undefined,
    boolean
  >;
  readonly secretIsUsed: InternalOperation<{ readonly job: Job }, undefined, boolean>;
  readonly settleDelivery: InternalOperation<
    { readonly job: Job; readonly error?: string },
    undefined,
    boolean
  >;
  /** Calls an address that a user named: guarded, and bounded in time and bytes. */
  call(
    url: URL,
    request: Omit<HttpCall, "url">,
    limits: { readonly ms: number; readonly bytes: number },
  ): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    readonly body: string;
  }>;
}

/** What a call is made of, as EventBridge tells. */
interface Invocation {
  readonly endpoint: string;
  readonly method: string;
  readonly rate: number;
  readonly connectionArn: string;
  readonly revision: string;
  readonly type: string;
  readonly secretArn: string;
}

/** An event on its way to an API destination. */
export interface HttpDelivery {
  readonly apiDestinationArn: string;
  /** Acts as the target's role. */
  readonly caller: Client;
  readonly account: AccountId;
  readonly region: Region;
  readonly parameters: TargetHttpParameters;
  readonly input: string;
  /** The delivery's: a second attempt is the same delivery. */
  readonly jobId: string;
}

/** The destination takes no more calls now: the delivery waits, and this was no attempt. */
export class NotYet extends Error {
  /** Epoch ms. */
  readonly until: number;
  constructor(until: number) {
    super("the invocation rate of the API destination is used up");
    this.name = "NotYet";
    this.until = until;
  }
}

/** The endpoint's refusal; `after` in ms, when it said how long to wait. */
export class HttpRefusal extends Fault {
  readonly after: number | undefined;
  constructor(status: number, after: number | undefined) {
    super("HttpRefusal", `The endpoint answered ${status}.`);
    this.after = after;
  }
}

/** Calls of API destinations, with the tokens of their connections and the pace that each destination sets. */
export interface HttpTargets {
  /** @throws NotYet, Fault: those that no attempt mends have the code `ValidationException`. */
  send(delivery: HttpDelivery): Promise<void>;
  /** How often a job was told `NotYet`. */
  waits(jobId: string): number;
  readonly loops: readonly JobLoop[];
}

/** Makes them, and starts what connections need: first tokens, and the end of secrets that nobody needs. */
export function startHttpTargets(ports: HttpTargetPorts): HttpTargets {
  const { clock } = ports;
  const tokens = boundedCache<{ readonly text: string; readonly until: number }>(2_000);
  const pace = createPace();

  async function secretOf(account: AccountId, region: Region, secretArn: string): Promise<ConnectionSecret> {
    const { SecretString = "{}" } = await asApiDestinations(ports, account, region).send(
      new GetSecretValueCommand({ SecretId: secretArn }),
    );
    return JSON.parse(SecretString) as ConnectionSecret;
  }

  async function freshToken(key: string, secret: ConnectionSecret): Promise<string> {
    const { url, ...request } = tokenCall(secret);
    const { status, body } = await ports.call(url, request, limits);
    const token = status >= 200 && status < 300 ? tokenOf(body) : undefined;
    if (token === undefined) {
      throw new Fault(
        "ConnectionNotAuthorized",
        `The authorization endpoint answered ${status} and no token.`,
      );
    }
    const until = clock.now() + token.lasts * second - margin;
    tokens.set(key, { text: token.text, until });
    return token.text;
  }

  async function authorize(job: Job): Promise<void> {
    const { account, region } = job;
    const service = ports.clientOf(ports.eventsPrincipal, account, region);
    const secretArn = await service.invoke(ports.secretToAuthorize, { job });
    let error: string | undefined;
    try {
      if (secretArn !== undefined) {
        const { connectionArn, revision } = job.payload as Pick<Invocation, "connectionArn" | "revision">;
        await freshToken(`${connectionArn} ${revision}`, await secretOf(account, region, secretArn));
      }
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await service.invoke(ports.settleAuthorization, { job, ...(error !== undefined && { error }) });
  }

  async function removeSecret(job: Job): Promise<void> {
    const { account, region } = job;
    const service = ports.clientOf(ports.eventsPrincipal, account, region);
    const { secretArn: SecretId } = job.payload as { readonly secretArn: string };
    if (!(await service.invoke(ports.secretIsUsed, { job }))) {
      const command = new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true });
      try {
        await asApiDestinations(ports, account, region).send(command);
      } catch (error) {
        // Without the role nobody can: what is left is the account's to remove.
        if (isFault(error, "NoSuchEntity")) {
          await service.invoke(ports.settleDelivery, { job, error: error.message });
          return;
        }
        if (!isFault(error, "ResourceNotFoundException")) throw error;
      }
    }
    await service.invoke(ports.settleDelivery, { job });
  }

  return {
    async send({ apiDestinationArn, caller, account, region, parameters, input, jobId }) {
      const invocation = await caller.invoke(ports.invokeApiDestination, { apiDestinationArn });
      const now = clock.now();
      const turn = pace.turn(apiDestinationArn, invocation.rate, jobId, now);
      if (turn > now) throw new NotYet(Math.ceil(turn));
      const secret = await secretOf(account, region, invocation.secretArn);
      const key = `${invocation.connectionArn} ${invocation.revision}`;
      const oauth = invocation.type === "OAUTH_CLIENT_CREDENTIALS";
      const known = tokens.get(key);
      const alive = known !== undefined && known.until > now ? known.text : undefined;
      const token = oauth ? (alive ?? (await freshToken(key, secret))) : undefined;
      const { url, ...request } = apiDestinationCall(invocation, parameters, secret, token, input);
      const { status, headers } = await ports.call(url, request, limits);
      const outcome = outcomeOf(status, headers["retry-after"]?.toString(), clock.now());
      if (outcome.ok) return;
      if (outcome.renew) tokens.set(key, { text: "", until: 0 });
      if (!outcome.again) throw new Fault("ValidationException", `The endpoint answered ${status}.`);
      throw new HttpRefusal(status, outcome.after);
    },
    waits: pace.waits,
    loops: [
      startJobLoop(ports, { queue: ports.authorizationQueue, concurrency: 2, work: authorize }),
      startJobLoop(ports, { queue: ports.secretRemovalQueue, concurrency: 2, work: removeSecret }),
    ],
  };
}

function asApiDestinations(ports: HttpTargetPorts, account: AccountId, region: Region): Client {
  const servicePrincipal = ports.apiDestinationsPrincipal;
  return ports.clientAs({ servicePrincipal, account, region, sessionName: "api-destinations" });
}
