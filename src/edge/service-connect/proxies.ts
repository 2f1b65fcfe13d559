import { once } from "node:events";
import { rm, unlink } from "node:fs/promises";
import type { Server } from "node:net";
import { join } from "node:path";
import type { Client } from "../../dispatch/context.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import {
  connectDoors,
  dialFolder,
  dialSocket,
  type IngressDoor,
} from "../../runtime/network/connect-doors.ts";
import type { TaskSpec } from "../../runtime/task.ts";
import { TaskFailure, type TaskLogs } from "../../runtime/task-engine/ports.ts";
import { openPortCertificate, type PortCertificate } from "./certificates.ts";
import { type KnownEndpoints, watchEndpoints } from "./endpoints.ts";
import { createHttpProxy } from "./http-proxy.ts";
import { openProxyLog } from "./proxy-log.ts";
import { Route } from "./route.ts";
import type { Seen, Sight } from "./route-counts.ts";
import { createTcpProxy } from "./tcp-proxy.ts";

export interface ConnectProxiesPorts {
  /** The folder of the sockets that tasks' pause containers lead to, absolute. */
  readonly relayFolder: string;
  /** Calls as the service-linked role of ECS. */
  clientOf(account: AccountId, region: Region): Client;
  /** Calls as the role that may read the secret of a port's certificate. */
  readonly clientOfRole: (task: TaskSpec, roleArn: string) => Client;
  /** The certificate of the authority that has issued those of the endpoints, PEM. @throws when there is none. */
  readonly authority: (task: TaskSpec) => Promise<string>;
  /** Where proxies write as containers do. */
  readonly logs: TaskLogs;
  now(): number;
  /** The machine's, by which lines are ordered; epoch ms. */
  readonly machineNow: () => number;
  readonly log: { error(fields: object, message: string): void };
}

/** What was counted of a route of a task since it was asked for last. */
export interface CountedRoute {
  readonly side: Route["side"];
  readonly task: Pick<TaskSpec, "account" | "region" | "clusterArn" | "serviceName">;
  readonly discoveryName: string;
  readonly counted: ReadonlyMap<Sight, Seen>;
}

/** The proxies of Service Connect: one for each task of this machine that takes part, before it and behind it. */
export interface ConnectProxies {
  /** Opens the proxy of a task before it begins. Again is no error. */
  open(task: TaskSpec): Promise<void>;
  /** Closes it when the task is gone. */
  close(taskArn: string): Promise<void>;
  /** What all have counted. */
  take(): readonly CountedRoute[];
  closeAll(): Promise<void>;
}

export function createConnectProxies(ports: ConnectProxiesPorts): ConnectProxies {
  const proxies = new Map<string, Promise<TaskProxy>>();
  /** Those of them that are open. */
  const opens = new Map<string, TaskProxy>();
  const watched = new Watched(ports);
  const closeOne = async (arn: string, forGood: boolean): Promise<void> => {
    const proxy = proxies.get(arn);
    proxies.delete(arn);
    await (await proxy?.catch(() => undefined))?.close(forGood);
  };
  return {
    async open(task) {
      if (task.connect === undefined) return;
      let proxy = proxies.get(task.taskArn);
      if (proxy === undefined) {
        proxy = TaskProxy.open(ports, watched, task);
        proxies.set(task.taskArn, proxy);
        proxy.then(
          (opened) => opens.set(task.taskArn, opened),
          () => proxies.delete(task.taskArn),
        );
      }
      await proxy;
    },
    async close(arn) {
      opens.delete(arn);
      await closeOne(arn, true);
    },
    take: () => [...opens.values()].flatMap((proxy) => proxy.take()),
    async closeAll() {
      opens.clear();
      await Promise.all([...proxies.keys()].map((arn) => closeOne(arn, false)));
    },
  };
}

/** What a task calls, and where it is called: a listener for each of its doors. */
class TaskProxy {
  readonly #task: TaskSpec;
  readonly #routes: readonly Route[];
  readonly #servers: readonly Server[];
  readonly #files: readonly string[];
  readonly #forget: (forGood: boolean) => Promise<void>;

  private constructor(
    task: TaskSpec,
    routes: readonly Route[],
    servers: readonly Server[],
    files: readonly string[],
    forget: (forGood: boolean) => Promise<void>,
  ) {
    this.#task = task;
    this.#routes = routes;
    this.#servers = servers;
    this.#files = files;
    this.#forget = forget;
  }

  static async open(ports: ConnectProxiesPorts, watched: Watched, task: TaskSpec): Promise<TaskProxy> {
    const { relayFolder, now } = ports;
    const { calls, ingress } = connectDoors(task);
    const dialPath = dialSocket(relayFolder, task.taskId);
    const names = calls.map(({ discoveryName }) => discoveryName);
    const own = await openProxyLog(ports.logs, task, ports.machineNow);
    const common = { ...own, dialPath, now };
    const routes: Route[] = [];
    for (const call of calls) {
      const known = await watched.of(task, call.discoveryName);
      const proof = call.tls && { ...call.tls, authority: () => ports.authority(task) };
      routes.push(
        new Route({
          ...common,
          service: call,
          side: "calling",
          known,
          ...(proof !== undefined && { proof }),
        }),
      );
    }
    for (const port of ingress) {
      const endpoints = [{ id: task.taskId, address: "127.0.0.1", port: port.containerPort }];
      const certificate = await certificateOf(ports, task, port);
      const known = { endpoints };
      routes.push(
        new Route({ ...common, service: port, side: "called", known, ...(certificate && { certificate }) }),
      );
    }
    const servers = routes.map((route) =>
      route.service.protocol === "http" ? createHttpProxy(route) : createTcpProxy(route),
    );
    const files = [...calls, ...ingress].map(({ socket }) => join(relayFolder, socket));
    await Promise.all(servers.map((server, index) => listen(server, files[index] ?? "")));
    return new TaskProxy(task, routes, servers, files, async (forGood) => {
      await watched.release(task, names);
      await own.close();
      if (forGood) await rm(dialFolder(relayFolder, task.taskId), { recursive: true, force: true });
    });
  }

  take(): readonly CountedRoute[] {
    const { account, region, clusterArn, serviceName } = this.#task;
    return this.#routes.flatMap(({ side, service, counts }) => {
      const counted = counts.take();
      if (counted.size === 0) return [];
      const task = { account, region, clusterArn, serviceName };
      return [{ side, task, discoveryName: service.discoveryName, counted }];
    });
  }

  /** @param forGood whether the task is gone: else it goes on, and this process will be there again. */
  async close(forGood: boolean): Promise<void> {
    for (const server of this.#servers) server.close();
    await this.#forget(forGood);
    if (forGood) await Promise.all(this.#files.map((file) => unlink(file).catch(() => {})));
  }
}

/** How the proxy before a port proves itself. @throws TaskFailure when its certificate cannot be read. */
async function certificateOf(
  { clientOfRole, now, log }: ConnectProxiesPorts,
  task: TaskSpec,
  { tls, discoveryName }: IngressDoor,
): Promise<PortCertificate | undefined> {
  if (tls === undefined) return undefined;
  try {
    return await openPortCertificate({
      client: clientOfRole(task, tls.roleArn),
      secretArn: tls.secretArn,
      now,
      onError: (error) => log.error({ err: error, discoveryName }, "a certificate could not be read"),
    });
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    throw new TaskFailure(
      `ResourceInitializationError: the certificate of Service Connect for ${discoveryName} cannot be read: ${error.message}`,
      error,
    );
  }
}

/** Listens on a file; what a process before this one left there goes. */
async function listen(server: Server, file: string): Promise<void> {
  await unlink(file).catch(() => {});
  server.listen(file);
  await once(server, "listening");
}

/** The endpoints that tasks of this machine call: each name is asked for once, however many call it. */
class Watched {
  readonly #ports: ConnectProxiesPorts;
  readonly #known = new Map<string, { readonly endpoints: Promise<KnownEndpoints>; users: number }>();

  constructor(ports: ConnectProxiesPorts) {
    this.#ports = ports;
  }

  of(task: TaskSpec, discoveryName: string): Promise<KnownEndpoints> {
    const { clientOf, log } = this.#ports;
    const namespace = task.connect?.namespace ?? "";
    const key = keyOf(task, discoveryName);
    const known = this.#known.get(key);
    if (known !== undefined) {
      known.users += 1;
      return known.endpoints;
    }
    const endpoints = watchEndpoints({
      client: clientOf(task.account, task.region),
      namespace,
      discoveryName,
      onError: (error) =>
        log.error({ err: error, namespace, discoveryName }, "endpoints could not be discovered"),
    });
    this.#known.set(key, { endpoints, users: 1 });
    return endpoints;
  }

  async release(task: TaskSpec, names: readonly string[]): Promise<void> {
    for (const discoveryName of names) {
      const key = keyOf(task, discoveryName);
      const known = this.#known.get(key);
      if (known === undefined) continue;
      known.users -= 1;
      if (known.users > 0) continue;
      this.#known.delete(key);
      (await known.endpoints).close();
    }
  }
}

function keyOf({ account, region, connect }: TaskSpec, discoveryName: string): string {
  return `${account}/${region}/${connect?.namespace}/${discoveryName}`;
}
