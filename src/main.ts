import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAuditTrail } from "./audit/trail.ts";
import { createInstanceIdentity } from "./authn/instance-identity.ts";
import { issueRegistryToken, openRegistryToken } from "./authn/registry-token.ts";
import { issueSession } from "./authn/session-token.ts";
import { encryptionAtRest } from "./blobs/at-rest.ts";
import { openBlobs } from "./blobs/open.ts";
import type { BlobStore } from "./blobs/types.ts";
import { isLoopback, type Settings } from "./config/settings.ts";
import { createAgentSockets } from "./control/agents/sockets.ts";
import type { LoopPorts } from "./control/ports.ts";
import { createTaskCredentials } from "./control/task-credentials/task-credentials.ts";
import { createAuthoriser } from "./dispatch/authorise.ts";
import type { CallSource } from "./dispatch/context.ts";
import { createCredentials, wellKnownAccount } from "./dispatch/credentials.ts";
import { createDecisionLog, wireRefusal } from "./dispatch/decision-log.ts";
import { createDispatcher } from "./dispatch/dispatcher.ts";
import {
  createEncodedRefusals,
  type EncodedRefusalTable,
  openEncodedRefusals,
} from "./dispatch/encoded-refusals.ts";
import { createPolicies } from "./dispatch/policies.ts";
import { createRoleSessions } from "./dispatch/role-sessions.ts";
import type { Service } from "./dispatch/service.ts";
import { createServiceTable } from "./dispatch/service-table.ts";
import { createWireDoor } from "./dispatch/wire-door.ts";
import { linearRegex } from "./edge/load-balancer/linear-regex.ts";
import { isPublicAddress } from "./egress/address.ts";
import { createBoundedCall } from "./egress/bounded-call.ts";
import { createDocumentFetch } from "./egress/document-fetch.ts";
import { createGuardedRequests } from "./egress/guarded-request.ts";
import { createProbe } from "./egress/probe.ts";
import { createServerThumbprint } from "./egress/server-thumbprint.ts";
import { createAdminHandler } from "./http/admin.ts";
import { createAwsHandler } from "./http/aws.ts";
import { bodyBudget } from "./http/body.ts";
import { browserGuard } from "./http/browser-guard.ts";
import { readCertificate } from "./http/certificate.ts";
import { createDecisionHandler } from "./http/console/decisions.ts";
import { openConsoleFiles } from "./http/console/files.ts";
import { createConsoleHandler } from "./http/console/handler.ts";
import { createSignInHandler } from "./http/console/sign-in.ts";
import type { ContainerListenerPorts } from "./http/container-listener.ts";
import { createInstanceHostHandler } from "./http/instance-hosts.ts";
import { createIssuerDocuments, issuerPath } from "./http/issuer-documents.ts";
import { loadBalancerRoutes } from "./http/load-balancer-routes.ts";
import {
  chooseRegistryForm,
  originAt,
  originOf,
  proxyEndpoint,
  type RegistryForm,
  repositoryUri,
  type ServerAddress,
} from "./http/registry-names.ts";
import { createListener } from "./http/server.ts";
import { siteRoutes } from "./http/site-routes.ts";
import { unusedConnections } from "./http/unused-connections.ts";
import { verificationRoutes } from "./http/verification-routes.ts";
import { defaultAccount } from "./kernel/account.ts";
import { rootArn } from "./kernel/arn.ts";
import type { AccountId, Region } from "./kernel/brand.ts";
import { clientAddresses } from "./kernel/client-address.ts";
import { type MovableClock, movableClock, systemClock } from "./kernel/clock.ts";
import { uuid } from "./kernel/ids.ts";
import { type Random, systemRandom } from "./kernel/random.ts";
import { globalRegion } from "./kernel/region.ts";
import { dialectOf } from "./kernel/registry-dialect.ts";
import { sessionAccessKeyId } from "./kernel/session-key-id.ts";
import { bucketWriter } from "./main/bucket-writer.ts";
import { logCall } from "./main/call-log.ts";
import { cloudMapViews } from "./main/cloud-map-views.ts";
import { createContainers, type OpenRuntime } from "./main/containers.ts";
import { createExecSessions } from "./main/exec-sessions.ts";
import { iamOrganizations, lastUseOf } from "./main/iam-views.ts";
import { instanceHostCommands } from "./main/instance-hosts.ts";
import { loadBalancerNames } from "./main/load-balancer-names.ts";
import { type LoadBalancers, startLoadBalancers } from "./main/load-balancers.ts";
import { startLoops } from "./main/loops.ts";
import { migrations } from "./main/migrations.ts";
import { alarmView, openNames, testAnswer } from "./main/names.ts";
import { taggedResources } from "./main/tagged-resources.ts";
import type { Log } from "./observe/log.ts";
import { createMetrics, type Gauge, metricsType } from "./observe/metrics.ts";
import { createRegistryHandler } from "./registry/handler.ts";
import { createLayerLinks } from "./registry/layer-links.ts";
import { createSiteReceiver } from "./registry/site-receiver.ts";
import { openPullThrough } from "./registry/upstream/open.ts";
import { createNodeAddresses } from "./runtime/network/node-addresses.ts";
import { databasePath } from "./scan/database-file.ts";
import { createImageScanner } from "./scan/image-scanner.ts";
import { viewCertificate } from "./services/acm/certificate.ts";
import { createAcmService } from "./services/acm/service.ts";
import { createApplicationAutoScalingService } from "./services/application-autoscaling/service.ts";
import { createAutoScalingService } from "./services/autoscaling/service.ts";
import { createCloudFormationService } from "./services/cloudformation/service.ts";
import { createCloudTrailService } from "./services/cloudtrail/service.ts";
import { createCloudWatchService } from "./services/cloudwatch/service.ts";
import { assignPublicAddress } from "./services/ec2/addresses/assign-public-address.ts";
import type { Ec2Ports } from "./services/ec2/ports.ts";
import { createEc2Service } from "./services/ec2/service.ts";
import { collectEvery, collectionJob } from "./services/ecr/collection/garbage.ts";
import { createDataPlane } from "./services/ecr/data-plane.ts";
import { createRepositoryBlobs } from "./services/ecr/encryption/vault.ts";
import { createPullRecorder } from "./services/ecr/images/pull-recorder.ts";
import type { EcrPorts } from "./services/ecr/ports.ts";
import { replicationPrincipal } from "./services/ecr/replication/job.ts";
import { createEcrService } from "./services/ecr/service.ts";
import { siteCommands } from "./services/ecr/sites/commands.ts";
import { createSiteOperations } from "./services/ecr/sites/sites.ts";
import { createLayerHashing } from "./services/ecr/verification/vault-layers.ts";
import type { EcsPorts } from "./services/ecs/ports.ts";
import { createEcsService } from "./services/ecs/service.ts";
import { createTaskOperations } from "./services/ecs/tasks/execution.ts";
import { usersOfCertificate } from "./services/elasticloadbalancing/listeners/certificate-users.ts";
import type { ElbPorts } from "./services/elasticloadbalancing/ports.ts";
import { createElasticLoadBalancingService } from "./services/elasticloadbalancing/service.ts";
import { createEventsService } from "./services/events/service.ts";
import { createIdentityDirectory, hasRootKey } from "./services/iam/directory.ts";
import { openIdConnectProvider, samlProvider } from "./services/iam/identity-providers.ts";
import { viewInstanceProfile } from "./services/iam/instance-profile-view.ts";
import { type ManagedPolicyCatalogue, openManagedPolicies } from "./services/iam/managed-policy-catalogue.ts";
import { rootAccess } from "./services/iam/organization-features.ts";
import { getIssuerDocument, outboundIssuer } from "./services/iam/outbound-federation.ts";
import type { IamPorts } from "./services/iam/ports.ts";
import { principalRegister } from "./services/iam/principal-register.ts";
import { createSecondFactor } from "./services/iam/second-factor.ts";
import { viewServerCertificate } from "./services/iam/server-certificate-view.ts";
import { createIamService } from "./services/iam/service.ts";
import {
  openServiceLinkedRoles,
  type ServiceLinkedRoleCatalogue,
} from "./services/iam/service-linked-role-catalogue.ts";
import { createAttempts } from "./services/iam/sign-in/attempts.ts";
import { consoleSignIn } from "./services/iam/sign-in/console-sign-in.ts";
import { createKmsService } from "./services/kms/service.ts";
import { createLogsService } from "./services/logs/service.ts";
import { organizationOf } from "./services/organizations/organization.ts";
import { placeOf } from "./services/organizations/place.ts";
import { createOrganizationsService } from "./services/organizations/service.ts";
import { serviceControlOf } from "./services/organizations/service-control.ts";
import { organizationsPrincipal } from "./services/organizations/service-role.ts";
import type { Route53Ports } from "./services/route53/ports.ts";
import { createRoute53Service } from "./services/route53/service.ts";
import { createSecretsManagerService } from "./services/secretsmanager/service.ts";
import { createServiceDiscoveryService } from "./services/servicediscovery/service.ts";
import { createSsmService } from "./services/ssm/service.ts";
import { channelOperations } from "./services/ssm/sessions/channel-operations.ts";
import { explainDecision } from "./services/sts/decisions/explain-decision.ts";
import { createStsService } from "./services/sts/service.ts";
import { createTaggingService } from "./services/tagging/service.ts";
import { openStore } from "./store/open.ts";
import { openSealer } from "./store/sealer.ts";

/** The version in package.json; the build holds the two together. */
export const version = "0.1.0";

/** Nobody could call: the well-known keys are off on this address, and no account has a root key yet. */
export class NoRootKeyError extends Error {
  constructor(host: string) {
    super(`no account has a root key, and the well-known keys do not work on ${host}`);
    this.name = "NoRootKeyError";
  }
}

/** What a test may replace. Nothing of it can be reached from outside the process. */
export interface Overrides {
  readonly clock?: MovableClock;
  readonly random?: Random;
  /** Another catalogue of AWS managed policies, e.g. one whose service-linked role lacks an action. */
  readonly managedPolicies?: ManagedPolicyCatalogue;
  readonly serviceLinkedRoles?: ServiceLinkedRoleCatalogue;
  /** Other services, or operations, whose refusals carry an encoded message. */
  readonly encodedRefusals?: EncodedRefusalTable;
  /** Blobs through another store, e.g. one that fails now and then. */
  readonly blobs?: (real: BlobStore) => BlobStore;
  /** What runs the tasks of Fargate, instead of the runtime that the settings name. */
  readonly fargate?: OpenRuntime;
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

/** Request bodies held in memory at once, over all connections, in bytes. */
const bodiesInMemory = 256 * 1024 * 1024;
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
  const onError = (requestId: string, error: unknown): void =>
    log.error({ requestId, err: error }, "internal failure");

  const metrics = createMetrics();

  const certificate = readCertificate(settings);

  // State
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const sealer = openSealer(join(settings.dataDir, "key"));
  const store = await openStore({
    url: settings.databaseUrl,
    dataDir: settings.dataDir,
    migrations,
    clock,
    random,
    log,
  });
  const storage = await openBlobs({
    url: settings.blobsUrl,
    dataDir: settings.dataDir,
    clock,
    encryption: encryptionAtRest(settings.blobEncryption, sealer),
  });
  const blobs = overrides.blobs?.(storage) ?? storage;
  const repositoryBlobs = createRepositoryBlobs({
    storage,
    common: blobs,
    sealer,
    clock,
    clientOf: (service, account, region) => dispatcher.clientOf(service, account, region),
  });
  const trail = createAuditTrail(store, (error) =>
    log.error({ err: error }, "audit trail not written; trying again"),
  );

  // Services
  const wellKnownKeys = isLoopback(settings.host);
  const registryForm = await chooseRegistryForm(settings.registryNames, settings.domain);
  let port = settings.port;
  const address: ServerAddress = {
    domain: settings.domain,
    port: () => settings.front?.port ?? port,
    secure: settings.front?.secure ?? certificate !== undefined,
  };
  const addressOf = ({ host }: CallSource): string =>
    host === undefined ? originOf(address) : originAt(address, host);
  const layerLinks = createLayerLinks(sealer, repositoryBlobs, clock);
  const pulls = createPullRecorder((work) => store.transaction(work));
  const bootstrapAccounts = new Map(settings.bootstrapKeys.map((key) => [key.accessKeyId, key.account]));

  const encodedRefusals = createEncodedRefusals(
    overrides.encodedRefusals ?? openEncodedRefusals(dataDirectory),
    sealer,
  );
  const serverThumbprint = createServerThumbprint(settings.allowPrivateEgress ? () => true : isPublicAddress);
  const iamPorts: IamPorts = {
    managedPolicies: overrides.managedPolicies ?? openManagedPolicies(dataDirectory),
    slrCatalogue: overrides.serviceLinkedRoles ?? openServiceLinkedRoles(dataDirectory),
    roleOwners: () => services.flatMap((service) => service.roleOwners ?? []),
    lastUse: lastUseOf(trail, clock),
    jobs: store.jobs,
    runningCalls: (roleId) => sessions.running.ofRole(roleId),
    sealer,
    serverThumbprint: (url) => serverThumbprint(url).catch(() => undefined),
    organizations: iamOrganizations,
    issuerAddress: (id) => `${originOf(address)}${issuerPath}${id}`,
    serviceControl: serviceControlOf,
  };
  /** What the services that keep secrets need. */
  const keeping = { sealer, jobs: store.jobs, principals: principalRegister };
  const directory = createIdentityDirectory({ ...iamPorts, organization: placeOf });
  if (!wellKnownKeys && !(await hasRootKey(store.rows))) {
    await blobs.close();
    await store.close();
    throw new NoRootKeyError(settings.host);
  }
  const pullThrough = openPullThrough(settings, { operations: () => operations, blobs, clock, log });
  const ecrPorts: EcrPorts = {
    blobs,
    repositoryBlobs,
    jobs: store.jobs,
    pulls,
    pullThrough,
    scanner: createImageScanner(databasePath(settings.dataDir)),
    registryNames: {
      repositoryUri: (account, region, name) => repositoryUri(registryForm, address, account, region, name),
      proxyEndpoint: (account, region) => proxyEndpoint(registryForm, address, account, region),
      downloadUrl: (layer, expiresAt, ctx) =>
        `${address.secure ? "https" : "http"}://${ctx.source.host ?? new URL(originOf(address)).host}${layerLinks.path(layer, expiresAt)}`,
    },
    principals: principalRegister,
    registryToken: (principal, scope, now) => issueRegistryToken(principal, scope, sealer, now),
  };
  const operations = createDataPlane(ecrPorts);
  const sites = createSiteOperations({ repositoryBlobs, sealer });
  const taskOperations = createTaskOperations({ jobs: store.jobs });
  const containers = createContainers(settings, taskOperations, overrides.fargate);
  const nodeAddresses = createNodeAddresses(log);
  const instanceIdentity = createInstanceIdentity(sealer.key("ec2.instance-identity"));
  const ec2Ports: Ec2Ports = {
    sealer,
    signIdentity: instanceIdentity.sign,
    machine: containers.machine,
    instanceProfile: viewInstanceProfile,
    addressOf,
  };
  const secondFactor = createSecondFactor(sealer, (work) => store.transaction(work));
  const route53Ports: Route53Ports = {
    jobs: store.jobs,
    alarm: alarmView,
    testAnswer: (zone, name, type) => testAnswer(dns, zone, name, type),
  };
  const elbPorts: ElbPorts = {
    jobs: store.jobs,
    domain: settings.domain,
    certificate: (rows, arn) =>
      arn.startsWith("arn:aws:acm:")
        ? viewCertificate(rows, sealer, arn)
        : viewServerCertificate(rows, sealer, arn),
    isExpression: (text) => linearRegex(text) !== undefined,
  };
  const ecsPorts: EcsPorts = {
    verifyIdentity: instanceIdentity.verify,
    jobs: store.jobs,
    fargate: containers.fargate,
    openSessionChannel: channelOperations.openSessionChannel,
    addressOf,
  };
  const buckets = bucketWriter(settings.bucketFolders);
  const services: readonly Service[] = [
    createIamService(iamPorts),
    createStsService({
      issueSession: (principal) => issueSession(principal, sealer, random),
      identityProviders: { openIdConnect: openIdConnectProvider, saml: samlProvider },
      documents: createDocumentFetch(settings.allowPrivateEgress ? () => true : isPublicAddress),
      directory,
      outboundIssuer: (rows, account) => outboundIssuer(iamPorts, rows, account),
      organizationId: async (rows, account) => (await organizationOf(rows, account))?.id,
      rootAccess: (rows, account, target) => rootAccess(rows, iamOrganizations, account, target),
      secondFactor,
      accessKeyAccount: (accessKeyId) =>
        bootstrapAccounts.get(accessKeyId) ?? (wellKnownKeys ? wellKnownAccount(accessKeyId) : undefined),
      decodeMessage: encodedRefusals.decode,
    }),
    createEcrService(ecrPorts),
    createCloudFormationService(),
    createCloudTrailService({ trail, hasBucket: buckets.has }),
    createCloudWatchService(),
    createApplicationAutoScalingService(),
    createOrganizationsService(),
    createEventsService({
      principals: principalRegister,
      jobs: store.jobs,
      plainHttpEndpoints: settings.allowPrivateEgress,
    }),
    createLogsService(),
    createSecretsManagerService(keeping),
    createKmsService(keeping),
    createSsmService({
      principals: principalRegister,
      isConnected: (scope, target) => execSessions.isConnected(scope, target),
      endSession: (id) => execSessions.channels.endSession(id),
      addressOf,
    }),
    createEc2Service(ec2Ports),
    createAutoScalingService({ jobs: store.jobs }),
    createTaggingService({ taggedResources }),
    createRoute53Service(route53Ports),
    createServiceDiscoveryService({ jobs: store.jobs, ...cloudMapViews }),
    createAcmService({ sealer, usersOf: usersOfCertificate }),
    createElasticLoadBalancingService(elbPorts),
    createEcsService(ecsPorts),
  ];

  // The one door
  const table = createServiceTable(services);
  const policies = createPolicies(store, directory);
  const authoriser = createAuthoriser(policies, table.byArnName);
  const decisions = createDecisionLog();
  const sessions = createRoleSessions({ store, directory, authoriser, trail, decisions, clock, random });
  const dispatcher = createDispatcher({
    table,
    authoriser,
    sessions,
    encodedRefusals,
    trail,
    decisions,
    store,
    clock,
    random,
    onError,
    onCall(call) {
      logCall(log, call);
      const { service, operation, code: outcome = "ok" } = call;
      metrics.count("roadstead_calls_total", { service, operation, outcome });
    },
  });

  const execSessions = createExecSessions({
    exec: containers.exec,
    clock,
    random,
    log,
    clientAs: (role) => dispatcher.clientAs(role, role.region),
    clientOf: dispatcher.clientOf,
  });

  // Listeners
  const clientAddress = clientAddresses(settings.trustedProxies);
  const doorWith = (keys: Pick<Parameters<typeof createCredentials>[0], "wellKnownKeys" | "bootstrapKeys">) =>
    createWireDoor({
      table,
      credentials: createCredentials({ store, directory, sealer, ...keys }),
      dispatcher,
      clock,
      machineClock: systemClock,
      random,
      onError,
      onRefusal(refused) {
        const { requestId, fault, source } = refused;
        decisions.noteRefusal(wireRefusal(refused, clock.now()));
        log.info({ requestId, code: fault.code, from: source.ip }, `refused: ${fault.message}`);
      },
    });
  // On another address anyone who reaches the port could use them.
  const door = doorWith({ wellKnownKeys, bootstrapKeys: wellKnownKeys ? settings.bootstrapKeys : [] });
  const doorOfContainers = doorWith({ wellKnownKeys: false, bootstrapKeys: [] });
  const budget = bodyBudget(bodiesInMemory);
  // What operators say about other sites is recorded in the default account.
  const replicationService = dispatcher.clientOf(replicationPrincipal, defaultAccount, globalRegion);
  const registry = createRegistryHandler({
    authenticate: (authorization) => openRegistryToken(authorization ?? "", sealer, clock.now()),
    onRefusal(fault, source) {
      const refused = { requestId: uuid(random), service: "ecr", fault, source };
      decisions.noteRefusal(wireRefusal(refused, clock.now()));
    },
    clientAddress,
    as: (principal, region, source) => dispatcher.clientFor(principal, region, source),
    dialectOf: (registry) => dialectOf(settings.registryDialects, registry),
    operations,
    blobs,
    downloads: settings.blobDownloads,
    onTraffic({ received, sent }) {
      metrics.count("roadstead_registry_received_bytes_total", {}, received);
      metrics.count("roadstead_registry_sent_bytes_total", {}, sent);
    },
    reportError: (error, request) => log.error({ err: error, ...request }, "internal failure"),
  });
  let loadBalancers: LoadBalancers | undefined;
  const admin = createAdminHandler(
    {
      health: async () => ({
        status: "ok",
        version,
        services: services.map((service) => service.signingName),
        database: store.dialect,
        registryNames: registryForm,
      }),
      reset: settings.allowReset ? reset : undefined,
      advanceClock: settings.allowClock ? advanceClock : undefined,
      decisions,
      routes: {
        ...siteRoutes(siteCommands(sites, replicationService)),
        ...verificationRoutes(createLayerHashing(repositoryBlobs, dispatcher.clientOf)),
        ...loadBalancerRoutes(() => loadBalancers?.places() ?? []),
      },
      metrics: async () => {
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
      adminToken: settings.adminToken,
      clientAddress,
    },
    budget,
  );
  const issuerDocument = getIssuerDocument(iamPorts);
  const explain = explainDecision(decisions);
  const signIn = consoleSignIn({
    secondFactor,
    attempts: createAttempts(),
    issueSession: (principal) => issueSession(principal, sealer, random),
  });
  const anybody = dispatcher.clientFor({ type: "Anonymous" }, globalRegion, {
    ip: "127.0.0.1",
    userAgent: "issuer",
    secure: false,
  });
  const agents = createAgentSockets({
    clock,
    random,
    log,
    tasks: taskOperations,
    identify: (message) => door.identify(message, "ecs"),
    clientAddress,
    clientFor: dispatcher.clientFor,
    clientOf: dispatcher.clientOf,
    credentials: createTaskCredentials({ clientOf: dispatcher.clientOf, clock }),
    addressOf,
  });
  const forContainers: ContainerListenerPorts = {
    guard: browserGuard(settings.domain, [...settings.allowedHosts, settings.host]),
    aws: createAwsHandler(doorOfContainers, budget, clientAddress),
    registry,
    issuers: createIssuerDocuments((issuer, document) =>
      anybody.invoke(issuerDocument, { issuer, document }),
    ),
    layers: (request, response) => layerLinks.serve(request, response),
    onError: (error) => log.error({ err: error }, "internal failure"),
  };
  const server = createListener({
    ...forContainers,
    ...(certificate === undefined ? {} : { certificate }),
    aws: createAwsHandler(door, budget, clientAddress),
    sites: createSiteReceiver({
      operations,
      sites,
      service: replicationService,
      replicator: (account, region) =>
        dispatcher.clientAs(
          { servicePrincipal: replicationPrincipal, account, sessionName: "ecr-replication" },
          region,
        ),
      reportError: (error) => log.error({ err: error }, "internal failure"),
    }),
    hosts: createInstanceHostHandler(
      instanceHostCommands({
        ec2: ec2Ports,
        clock,
        machineClock: systemClock,
        clientOf: dispatcher.clientOf,
      }),
      budget,
    ),
    admin,
    signIn: createSignInHandler(
      ({ ip, userAgent, secure }, input) =>
        dispatcher
          .clientFor({ type: "Anonymous" }, globalRegion, { ip, userAgent, secure })
          .invoke(signIn, input),
      clientAddress,
      budget,
    ),
    decision: createDecisionHandler(
      door.identify,
      ({ principal, region, source }, requestId) =>
        dispatcher.clientFor(principal, region, source).invoke(explain, { requestId }),
      clientAddress,
    ),
    console: createConsoleHandler(openConsoleFiles(join(dataDirectory, "..", "dist", "console"))),
    upgrade: (request, socket, head) =>
      (execSessions.channels.takes(request) ? execSessions.channels : agents).upgrade(request, socket, head),
  });
  const closeUnused = unusedConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, settings.host, resolve);
  });
  port = (server.address() as AddressInfo).port;

  // Loops
  await scheduleCollection();
  const loopPorts: LoopPorts = {
    jobs: store.jobs,
    clock,
    random,
    log,
    clientAs: (role) => dispatcher.clientAs(role, role.region),
    clientOf: dispatcher.clientOf,
  };
  const dns = openNames({
    ...loopPorts,
    settings,
    sources: [loadBalancerNames(() => loadBalancers?.places() ?? [])],
    onError: (error) => log.error({ err: error }, "a question of DNS was not answered"),
  });
  const dnsPort = await dns.listen(settings.host, settings.dnsPort);
  const outgoing = createGuardedRequests({
    isAllowed: settings.allowPrivateEgress ? () => true : isPublicAddress,
    isNamed: () => false,
  });
  const loops = [
    ...startLoops({
      call: createBoundedCall(outgoing),
      probe: createProbe(settings.allowPrivateEgress ? () => true : isPublicAddress),
      route53: route53Ports,
      loops: loopPorts,
      clientFor: dispatcher.clientFor,
      ...{ trail, buckets },
      ...{ settings, operations, sites, keeping, storage, metrics, clientOfRoot },
      onBehalf: ({ principal, region, calledVia }, service) =>
        dispatcher.clientFor(principal, region, { ip: service, userAgent: service, secure: true }, [
          ...calledVia,
          service,
        ]),
      iam: iamPorts,
      ecr: ecrPorts,
      ecs: ecsPorts,
    }),
    ...(await containers.start({
      ...loopPorts,
      agents,
      dns,
      dataDirectory,
      listener: forContainers,
      nodes: nodeAddresses,
      assignPublicAddress,
      registryAddress: () => `${urlHost(settings.host)}:${port}`,
    })),
  ];
  loadBalancers = await startLoadBalancers({
    ...loopPorts,
    elb: elbPorts,
    cookieKey: sealer.key("elasticloadbalancing.cookies"),
    settings,
    nodeAddresses,
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
    policies.clear();
    sessions.clear();
    decisions.clear();
    await scheduleCollection();
  }

  function advanceClock(ms: number) {
    clock.advance(ms);
    return { now: new Date(clock.now()).toISOString() };
  }

  async function close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
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
    await trail.flush();
    await blobs.close();
    await store.close();
  }

  const scheme = certificate === undefined ? "http" : "https";
  return {
    url: `${scheme}://${urlHost(settings.host)}:${port}`,
    port,
    dnsPort,
    registryForm,
    services,
    close,
  };
}

function urlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host.includes(":") ? `[${host === "::" ? "::1" : host}]` : host;
}
