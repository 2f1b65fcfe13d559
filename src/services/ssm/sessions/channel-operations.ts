import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import {
  changeSession,
  findSession,
  isActive,
  isToken,
  leaseLength,
  sessionArn,
  ssmPrincipal,
} from "./session.ts";
import type { Parameters } from "./session-document.ts";
import type { SessionTables } from "./session-store.ts";

/** A session as whoever carries its data sees it. */
export interface OpenedSession {
  readonly id: string;
  readonly account: AccountId;
  readonly region: Region;
  readonly target: string;
  readonly documentName?: string;
  readonly parameters: Parameters;
}

/** The four actions by which agents and clients hold channels (Service Authorization Reference, "ssmmessages"). */
type ChannelAction = "CreateControlChannel" | "OpenControlChannel" | "CreateDataChannel" | "OpenDataChannel";

interface InScope {
  readonly account: AccountId;
  readonly region: Region;
}

/** What holds the channels of sessions asks for: a permission each, and the books of what is open. */
export interface ChannelOperations {
  /** An agent registers and opens its control channel, and one for the data of a session, as its target's own role. */
  readonly createControlChannel: InternalOperation<object, never, void>;
  readonly openControlChannel: InternalOperation<object, never, void>;
  readonly createDataChannel: InternalOperation<object, never, void>;
  readonly openDataChannel: InternalOperation<object, never, void>;
  /** A client, or the service that started the session for it, opens the session's channel. */
  readonly openSessionChannel: InternalOperation<InScope & { readonly id: string }, never, void>;
  /** Whether a token opens a session's next socket: asked first, so that guessing costs no transaction. */
  readonly check: InternalOperation<{ readonly id: string; readonly token: string }, never, boolean>;
  /**
   * Takes the token of a session that is under way, once; undefined when it is not the one. `resumed` says whether there
   * was a socket before.
   */
  readonly claim: InternalOperation<
    { readonly id: string; readonly token: string },
    unknown,
    (OpenedSession & { readonly resumed: boolean }) | undefined
  >;
  /** A session's socket broke, and another may follow. */
  readonly disconnect: InternalOperation<{ readonly id: string }, unknown, void>;
  /** A session is over. */
  readonly end: InternalOperation<{ readonly id: string }, unknown, void>;
  /** Holds sessions a while longer. @returns those that are still under way. */
  readonly hold: InternalOperation<{ readonly ids: readonly string[] }, unknown, readonly string[]>;
  /** Ends the sessions that nobody holds any more, and gives them out once. */
  readonly takeAbandoned: InternalOperation<object, unknown, readonly OpenedSession[]>;
}

/** Where the channels' calls are recorded. */
const eventSource = "ssmmessages.amazonaws.com";

/** How many abandoned sessions are taken at once. */
const mostAbandoned = 100;

const onAgent = (name: ChannelAction): InternalOperation<object, never, void> => ({
  service: "ssm",
  eventSource,
  name,
  // AWS: control channels are data events of CloudTrail.
  dataEvent: name.endsWith("ControlChannel"),
  authorise: () => [{ action: `ssmmessages:${name}`, resource: "*" }],
  read: async () => {},
});

const own = { service: "ssm", onlyFor: ssmPrincipal, authorise: () => [], unrecorded: true } as const;

export const channelOperations: ChannelOperations = {
  createControlChannel: onAgent("CreateControlChannel"),
  openControlChannel: onAgent("OpenControlChannel"),
  createDataChannel: onAgent("CreateDataChannel"),
  openDataChannel: onAgent("OpenDataChannel"),
  openSessionChannel: {
    service: "ssm",
    eventSource,
    name: "OpenDataChannel",
    authorise: ({ id, ...scope }) => [
      { action: "ssmmessages:OpenDataChannel", resource: sessionArn(scope, id) },
    ],
    describe: ({ id }) => ({ sessionId: id }),
    read: async () => {},
  },
  check: {
    ...own,
    name: "CheckSessionToken",
    async read(ctx, { id, token }) {
      const row = await findSession(ctx.rows, id);
      return row !== undefined && isActive(row, ctx.now) && isToken(row, token, ctx.now);
    },
  },
  claim: {
    ...own,
    name: "ClaimSession",
    async commit(tx, ctx, { id, token }) {
      const row = await findSession(tx, id);
      if (row === undefined || !isActive(row, ctx.now) || !isToken(row, token, ctx.now)) return undefined;
      const held_until = ctx.now + leaseLength;
      await changeSession(tx, id, { token: null, connected: 1, claimed: 1, held_until });
      return { ...openedFrom(row), resumed: row.claimed === 1 };
    },
  },
  disconnect: {
    ...own,
    name: "DisconnectSession",
    commit: (tx, _ctx, { id }) => changeSession(tx, id, { connected: 0 }),
  },
  end: {
    ...own,
    name: "EndSession",
    async commit(tx, ctx, { id }) {
      const row = await findSession(tx, id);
      if (row?.ended_at === null)
        await changeSession(tx, id, { ended_at: ctx.now, connected: 0, token: null });
    },
  },
  hold: {
    ...own,
    name: "HoldSessions",
    async commit(tx, ctx, { ids }) {
      if (ids.length === 0) return [];
      const held = await tx
        .tables<SessionTables>()
        .updateTable("ssm_session")
        .set({ held_until: ctx.now + leaseLength })
        .where("id", "in", ids)
        .where("ended_at", "is", null)
        .returning("id")
        .execute();
      return held.map(({ id }) => id);
    },
  },
  takeAbandoned: {
    ...own,
    name: "TakeAbandonedSessions",
    async commit(tx, ctx) {
      const found = await tx
        .tables<SessionTables>()
        .selectFrom("ssm_session")
        .selectAll()
        .where("ended_at", "is", null)
        .where("held_until", "<=", ctx.now)
        .orderBy("held_until")
        .limit(mostAbandoned)
        .execute();
      for (const { id, held_until } of found) {
        await changeSession(tx, id, { ended_at: held_until, connected: 0, token: null });
      }
      return found.map(openedFrom);
    },
  },
};

function openedFrom(row: SessionTables["ssm_session"]): OpenedSession {
  return {
    id: row.id,
    account: row.account as AccountId,
    region: row.region as Region,
    target: row.target,
    ...(row.document_name !== null && { documentName: row.document_name }),
    parameters: JSON.parse(row.parameters) as Parameters,
  };
}
