import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAuthoriser } from "../../src/dispatch/authorise.ts";
import type { Client } from "../../src/dispatch/context.ts";
import { createDecisionLog } from "../../src/dispatch/decision-log.ts";
import { createDispatcher, type DispatcherPorts } from "../../src/dispatch/dispatcher.ts";
import { createPolicies } from "../../src/dispatch/policies.ts";
import { createRunningCalls, type RunningCalls } from "../../src/dispatch/running-calls.ts";
import type { RoleOwner } from "../../src/dispatch/service.ts";
import { createServiceTable } from "../../src/dispatch/service-table.ts";
import type { LastUse } from "../../src/dispatch/trail.ts";
import { rootArn } from "../../src/kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../src/kernel/brand.ts";
import { type MovableClock, movableClock } from "../../src/kernel/clock.ts";
import { minute } from "../../src/kernel/duration.ts";
import type { Principal, UserPrincipal } from "../../src/kernel/principal.ts";
import { systemRandom } from "../../src/kernel/random.ts";
import { globalRegion } from "../../src/kernel/region.ts";
import { createIdentityDirectory } from "../../src/services/iam/directory.ts";
import { openIdConnectProvider, samlProvider } from "../../src/services/iam/identity-providers.ts";
import { openManagedPolicies } from "../../src/services/iam/managed-policy-catalogue.ts";
import { concludeRoleDeletion } from "../../src/services/iam/operations/conclude-role-deletion.ts";
import { rootAccess } from "../../src/services/iam/organization-features.ts";
import { outboundIssuer } from "../../src/services/iam/outbound-federation.ts";
import type { IamPorts, OrganizationView } from "../../src/services/iam/ports.ts";
import { createSecondFactor } from "../../src/services/iam/second-factor.ts";
import { createIamService } from "../../src/services/iam/service.ts";
import { openServiceLinkedRoles } from "../../src/services/iam/service-linked-role-catalogue.ts";
import { migrations } from "../../src/services/iam/store.ts";
import type { DocumentSource, SessionPrincipal } from "../../src/services/sts/ports.ts";
import { createStsService } from "../../src/services/sts/service.ts";
import { openStore } from "../../src/store/open.ts";
import type { Job, Migration, Sealer, Store } from "../../src/store/types.ts";

/** IAM and STS behind the real door, on a database of their own: what their tests call. */
export interface Door {
  /** Where calls in sessions of roles are noted while they run. */
  readonly running: RunningCalls;
  readonly store: Store;
  readonly clock: MovableClock;
  /** Calls as a principal, with the commands of the official SDK. */
  as(principal: Principal): Client;
  root(account: AccountId): Client;
  /** Calls with credentials that STS issued, by their access key id. */
  session(accessKeyId: string | undefined): Client;
  /** The principal for whom STS issued an access key id. */
  principalOf(accessKeyId: string | undefined): SessionPrincipal;
  /** Takes the deletion jobs that are due and has IAM work on them; says how many there were. */
  workOnDeletions(): Promise<number>;
  /** Has IAM work on one job, which need not be due. */
  conclude(job: Job): Promise<boolean>;
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly roleOwners?: readonly RoleOwner[];
  readonly lastUse?: LastUse;
  readonly migrations?: readonly Migration[];
  readonly organizations?: OrganizationView;
  readonly serverThumbprint?: IamPorts["serverThumbprint"];
  /** What identity providers publish. */
  readonly documents?: DocumentSource;
  /** Another database than SQLite in a temporary folder. */
  readonly url?: string;
}

export const testAccount = "111122223333" as AccountId;

/** The project's `data` folder. */
export const dataDirectory = fileURLToPath(new URL("../../data", import.meta.url));

const neverUsed: LastUse = {
  role: async () => undefined,
  accessKey: async () => undefined,
  services: async () => [],
};

/** Does nothing: what the trail records is tested where the trail is. */
const noTrail = {
  recordNow: async () => {},
  recordSoon: async () => {},
  recordIn: async () => {},
  noteUse: () => {},
} as unknown as DispatcherPorts["trail"];

const plainSealer: Sealer = { seal: (_purpose, plain) => plain, open: (_purpose, sealed) => sealed };

export async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-iam-"));
  const clock = movableClock();
  const store = await openStore({
    url: options.url,
    dataDir: folder,
    migrations: [...migrations, ...(options.migrations ?? [])],
    clock,
    random: systemRandom,
  });
  const running = createRunningCalls();
  const ports: IamPorts = {
    managedPolicies: openManagedPolicies(dataDirectory),
    slrCatalogue: openServiceLinkedRoles(dataDirectory),
    roleOwners: () => options.roleOwners ?? [],
    lastUse: options.lastUse ?? neverUsed,
    jobs: store.jobs,
    runningCalls: running.ofRole,
    sealer: plainSealer,
    organizations: options.organizations ?? {
      membership: async () => undefined,
      scope: async () => undefined,
    },
    serviceControl: async () => undefined,
    usersOfCertificate: async () => [],
    serverThumbprint: options.serverThumbprint ?? (async () => undefined),
    issuerAddress: (id) => `https://issuers.example.com/${id}`,
  };
  const directory = createIdentityDirectory(ports);
  const issued = new Map<string, SessionPrincipal>();
  const sts = createStsService({
    directory,
    outboundIssuer: (rows, account) => outboundIssuer(ports, rows, account),
    organizationId: async (rows, account) =>
      (await ports.organizations.membership(rows, account))?.organization,
    rootAccess: (rows, account, target) => rootAccess(rows, ports.organizations, account, target),
    identityProviders: { openIdConnect: openIdConnectProvider, saml: samlProvider },
    documents: options.documents ?? (() => Promise.reject(new Error("no documents in these tests"))),
    secondFactor: createSecondFactor(plainSealer, (work) => store.transaction(work)),
    issueSession(principal) {
      const accessKeyId = `ASIA${String(issued.size).padStart(16, "A")}`;
      issued.set(accessKeyId, { ...principal, accessKeyId });
      return { accessKeyId, secretAccessKey: "secret", sessionToken: "token" };
    },
    accessKeyAccount: (id) => (id === "BOOTSTRAPKEY00001" ? testAccount : undefined),
    decodeMessage: (encoded) => (encoded.startsWith("sealed:") ? encoded.slice(7) : undefined),
  });
  const table = createServiceTable([createIamService(ports), sts]);
  const dispatcher = createDispatcher({
    table,
    authoriser: createAuthoriser(
      createPolicies(store, directory),
      (name) => table.bySigningName(name)?.service,
    ),
    sessions: { session: () => Promise.reject(new Error("not in these tests")), running, clear: () => {} },
    trail: noTrail,
    decisions: createDecisionLog(),
    store,
    clock,
    random: systemRandom,
    onError: (_requestId, error) => {
      throw error;
    },
    onCall: () => {},
  });
  const as = (principal: Principal): Client =>
    dispatcher.clientFor(principal, globalRegion, { ip: "192.0.2.1", userAgent: "test", secure: true });
  const conclude = (job: Job) =>
    dispatcher
      .clientOf("iam.amazonaws.com", job.account, job.region)
      .invoke(concludeRoleDeletion(ports), { job });
  const principalOf = (accessKeyId: string | undefined): SessionPrincipal => {
    const principal = issued.get(accessKeyId ?? "");
    if (principal === undefined) throw new Error(`no session ${accessKeyId}`);
    return principal;
  };
  return {
    store,
    clock,
    running,
    as,
    root: (account) => as({ type: "Root", account, arn: rootArn(account), accessKeyId: account }),
    session: (accessKeyId) => as(principalOf(accessKeyId)),
    principalOf,
    async workOnDeletions() {
      const jobs = await store.jobs.claim("iam.role-deletion", 10, minute);
      for (const job of jobs) await conclude(job);
      return jobs.length;
    },
    conclude,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A user as the door knows one, once IAM has made it. */
export function userPrincipal(
  user: { Arn?: string; UserName?: string; UserId?: string } | undefined,
): UserPrincipal {
  const { Arn: arn = "", UserName: userName = "", UserId: userId = "" } = user ?? {};
  return {
    type: "IAMUser",
    account: arn.split(":")[4] as AccountId,
    arn: arn as Arn,
    userName,
    userId,
    accessKeyId: "AKIAAAAAAAAAAAAAAAAA",
  };
}

/** An owner of a service-linked role whose use a test sets: region to resources. */
export function adjustableOwner(servicePrincipal: string): {
  readonly owner: RoleOwner;
  readonly inUse: Map<Region, readonly string[]>;
} {
  const inUse = new Map<Region, readonly string[]>();
  return {
    inUse,
    owner: {
      servicePrincipal,
      createdBy: [],
      usage: async () => [...inUse].map(([region, resources]) => ({ region, resources })),
    },
  };
}
