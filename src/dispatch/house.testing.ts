import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import * as applicationAutoScaling from "@aws-sdk/client-application-auto-scaling";
import * as autoscaling from "@aws-sdk/client-auto-scaling";
import * as cloudformation from "@aws-sdk/client-cloudformation";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as cloudwatchLogs from "@aws-sdk/client-cloudwatch-logs";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as organizations from "@aws-sdk/client-organizations";
import * as route53 from "@aws-sdk/client-route-53";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as ssm from "@aws-sdk/client-ssm";
import { migrations as auditMigrations } from "../audit/store.ts";
import { type AuditTrail, createAuditTrail, type FoundEvent } from "../audit/trail.ts";
import { formatArn, rootArn } from "../kernel/arn.ts";
import type { AccountId, Arn, Region, RoleId } from "../kernel/brand.ts";
import { type MovableClock, movableClock } from "../kernel/clock.ts";
import { Fault } from "../kernel/fault.ts";
import type { Principal, UserPrincipal } from "../kernel/principal.ts";
import { systemRandom } from "../kernel/random.ts";
import * as ec2 from "../services/ec2/contract.ts";
import { openStore } from "../store/open.ts";
import type { Migration, Store } from "../store/types.ts";
import { createAuthoriser } from "./authorise.ts";
import type { CallSource } from "./context.ts";
import { createDecisionLog, type DecisionLog } from "./decision-log.ts";
import { createDispatcher, type Dispatcher, type FinishedCall } from "./dispatcher.ts";
import type { IdentityDirectory, RoleIdentity, Standing } from "./identity.ts";
import type { AnyOperation, InternalOperation } from "./operation.ts";
import { createPolicies } from "./policies.ts";
import { createRoleSessions, type RoleSessions } from "./role-sessions.ts";
import type { ResourceFacts } from "./service.ts";
import { createServiceTable, type ServiceTable } from "./service-table.ts";

export const account = "111122223333" as AccountId;
export const region = "eu-west-1" as Region;
export const root: Principal = { type: "Root", account, arn: rootArn(account), accessKeyId: account };
export const source: CallSource = { ip: "192.0.2.7", userAgent: "test/1", secure: false };
/** When every house begins. */
export const began = Date.UTC(2026, 8, 16, 16, 58, 57);

/** A user of the test account. */
export function user(name: string): UserPrincipal {
  return {
    type: "IAMUser",
    account,
    arn: formatArn("iam", "", account, `user/${name}`),
    userName: name,
    userId: `AIDA${name.toUpperCase()}`,
    accessKeyId: `AKIA${name.toUpperCase()}`,
  };
}

/** A policy document of one statement that allows actions on everything, or on `resource`. */
export function allow(action: string | readonly string[], resource = "*", condition?: object): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: action, Resource: resource, ...(condition && { Condition: condition }) },
    ],
  });
}

/** A role's trust policy for one service. */
export function trust(servicePrincipal: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: servicePrincipal }, Action: "sts:AssumeRole" }],
  });
}

/** A table that operations of a test write to. */
export interface NoteTables {
  note: { text: string };
}

const noteMigration: Migration = {
  name: "test/001-note",
  up: (db) => db.schema.createTable("note").addColumn("text", "text").execute(),
};

/** The dispatcher and all it stands on, with services and identities that the test makes up. */
export interface House {
  readonly store: Store;
  readonly dispatcher: Dispatcher;
  readonly sessions: RoleSessions;
  readonly trail: AuditTrail;
  readonly decisions: DecisionLog;
  readonly table: ServiceTable;
  readonly clock: MovableClock;
  /** Programming errors that were reported. */
  readonly errors: unknown[];
  readonly finished: FinishedCall[];
  /** What stands behind principals, by ARN. A principal that is not there is gone. */
  readonly standings: Map<string, Standing>;
  /** Service-linked roles by service principal. */
  readonly roles: Map<string, RoleIdentity>;
  /** What resources contribute to decisions, by ARN. */
  readonly resources: Map<string, ResourceFacts>;
  /** Calls an operation of the test's `ecr` (or `iam:Name`), as root unless told otherwise. */
  call(operation: string | AnInternalOperation, input?: unknown, options?: CallOptions): Promise<unknown>;
  /** The code and message of the fault that a call ends with; `undefined` when it goes well. */
  refusal(
    operation: string | AnInternalOperation,
    input?: unknown,
    options?: CallOptions,
  ): Promise<{ readonly code: string; readonly message: string } | undefined>;
  /** Everything in the trail, newest first. */
  events(): Promise<readonly FoundEvent[]>;
  notes(): Promise<readonly string[]>;
  /** Adds a service-linked role that trusts its service, with an identity policy. */
  addRole(servicePrincipal: string, policy: string, trustPolicy?: string): RoleIdentity;
}

type AnInternalOperation = InternalOperation<never, never, unknown>;

export interface CallOptions {
  readonly as?: Principal;
  readonly region?: Region;
  readonly calledVia?: readonly string[];
  readonly depth?: number;
  readonly body?: Readable;
}

/** Runs a test in a house of its own, on a fresh SQLite store. */
export async function inHouse(
  operations: { readonly ecr?: readonly AnyOperation[]; readonly iam?: readonly AnyOperation[] },
  test: (house: House) => Promise<void>,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "roadstead-dispatch-"));
  const clock = movableClock({ now: () => began });
  const store = await openStore({
    dataDir,
    migrations: [...auditMigrations, noteMigration],
    clock,
    random: systemRandom,
  });
  try {
    await test(furnish(store, clock, operations));
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
}

function furnish(store: Store, clock: MovableClock, operations: Parameters<typeof inHouse>[0]): House {
  const standings: House["standings"] = new Map();
  const roles: House["roles"] = new Map();
  const resources: House["resources"] = new Map();
  const errors: unknown[] = [];
  const finished: FinishedCall[] = [];
  const directory: IdentityDirectory = {
    accessKey: async () => undefined,
    standing: async (_rows, principal) => {
      if (principal.type === "Root") return standings.get(principal.arn) ?? rootStanding;
      return "arn" in principal
        ? standings.get(principal.type === "AssumedRole" ? principal.roleArn : principal.arn)
        : undefined;
    },
    serviceLinkedRole: async (_rows, _account, servicePrincipal) => roles.get(servicePrincipal),
    role: async () => undefined,
  };
  const resource = async (_rows: unknown, arn: string): Promise<ResourceFacts> =>
    resources.get(arn) ?? { policies: [] };
  const table = createServiceTable([
    {
      signingName: "ecr",
      eventSource: "ecr.amazonaws.com",
      module: ecr,
      operations: byName(operations.ecr ?? []),
      resource,
    },
    {
      signingName: "iam",
      eventSource: "iam.amazonaws.com",
      module: iam,
      operations: byName(operations.iam ?? []),
      global: true,
      decidesAccess: true,
      resource,
    },
    {
      signingName: "organizations",
      eventSource: "organizations.amazonaws.com",
      module: organizations,
      operations: {},
      global: true,
    },
    {
      signingName: "events",
      eventSource: "events.amazonaws.com",
      module: eventbridge,
      operations: {},
    },
    {
      signingName: "logs",
      eventSource: "logs.amazonaws.com",
      module: cloudwatchLogs,
      operations: {},
    },
    {
      signingName: "secretsmanager",
      eventSource: "secretsmanager.amazonaws.com",
      module: secretsmanager,
      operations: {},
    },
    {
      signingName: "monitoring",
      arnName: "cloudwatch",
      eventSource: "monitoring.amazonaws.com",
      module: cloudwatch,
      operations: {},
    },
    {
      signingName: "cloudformation",
      eventSource: "cloudformation.amazonaws.com",
      module: cloudformation,
      operations: {},
    },
    { signingName: "ec2", eventSource: "ec2.amazonaws.com", module: ec2, partial: true, operations: {} },
    {
      signingName: "application-autoscaling",
      eventSource: "application-autoscaling.amazonaws.com",
      module: applicationAutoScaling,
      operations: {},
    },
    {
      signingName: "elasticloadbalancing",
      eventSource: "elasticloadbalancing.amazonaws.com",
      module: elbv2,
      operations: {},
    },
    {
      signingName: "cloudtrail",
      eventSource: "cloudtrail.amazonaws.com",
      module: cloudtrail,
      operations: {},
    },
    {
      signingName: "autoscaling",
      eventSource: "autoscaling.amazonaws.com",
      module: autoscaling,
      operations: {},
    },
    { signingName: "ecs", eventSource: "ecs.amazonaws.com", module: ecs, operations: {} },
    { signingName: "kms", eventSource: "kms.amazonaws.com", module: kms, operations: {} },
    {
      signingName: "servicediscovery",
      eventSource: "servicediscovery.amazonaws.com",
      module: servicediscovery,
      operations: {},
    },
    { signingName: "route53", eventSource: "route53.amazonaws.com", module: route53, operations: {} },
    { signingName: "ssm", eventSource: "ssm.amazonaws.com", module: ssm, operations: {} },
  ]);
  const trail = createAuditTrail(store, (error) => errors.push(error));
  const authoriser = createAuthoriser(
    createPolicies(store, directory),
    (name) => table.bySigningName(name)?.service,
  );
  const decisions = createDecisionLog(20);
  const common = { store, directory, authoriser, trail, decisions, clock };
  const sessions = createRoleSessions({ ...common, random: systemRandom });
  const dispatcher = createDispatcher({
    table,
    authoriser,
    sessions,
    trail,
    decisions,
    store,
    clock,
    random: systemRandom,
    onError: (_requestId, error) => errors.push(error),
    onCall: (call) => finished.push(call),
  });

  const call: House["call"] = (operation, input = {}, { as = root, ...options } = {}) =>
    dispatcher.call({
      region,
      source,
      ...options,
      operation: typeof operation === "string" ? found(table, operation) : table.internal(operation),
      input,
      principal: as,
    });

  return {
    ...{ store, dispatcher, sessions, trail, decisions, table, clock, errors, finished },
    ...{ standings, roles, resources, call },
    async refusal(operation, input, options) {
      try {
        await call(operation, input, options);
        return undefined;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { code: error.code, message: error.message };
      }
    },
    async events() {
      const here = await trail.lookup({ account, region, limit: 50 });
      const global = await trail.lookup({ account, region: "us-east-1" as Region, limit: 50 });
      return [...here.events, ...global.events];
    },
    async notes() {
      const rows = await store.rows.tables<NoteTables>().selectFrom("note").select("text").execute();
      return rows.map((row) => row.text);
    },
    addRole(servicePrincipal, policy, trustPolicy = trust(servicePrincipal)) {
      const name = `RoleFor${servicePrincipal.split(".", 1)[0]}`;
      const arn: Arn = formatArn("iam", "", account, `role/aws-service-role/${servicePrincipal}/${name}`);
      const role: RoleIdentity = {
        arn,
        name,
        id: "AROATESTTESTTESTTEST1" as RoleId,
        account,
        path: `/aws-service-role/${servicePrincipal}/`,
        tags: [],
        maxSessionDuration: 3600,
        trustPolicy,
      };
      roles.set(servicePrincipal, role);
      resources.set(arn, { kind: "trust", policies: [{ name: arn, document: trustPolicy }] });
      standings.set(arn, {
        identity: [{ name: "role policy", document: policy }],
        tags: [],
        serviceLinked: true,
      });
      return role;
    },
  };
}

const rootStanding: Standing = { identity: [], tags: [], serviceLinked: false };

function byName(operations: readonly AnyOperation[]): Record<string, AnyOperation> {
  return Object.fromEntries(operations.map((operation) => [operation.name, operation]));
}

function found(table: ServiceTable, qualified: string) {
  const [service, name] = qualified.includes(":") ? qualified.split(":") : ["ecr", qualified];
  const entry = table.bySigningName(service ?? "");
  const operation = entry && table.operation(entry.service, name ?? "");
  if (operation === undefined) throw new Error(`the test has no operation ${qualified}`);
  return operation;
}
