import type { Server } from "node:http";
import { join } from "node:path";
import { openRegistryToken } from "../authn/registry-token.ts";
import { issueSession } from "../authn/session-token.ts";
import type { Settings } from "../config/settings.ts";
import type { AgentSockets } from "../control/agents/sockets.ts";
import { wireRefusal } from "../dispatch/decision-log.ts";
import type { Service } from "../dispatch/service.ts";
import type { DataChannels } from "../edge/exec/data-channels.ts";
import { createAdminHandler } from "../http/admin.ts";
import { createAwsHandler } from "../http/aws.ts";
import { bodyBudget } from "../http/body.ts";
import { browserGuard } from "../http/browser-guard.ts";
import type { Certificate } from "../http/certificate.ts";
import { createDecisionHandler } from "../http/console/decisions.ts";
import { openConsoleFiles } from "../http/console/files.ts";
import { createConsoleHandler } from "../http/console/handler.ts";
import { createPermissionsHandler } from "../http/console/permissions.ts";
import { createSignInHandler } from "../http/console/sign-in.ts";
import type { ContainerListenerPorts } from "../http/container-listener.ts";
import { createInstanceHostHandler } from "../http/instance-hosts.ts";
import { createIssuerDocuments } from "../http/issuer-documents.ts";
import { loadBalancerRoutes } from "../http/load-balancer-routes.ts";
import type { RegistryForm } from "../http/registry-names.ts";
import { createListener } from "../http/server.ts";
import { siteRoutes } from "../http/site-routes.ts";
import { verificationRoutes } from "../http/verification-routes.ts";
import { defaultAccount } from "../kernel/account.ts";
import type { ClientAddressOf } from "../kernel/client-address.ts";
import { type MovableClock, systemClock } from "../kernel/clock.ts";
import { uuid } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import { globalRegion } from "../kernel/region.ts";
import { dialectOf } from "../kernel/registry-dialect.ts";
import type { Log } from "../observe/log.ts";
import { type Gauge, type Metrics, metricsType } from "../observe/metrics.ts";
import { createRegistryHandler } from "../registry/handler.ts";
import type { LayerLinks } from "../registry/layer-links.ts";
import { createSiteReceiver } from "../registry/site-receiver.ts";
import type { EcrDataPlane } from "../services/ecr/data-plane.ts";
import { replicationPrincipal } from "../services/ecr/replication/job.ts";
import { siteCommands } from "../services/ecr/sites/commands.ts";
import type { SiteOperations } from "../services/ecr/sites/sites.ts";
import { createLayerHashing } from "../services/ecr/verification/vault-layers.ts";
import { getIssuerDocument } from "../services/iam/outbound-federation.ts";
import { createAttempts } from "../services/iam/sign-in/attempts.ts";
import { consoleSignIn } from "../services/iam/sign-in/console-sign-in.ts";
import { explainDecision } from "../services/sts/decisions/explain-decision.ts";
import { describeOwnPermissions, mostPermissions } from "../services/sts/decisions/own-permissions.ts";
import { instanceHostCommands } from "./instance-hosts.ts";
import { openLiveChanges } from "./live-changes.ts";
import type { LoadBalancers } from "./load-balancers.ts";
import type { OneDoor } from "./one-door.ts";
import type { ServicePorts } from "./service-ports.ts";
import type { State } from "./state.ts";

/** Request bodies held in memory at once, over all connections, in bytes. */
const bodiesInMemory = 256 * 1024 * 1024;

export interface FrontPorts {
  readonly version: string;
  readonly settings: Settings;
  readonly certificate: Certificate | undefined;
  /** The project's `data` folder. */
  readonly dataDirectory: string;
  readonly state: State;
  readonly door: OneDoor;
  readonly services: readonly Service[];
  readonly ports: ServicePorts;
  readonly registryForm: RegistryForm;
  readonly operations: EcrDataPlane;
  readonly sites: SiteOperations;
  readonly layerLinks: LayerLinks;
  readonly clientAddress: ClientAddressOf;
  readonly agents: Pick<AgentSockets, "upgrade">;
  readonly channels: Pick<DataChannels, "takes" | "upgrade">;
  /** Where load balancers listen, as far as they do yet. */
  places(): ReturnType<LoadBalancers["places"]>;
  reset(): Promise<void>;
  readonly clock: MovableClock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What listens: everybody's server, which does not listen yet, and what containers may reach of it. */
export interface Front {
  readonly server: Server;
  readonly forContainers: ContainerListenerPorts;
  /** Ends what is held open for those who listen, so that the server can stop. */
  endStreams(): void;
}

/** Makes the handler of each kind of path. */
export function createFront(front: FrontPorts): Front {
  const { settings, state, door, ports, operations, sites, clientAddress, clock, log } = front;
  const { dispatcher, wire } = door;
  const onError = (error: unknown): void => log.error({ err: error }, "internal failure");
  const budget = bodyBudget(bodiesInMemory);
  // What operators say about other sites is recorded in the default account.
  const replicationService = dispatcher.clientOf(replicationPrincipal, defaultAccount, globalRegion);
  const anybody = (from: { readonly ip: string; readonly userAgent: string; readonly secure: boolean }) =>
    dispatcher.clientFor({ type: "Anonymous" }, globalRegion, from);
  const reader = anybody({ ip: "127.0.0.1", userAgent: "issuer", secure: false });
  const issuerDocument = getIssuerDocument(ports.iam);
  const explain = explainDecision(door.decisions);
  const liveChanges = openLiveChanges({ door, state, clock, log, clientAddress });
  const ownPermissions = describeOwnPermissions(door.authoriser);
  const signIn = consoleSignIn({
    secondFactor: ports.secondFactor,
    attempts: createAttempts(),
    issueSession: (principal) => issueSession(principal, state.sealer, front.random),
  });
  const forContainers: ContainerListenerPorts = {
    guard: browserGuard(settings.domain, [...settings.allowedHosts, settings.host]),
    aws: createAwsHandler(door.wireOfContainers, budget, clientAddress),
    registry: registryHandler(front),
    issuers: createIssuerDocuments((issuer, document) => reader.invoke(issuerDocument, { issuer, document })),
    layers: (request, response) => front.layerLinks.serve(request, response),
    onError,
  };
  const hostPorts = {
    ec2: ports.ec2,
    clock,
    machineClock: systemClock,
    clientOf: dispatcher.clientOf,
  };
  const routes = {
    ...siteRoutes(siteCommands(sites, replicationService)),
    ...verificationRoutes(createLayerHashing(state.repositoryBlobs, dispatcher.clientOf)),
    ...loadBalancerRoutes(() => front.places()),
  };
  const server = createListener({
    ...forContainers,
    ...(front.certificate !== undefined && { certificate: front.certificate }),
    aws: createAwsHandler(wire, budget, clientAddress),
    sites: createSiteReceiver({
      ...{ operations, sites },
      service: replicationService,
      replicator: (account, region) =>
        dispatcher.clientAs(
          { servicePrincipal: replicationPrincipal, account, sessionName: "ecr-replication" },
          region,
        ),
      reportError: onError,
    }),
    hosts: createInstanceHostHandler(instanceHostCommands(hostPorts), budget),
    admin: createAdminHandler({ ...adminPorts(front), routes }, budget),
    signIn: createSignInHandler(
      ({ ip, userAgent, secure }, input) => anybody({ ip, userAgent, secure }).invoke(signIn, input),
      clientAddress,
      budget,
    ),
    decision: createDecisionHandler(
      wire.identify,
      ({ principal, region, source }, requestId) =>
        dispatcher.clientFor(principal, region, source).invoke(explain, { requestId }),
      clientAddress,
    ),
    liveChanges: liveChanges.serve,
    permissions: createPermissionsHandler(
      { ...{ identify: wire.identify, clientAddress, budget }, most: mostPermissions },
      ({ principal, region, source }, permissions) =>
        dispatcher.clientFor(principal, region, source).invoke(ownPermissions, { permissions }),
    ),
    console: createConsoleHandler(openConsoleFiles(join(front.dataDirectory, "..", "dist", "console"))),
    upgrade: (request, socket, head) =>
      (front.channels.takes(request) ? front.channels : front.agents).upgrade(request, socket, head),
  });
  return { server, forContainers, endStreams: liveChanges.close };
}

/** `/v2/…`. */
function registryHandler(front: FrontPorts): ReturnType<typeof createRegistryHandler> {
  const { settings, state, door, clock, random, log, metrics } = front;
  return createRegistryHandler({
    authenticate: (authorization) => openRegistryToken(authorization ?? "", state.sealer, clock.now()),
    onRefusal(fault, source) {
      const refused = { requestId: uuid(random), service: "ecr", fault, source };
      door.decisions.noteRefusal(wireRefusal(refused, clock.now()));
    },
    clientAddress: front.clientAddress,
    as: (principal, region, source) => door.dispatcher.clientFor(principal, region, source),
    dialectOf: (registry) => dialectOf(settings.registryDialects, registry),
    operations: front.operations,
    blobs: state.blobs,
    downloads: settings.blobDownloads,
    onTraffic({ received, sent }) {
      metrics.count("roadstead_registry_received_bytes_total", {}, received);
      metrics.count("roadstead_registry_sent_bytes_total", {}, sent);
    },
    reportError: (error, request) => log.error({ err: error, ...request }, "internal failure"),
  });
}

/** `/_roadstead/…`, but for further routes. */
function adminPorts(front: FrontPorts): Omit<Parameters<typeof createAdminHandler>[0], "routes"> {
  const { settings, services, clock, version, registryForm, metrics } = front;
  const { store } = front.state;
  return {
    health: async () => ({
      status: "ok",
      version,
      services: services.map((service) => service.signingName),
      database: store.dialect,
      registryNames: registryForm,
    }),
    ...(settings.allowReset && { reset: front.reset }),
    ...(settings.allowClock && {
      advanceClock(ms: number) {
        clock.advance(ms);
        return { now: new Date(clock.now()).toISOString() };
      },
    }),
    decisions: front.door.decisions,
    async metrics() {
      const backlog = await store.jobs.backlog();
      const gauges = backlog.map(
        ({ queue, state, jobs }): Gauge => ({
          name: "roadstead_jobs",
          labels: { queue, state },
          value: jobs,
        }),
      );
      return { type: metricsType, text: metrics.text(gauges) };
    },
    now: () => clock.now(),
    ...(settings.adminToken !== undefined && { adminToken: settings.adminToken }),
    clientAddress: front.clientAddress,
  };
}
