import type { CallSource, Client } from "../../dispatch/context.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Principal } from "../../kernel/principal.ts";
import type { Random } from "../../kernel/random.ts";
import type { TaskOperations } from "../../services/ecs/tasks/execution.ts";
import type { LoopLog } from "../ports.ts";
import type { TaskCredentials } from "../task-credentials/task-credentials.ts";

/** A signed request, or what stands for one: an upgrade, a frame of telemetry. */
export interface SignedMessage {
  readonly method: string;
  /** As received, undecoded. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly source: CallSource;
}

/** Who has signed, and for which region. */
export interface Signer {
  readonly principal: Principal;
  readonly region: Region;
}

/** What the sockets of agents need of the rest of the house. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LoopLog;
  readonly tasks: Pick<TaskOperations, "inspect" | "report">;
  /** Proves a signature for ECS. Throws a `Fault` for one that is missing, wrong or old. */
  identify(message: SignedMessage): Promise<Signer>;
  /** Who a request came from, also where a proxy handed it on. */
  readonly clientAddress: ClientAddressOf;
  /** Calls as whoever has signed. */
  clientFor(principal: Principal, region: Region, source: CallSource): Client;
  /** Calls as ECS in its own name. */
  clientOf(servicePrincipal: string, account: AccountId, region: Region): Client;
  readonly credentials: TaskCredentials;
  /** The origin at which an agent reaches Roadstead. */
  addressOf(source: CallSource): string;
}
