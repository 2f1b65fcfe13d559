import type { Settings } from "../config/settings.ts";
import { isLoopback } from "../config/settings.ts";
import { type Authoriser, createAuthoriser } from "../dispatch/authorise.ts";
import { createCredentials } from "../dispatch/credentials.ts";
import { createDecisionLog, type DecisionLog, wireRefusal } from "../dispatch/decision-log.ts";
import { createDispatcher, type Dispatcher } from "../dispatch/dispatcher.ts";
import type { EncodedRefusals } from "../dispatch/encoded-refusals.ts";
import type { IdentityDirectory } from "../dispatch/identity.ts";
import { createPolicies } from "../dispatch/policies.ts";
import { createRoleSessions } from "../dispatch/role-sessions.ts";
import type { RunningCalls } from "../dispatch/running-calls.ts";
import type { Service } from "../dispatch/service.ts";
import { createServiceTable } from "../dispatch/service-table.ts";
import { createWireDoor, type WireDoor } from "../dispatch/wire-door.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Random } from "../kernel/random.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { logCall } from "./call-log.ts";
import type { State } from "./state.ts";

export interface OneDoorPorts {
  readonly services: readonly Service[];
  readonly state: Pick<State, "store" | "sealer" | "trail">;
  readonly settings: Pick<Settings, "host" | "bootstrapKeys">;
  readonly directory: IdentityDirectory;
  readonly encodedRefusals: EncodedRefusals;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The dispatcher with what it decides by, and where the wire comes in. */
export interface OneDoor {
  readonly dispatcher: Dispatcher;
  readonly authoriser: Authoriser;
  readonly decisions: DecisionLog;
  readonly runningCalls: RunningCalls;
  /** Where everybody's requests enter. */
  readonly wire: WireDoor;
  /** Where those of containers enter: no key opens it that needs no set-up. */
  readonly wireOfContainers: WireDoor;
  /** Calls back after each call that may have changed something. */
  onCommit(listener: () => void): void;
  /** Forgets policies, sessions and decisions: what they were made of is gone. */
  clear(): void;
}

/** Builds the one door. */
export function createOneDoor(ports: OneDoorPorts): OneDoor {
  const { state, settings, directory, encodedRefusals, clock, random, log, metrics } = ports;
  const { store, sealer, trail } = state;
  const onError = (requestId: string, error: unknown): void =>
    log.error({ requestId, err: error }, "internal failure");
  const onCommit: (() => void)[] = [];
  const table = createServiceTable(ports.services);
  const policies = createPolicies(store, directory);
  const authoriser = createAuthoriser(policies, table.byArnName);
  const decisions = createDecisionLog();
  const sessions = createRoleSessions({ store, directory, authoriser, trail, decisions, clock, random });
  const dispatcher = createDispatcher({
    ...{ table, authoriser, sessions, encodedRefusals, trail, decisions, store, clock, random, onError },
    onCall(call) {
      logCall(log, call);
      const { service, operation, code: outcome = "ok" } = call;
      metrics.count("roadstead_calls_total", { service, operation, outcome });
      if (call.changes) for (const listener of onCommit) listener();
    },
  });
  const wireWith = (keys: Pick<Parameters<typeof createCredentials>[0], "wellKnownKeys" | "bootstrapKeys">) =>
    createWireDoor({
      credentials: createCredentials({ store, directory, sealer, ...keys }),
      ...{ table, dispatcher, clock, random, onError },
      machineClock: systemClock,
      onRefusal(refused) {
        const { requestId, fault, source } = refused;
        decisions.noteRefusal(wireRefusal(refused, clock.now()));
        log.info({ requestId, code: fault.code, from: source.ip }, `refused: ${fault.message}`);
      },
    });
  // On another address anyone who reaches the port could use them.
  const local = isLoopback(settings.host);
  return {
    ...{ dispatcher, authoriser, decisions },
    runningCalls: sessions.running,
    wire: wireWith({ wellKnownKeys: local, bootstrapKeys: local ? settings.bootstrapKeys : [] }),
    wireOfContainers: wireWith({ wellKnownKeys: false, bootstrapKeys: [] }),
    onCommit: (listener) => void onCommit.push(listener),
    clear() {
      policies.clear();
      sessions.clear();
      decisions.clear();
    },
  };
}
