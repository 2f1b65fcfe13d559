import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as iam from "@aws-sdk/client-iam";
import { postgresMissing, postgresUrl } from "../../../test/support/postgres.ts";
import { migrations as auditMigrations } from "../../audit/store.ts";
import { createAuditTrail } from "../../audit/trail.ts";
import { openBlobs } from "../../blobs/open.ts";
import type { BlobStore } from "../../blobs/types.ts";
import { createAuthoriser } from "../../dispatch/authorise.ts";
import type { Client } from "../../dispatch/context.ts";
import { createDecisionLog } from "../../dispatch/decision-log.ts";
import { createDispatcher, type Dispatcher } from "../../dispatch/dispatcher.ts";
import type { IdentityDirectory } from "../../dispatch/identity.ts";
import type { WriteOperation } from "../../dispatch/operation.ts";
import { createPolicies } from "../../dispatch/policies.ts";
import type { PrincipalRegister } from "../../dispatch/policy-principals.ts";
import { createRoleSessions } from "../../dispatch/role-sessions.ts";
import type { Service } from "../../dispatch/service.ts";
import { createServiceTable } from "../../dispatch/service-table.ts";
import { formatArn, rootArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region, RoleId } from "../../kernel/brand.ts";
import { type MovableClock, movableClock } from "../../kernel/clock.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Principal } from "../../kernel/principal.ts";
import { systemRandom } from "../../kernel/random.ts";
import { openStore } from "../../store/open.ts";
import { openSealer } from "../../store/sealer.ts";
import type { Store } from "../../store/types.ts";
import { templatePrincipal } from "./creation-templates/role-owner.ts";
import { createDataPlane, type EcrDataPlane } from "./data-plane.ts";
import { keyService } from "./encryption/kms.testing.ts";
import { createRepositoryBlobs } from "./encryption/vault.ts";
import { createPullRecorder, type PullRecorder } from "./images/pull-recorder.ts";
import type { EcrPorts } from "./ports.ts";
import { replicationPrincipal } from "./replication/job.ts";
import { createEcrService } from "./service.ts";
import { migrations } from "./store.ts";

/** ECR behind the real door, on real stores, with an IAM that knows only what a test tells it. */
export interface TestWorld {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly pulls: PullRecorder;
  readonly clock: MovableClock;
  readonly service: Service;
  readonly operations: EcrDataPlane;
  readonly dispatcher: Dispatcher;
  /** Identity policies by principal ARN (for a role, the role's); nobody else but root may do anything. */
  readonly policies: Map<string, readonly object[]>;
  root(account: string, region?: string): Client;
  user(account: string, name: string, region?: string): Client;
  /** The replication role of an account, working in a region. */
  replicator(account: string, region: string): Client;
  close(): Promise<void>;
}

export interface TestWorldOptions {
  /** The database; SQLite in a temporary folder when left out. */
  readonly databaseUrl?: string;
  readonly blobs?: BlobStore;
  readonly pulls?: PullRecorder;
}

/** The databases that a suite runs on: PostgreSQL where it is installed, SKIPPED with the reason where it is not. */
export const databases: readonly {
  readonly name: string;
  readonly missing: boolean;
  url(): Promise<string | undefined>;
}[] = [
  { name: "SQLite", missing: false, url: async () => undefined },
  {
    name: `PostgreSQL${postgresMissing() === undefined ? "" : ` (SKIPPED: ${postgresMissing()})`}`,
    missing: postgresMissing() !== undefined,
    url: postgresUrl,
  },
];

/** The service-linked roles that there are, by their services. */
const roleNames: Readonly<Record<string, string>> = {
  [replicationPrincipal]: "AWSServiceRoleForECRReplication",
  [templatePrincipal]: "AWSServiceRoleForECRTemplate",
};
const source = { ip: "127.0.0.1", userAgent: "test", host: "localhost:4566", secure: false };

export async function openTestWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), "ecr-test-"));
  const clock = movableClock();
  const store = await openStore({
    url: options.databaseUrl,
    dataDir,
    clock,
    random: systemRandom,
    migrations: [...auditMigrations, ...migrations],
  });
  const storage = await openBlobs({ dataDir });
  const blobs = options.blobs ?? storage;
  const pulls = options.pulls ?? createPullRecorder((work) => store.transaction(work));
  const { blobs: given } = options;
  const repositoryBlobs = createRepositoryBlobs({
    storage: given === undefined ? storage : { vault: () => given, removeVault: async () => undefined },
    common: blobs,
    sealer: openSealer(join(dataDir, "key")),
    clock,
    clientOf: (name, account, region) => dispatcher.clientOf(name, account, region),
  });
  const ports: EcrPorts = {
    blobs,
    repositoryBlobs,
    jobs: store.jobs,
    pulls,
    registryNames: {
      repositoryUri: (account, region, name) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
      proxyEndpoint: (account, region) => `https://${account}.dkr.ecr.${region}.amazonaws.com`,
      downloadUrl: (layer) => `https://layers.test/${layer.digest}`,
    },
    principals: allUsers(),
    registryToken: (_principal, _scope, now) => ({ token: "password", expiresAt: now + 43_200_000 }),
  };
  const policies = new Map<string, readonly object[]>();
  const service = createEcrService(ports);
  const table = createServiceTable([service, roleService(), keyService()]);
  const directory = directoryOf(policies);
  const authoriser = createAuthoriser(
    createPolicies(store, directory),
    (name) => table.bySigningName(name)?.service,
  );
  const failed = (error: unknown): void => console.error(error);
  const trail = createAuditTrail(store, failed);
  const decisions = createDecisionLog();
  const common = { store, authoriser, trail, decisions, clock, random: systemRandom };
  const dispatcher = createDispatcher({
    ...common,
    table,
    sessions: createRoleSessions({ ...common, directory }),
    onError: (_requestId, error) => failed(error),
    onCall: () => undefined,
  });
  const client = (principal: Principal, region: string): Client =>
    dispatcher.clientFor(principal, region as Region, source);

  return {
    store,
    blobs,
    pulls,
    clock,
    service,
    operations: createDataPlane(ports),
    dispatcher,
    policies,
    root: (id, region = "us-east-1") => {
      const account = id as AccountId;
      return client({ type: "Root", account, arn: rootArn(account), accessKeyId: "test" }, region);
    },
    user: (id, userName, region = "us-east-1") => {
      const account = id as AccountId;
      const arn = formatArn("iam", "", account, `user/${userName}`);
      const userId = `AIDA${userName}`;
      return client({ type: "IAMUser", account, arn, userName, userId, accessKeyId: "AKIATEST" }, region);
    },
    replicator: (account, region) =>
      dispatcher.clientAs(
        { servicePrincipal: replicationPrincipal, account: account as AccountId, sessionName: "test" },
        region as Region,
      ),
    async close() {
      await pulls.flush();
      await trail.flush();
      await store.close();
      await blobs.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Every user there could be lives, under the id that `user` gives it. */
function allUsers(): PrincipalRegister {
  const arns = new Map<string, string>();
  return {
    async idsOf(_rows, named) {
      const ids = named.map((arn) => [arn, `AIDA${arn.split("/").at(-1)}`] as const);
      for (const [arn, id] of ids) arns.set(id, arn);
      return new Map(ids);
    },
    arnsOf: async () => arns,
  };
}

const trust = {
  name: "trust",
  document: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: Object.keys(roleNames) }, Action: "sts:AssumeRole" },
    ],
  }),
};

/** IAM as far as ECR sees it: it makes the role, once. */
function roleService(): Service {
  const createServiceLinkedRole: WriteOperation<typeof iam, "CreateServiceLinkedRole"> = {
    name: "CreateServiceLinkedRole",
    authorise: ({ AWSServiceName }, { account }) => [
      {
        action: "iam:CreateServiceLinkedRole",
        resource: roleArn(account, AWSServiceName),
        context: { "iam:AWSServiceName": AWSServiceName },
      },
    ],
    async commit(tx, ctx, { AWSServiceName }) {
      if ((await tx.lockRole(ctx.account, AWSServiceName)) === "present") {
        const name = roleNames[AWSServiceName];
        throw new Fault("InvalidInput", `Service role name ${name} has been taken in this account`);
      }
      await tx.setRoleLock(ctx.account, AWSServiceName, "present");
      return {};
    },
  };
  return {
    signingName: "iam",
    eventSource: "iam.amazonaws.com",
    module: iam,
    operations: { CreateServiceLinkedRole: createServiceLinkedRole },
    global: true,
    resource: async (_rows, _arn, action) =>
      action === "sts:AssumeRole" ? { kind: "trust", policies: [trust] } : { policies: [] },
  };
}

function roleArn(account: AccountId, service: string): Arn {
  return formatArn("iam", "", account, `role/aws-service-role/${service}/${roleNames[service]}`);
}

function directoryOf(policies: ReadonlyMap<string, readonly object[]>): IdentityDirectory {
  const role = (account: AccountId, service: string) => ({
    arn: roleArn(account, service),
    name: roleNames[service] ?? service,
    id: `AROA${service}` as RoleId,
    account,
    path: `/aws-service-role/${service}/`,
    tags: [],
    maxSessionDuration: 3600,
    trustPolicy: "",
  });
  return {
    accessKey: async () => undefined,
    role: async () => undefined,
    serviceLinkedRole: async (_rows, account, service) => role(account, service),
    async standing(_rows, principal) {
      const arn =
        principal.type === "AssumedRole" ? principal.roleArn : "arn" in principal ? principal.arn : "";
      const statements =
        policies.get(arn) ??
        (principal.type === "AssumedRole"
          ? [{ Effect: "Allow", Action: ["ecr:CreateRepository", "ecr:ReplicateImage"], Resource: "*" }]
          : []);
      const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      return {
        identity: statements.length === 0 ? [] : [{ name: arn, document }],
        tags: [],
        serviceLinked: principal.type === "AssumedRole",
      };
    },
  };
}
