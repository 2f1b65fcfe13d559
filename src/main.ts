import type { AddressInfo } from "node:net";
import { isLoopback, type Settings } from "./config/settings.ts";
import { createAgentSockets } from "./control/agents/sockets.ts";
import type { LoopPorts } from "./control/ports.ts";
import { createTaskCredentials } from "./control/task-credentials/task-credentials.ts";
import { createEncodedRefusals, openEncodedRefusals } from "./dispatch/encoded-refusals.ts";
import type { Service } from "./dispatch/service.ts";
import { isPublicAddress } from "./egress/address.ts";
import { createBoundedCall } from "./egress/bounded-call.ts";
import { createGuardedRequests } from "./egress/guarded-request.ts";
import { createProbe } from "./egress/probe.ts";
import { readCertificate } from "./http/certificate.ts";
import { chooseRegistryForm, type RegistryForm } from "./http/registry-names.ts";
import { unusedConnections } from "./http/unused-connections.ts";
import { defaultAccount } from "./kernel/account.ts";
import { rootArn } from "./kernel/arn.ts";
import type { AccountId, Region } from "./kernel/brand.ts";
import { clientAddresses } from "./kernel/client-address.ts";
import { movableClock } from "./kernel/clock.ts";
import { systemRandom } from "./kernel/random.ts";
import { globalRegion } from "./kernel/region.ts";
import { sessionAccessKeyId } from "./kernel/session-key-id.ts";
import { bucketWriter } from "./main/bucket-writer.ts";
import { createContainers } from "./main/containers.ts";
import { createExecSessions } from "./main/exec-sessions.ts";
import { createFront } from "./main/front.ts";
import { loadBalancerNames } from "./main/load-balancer-names.ts";
import { type LoadBalancers, startLoadBalancers } from "./main/load-balancers.ts";
import { startLoops } from "./main/loops.ts";
import { openNames, testAnswer } from "./main/names.ts";
import { createOneDoor } from "./main/one-door.ts";
import type { Overrides } from "./main/overrides.ts";
import { ownAddress, urlHost } from "./main/own-address.ts";
import { createServicePorts } from "./main/service-ports.ts";
import { listServices } from "./main/services.ts";
import { openState } from "./main/state.ts";
import { version } from "./main/version.ts";
import type { Log } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import { createLayerLinks } from "./registry/layer-links.ts";
import { openPullThrough } from "./registry/upstream/open.ts";
import { createNodeAddresses } from "./runtime/network/node-addresses.ts";
import { assignPublicAddress } from "./services/ec2/addresses/assign-public-address.ts";
import { collectEvery, collectionJob } from "./services/ecr/collection/garbage.ts";
import { createDataPlane } from "./services/ecr/data-plane.ts";
import { createPullRecorder } from "./services/ecr/images/pull-recorder.ts";
import { createSiteOperations } from "./services/ecr/sites/sites.ts";
import { createTaskOperations } from "./services/ecs/tasks/execution.ts";
import { hasRootKey } from "./services/iam/directory.ts";
import { organizationsPrincipal } from "./services/organizations/service-role.ts";

/** Nobody could call: the well-known keys are off on this address, and no account has a root key yet. */
export class NoRootKeyError extends Error {
  constructor(host: string) {
    super(`no account has a root key, and the well-known keys do not work on ${host}`);
    this.name = "NoRootKeyError";
  }
}

/** A Roadstead that serves. */
export interface Running {
  /** `http://127.0.0.1:4566`. */
  readonly url: string;
  readonly port: number;
  /** Where DNS answers programs of this machine, over UDP and TCP. */
  readonly dnsPort: number;
  readonly registryForm: RegistryForm;
  readonly services: readonly Service[];
  /** Stops taking calls, finishes or hands back every job, writes what waits, closes. */
  close(): Promise<void>;
}

/** How long a graceful stop waits for calls that are under way, in ms. */
const drainFor = 10_000;

/**
 * The composition root: opens what keeps state, makes every part, hands each what it needs, and listens.
 * @param dataDirectory the project's `data` folder.
 */
export async function startRoadstead(
  settings: Settings,
  dataDirectory: string,
  log: Log,
  overrides: Overrides = {},
): Promise<Running> {
  const clock = overrides.clock ?? movableClock();
  const random = overrides.random ?? systemRandom;
  const metrics = createMetrics();
  const certificate = readCertificate(settings);

  // State
  const state = await openState({
    ...{ settings, clock, random, log, overrides },
    clientOf: (...of) => dispatcher.clientOf(...of),
  });
  const { sealer, store, storage, blobs, repositoryBlobs, trail } = state;
  const { jobs } = store;
  if (!isLoopback(settings.host) && !(await hasRootKey(store.rows))) {
    await state.close();
    throw new NoRootKeyError(settings.host);
  }

  // Services
  const registryForm = await chooseRegistryForm(settings.registryNames, settings.domain);
  let port = settings.port;
  const address = ownAddress(settings, certificate !== undefined, () => port);
  const layerLinks = createLayerLinks(sealer, repositoryBlobs, clock);
  const pulls = createPullRecorder((work) => store.transaction(work));
  const pullThrough = openPullThrough(settings, { operations: () => operations, blobs, clock, log });
  const encodedRefusals = createEncodedRefusals(
    overrides.encodedRefusals ?? openEncodedRefusals(dataDirectory),
    sealer,
  );
  const taskOperations = createTaskOperations({ jobs });
  const containers = createContainers(settings, taskOperations, overrides.fargate);
  const ports = createServicePorts({
    ...{ state, settings, dataDirectory, overrides, clock, random, address, registryForm },
    ...{ layerLinks, encodedRefusals, pulls, pullThrough, containers },
    services: () => services,
    runningCalls: () => door.runningCalls,
    testAnswer: (zone, name, type) => testAnswer(dns, zone, name, type),
  });
  const operations = createDataPlane(ports.ecr);
  const sites = createSiteOperations({ repositoryBlobs, sealer });
  const buckets = bucketWriter(settings.bucketFolders);
  const services = listServices(ports, {
    ...{ state, buckets },
    sessions: {
      isConnected: (scope, target) => execSessions.isConnected(scope, target),
      endSession: (id) => execSessions.channels.endSession(id),
      addressOf: address.addressOf,
    },
  });

  // The one door
  const door = createOneDoor({
    ...{ services, state, settings, encodedRefusals, clock, random, log, metrics },
    directory: ports.directory,
  });
  const { dispatcher } = door;
  const loopPorts: LoopPorts = {
    ...{ jobs, clock, random, log },
    clientAs: (role) => dispatcher.clientAs(role, role.region),
    clientOf: dispatcher.clientOf,
  };

  // Listeners
  const clientAddress = clientAddresses(settings.trustedProxies);
  const execSessions = createExecSessions({
    ...loopPorts,
    find: async (taskArn, runtimeId) =>
      containers.exec.find(taskArn, runtimeId) ?? (await agents.findContainer(taskArn, runtimeId)),
  });
  const agents = createAgentSockets({
    ...{ clock, random, log, clientAddress },
    tasks: taskOperations,
    identify: (message) => door.wire.identify(message, "ecs"),
    clientFor: dispatcher.clientFor,
    clientOf: dispatcher.clientOf,
    credentials: createTaskCredentials({ clientOf: dispatcher.clientOf, clock }),
    addressOf: address.addressOf,
  });
  let loadBalancers: LoadBalancers | undefined;
  const places = () => loadBalancers?.places() ?? [];
  const { server, forContainers, endStreams } = createFront({
    ...{ version, settings, certificate, dataDirectory, state, door, services, ports, registryForm },
    ...{ operations, sites, layerLinks, clientAddress, agents, places, reset, clock, random, log, metrics },
    channels: execSessions.channels,
  });
  const closeUnused = unusedConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, settings.host, resolve);
  });
  port = (server.address() as AddressInfo).port;

  // Loops
  await scheduleCollection();
  const dns = openNames({
    ...{ ...loopPorts, settings },
    sources: [loadBalancerNames(places)],
    onError: (error) => log.error({ err: error }, "a question of DNS was not answered"),
  });
  const dnsPort = await dns.listen(settings.host, settings.dnsPort);
  const isAllowed = settings.allowPrivateEgress ? () => true : isPublicAddress;
  const outgoing = createGuardedRequests({ isAllowed, isNamed: () => false });
  const nodeAddresses = createNodeAddresses(log);
  const loops = [
    ...startLoops({
      ...{ settings, operations, sites, storage, metrics, trail, buckets, clientOfRoot },
      ...ports,
      call: createBoundedCall(outgoing),
      probe: createProbe(isAllowed),
      loops: loopPorts,
      clientFor: dispatcher.clientFor,
      onBehalf: ({ principal, region, calledVia }, service) =>
        dispatcher.clientFor(principal, region, { ip: service, userAgent: service, secure: true }, [
          ...calledVia,
          service,
        ]),
    }),
    ...(await containers.start({
      ...{ ...loopPorts, agents, dns, dataDirectory, assignPublicAddress },
      listener: forContainers,
      nodes: nodeAddresses,
      registryAddress: () => `${urlHost(settings.host)}:${port}`,
    })),
  ];
  loadBalancers = await startLoadBalancers({
    ...{ ...loopPorts, settings, nodeAddresses },
    elb: ports.elb,
    cookieKey: sealer.key("elasticloadbalancing.cookies"),
  });
  loops.push(loadBalancers);

  /** An account itself, for a service: to furnish one that Organizations makes, to send its events to another bus. */
  function clientOfRoot(account: AccountId, region: Region, service = organizationsPrincipal) {
    const accessKeyId = sessionAccessKeyId(account, random);
    const from = { ip: service, userAgent: service, secure: true };
    return dispatcher.clientFor({ type: "Root", account, arn: rootArn(account), accessKeyId }, region, from);
  }

  /** An earlier one that is due already stays so. */
  function scheduleCollection(): Promise<void> {
    const job = collectionJob({ account: defaultAccount, region: globalRegion }, clock.now() + collectEvery);
    return store.transaction((tx) => tx.enqueue(job));
  }

  async function reset(): Promise<void> {
    await pullThrough.forget();
    trail.discard();
    await store.reset();
    await containers.reset();
    await blobs.clear();
    door.clear();
    await scheduleCollection();
  }

  async function close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    endStreams();
    await agents.close();
    await execSessions.channels.close();
    server.closeIdleConnections();
    // A connection whose answer is still going out is kept alive once more when that is done.
    const closing = setInterval(() => {
      closeUnused();
      server.closeIdleConnections();
    }, 50);
    await Promise.all(loops.map((loop) => loop.stop()));
    outgoing.close();
    const patience = setTimeout(() => server.closeAllConnections(), drainFor);
    await stopped;
    await dns.close();
    clearInterval(closing);
    clearTimeout(patience);
    await containers.close();
    await pullThrough.stop();
    await pulls.flush();
    await state.close();
  }

  const scheme = certificate === undefined ? "http" : "https";
  return {
    url: `${scheme}://${urlHost(settings.host)}:${port}`,
    ...{ port, dnsPort, registryForm, services, close },
  };
}
