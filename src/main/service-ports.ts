import { createInstanceIdentity } from "../authn/instance-identity.ts";
import { issueRegistryToken } from "../authn/registry-token.ts";
import { issueSession } from "../authn/session-token.ts";
import { isLoopback, type Settings } from "../config/settings.ts";
import { wellKnownAccount } from "../dispatch/credentials.ts";
import type { EncodedRefusals } from "../dispatch/encoded-refusals.ts";
import type { RunningCalls } from "../dispatch/running-calls.ts";
import type { Service } from "../dispatch/service.ts";
import { linearRegex } from "../edge/load-balancer/linear-regex.ts";
import { isPublicAddress } from "../egress/address.ts";
import { createDocumentFetch } from "../egress/document-fetch.ts";
import { createServerThumbprint } from "../egress/server-thumbprint.ts";
import { issuerPath } from "../http/issuer-documents.ts";
import { proxyEndpoint, type RegistryForm, repositoryUri } from "../http/registry-names.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Random } from "../kernel/random.ts";
import type { LayerLinks } from "../registry/layer-links.ts";
import { databasePath } from "../scan/database-file.ts";
import { createImageScanner } from "../scan/image-scanner.ts";
import { viewCertificate } from "../services/acm/certificate.ts";
import type { AcmPorts } from "../services/acm/ports.ts";
import { createPrivateAuthority } from "../services/acm/private-authority.ts";
import type { Ec2Ports } from "../services/ec2/ports.ts";
import type { PullRecorder } from "../services/ecr/images/pull-recorder.ts";
import type { EcrPorts } from "../services/ecr/ports.ts";
import type { PullThrough } from "../services/ecr/pull-through/ports.ts";
import type { EcsPorts } from "../services/ecs/ports.ts";
import { usersOfCertificate } from "../services/elasticloadbalancing/listeners/certificate-users.ts";
import type { ElbPorts } from "../services/elasticloadbalancing/ports.ts";
import type { EventsPorts } from "../services/events/ports.ts";
import { createIdentityDirectory } from "../services/iam/directory.ts";
import { openIdConnectProvider, samlProvider } from "../services/iam/identity-providers.ts";
import { viewInstanceProfile } from "../services/iam/instance-profile-view.ts";
import { openManagedPolicies } from "../services/iam/managed-policy-catalogue.ts";
import { rootAccess } from "../services/iam/organization-features.ts";
import { outboundIssuer } from "../services/iam/outbound-federation.ts";
import type { IamPorts } from "../services/iam/ports.ts";
import { principalRegister } from "../services/iam/principal-register.ts";
import { createSecondFactor, type SecondFactor } from "../services/iam/second-factor.ts";
import { viewServerCertificate } from "../services/iam/server-certificate-view.ts";
import { openServiceLinkedRoles } from "../services/iam/service-linked-role-catalogue.ts";
import type { KmsPorts } from "../services/kms/ports.ts";
import { organizationOf } from "../services/organizations/organization.ts";
import { placeOf } from "../services/organizations/place.ts";
import { serviceControlOf } from "../services/organizations/service-control.ts";
import type { Route53Ports } from "../services/route53/ports.ts";
import { channelOperations } from "../services/ssm/sessions/channel-operations.ts";
import type { StsPorts } from "../services/sts/ports.ts";
import type { Containers } from "./containers.ts";
import { iamOrganizations, lastUseOf } from "./iam-views.ts";
import { alarmView } from "./names.ts";
import type { Overrides } from "./overrides.ts";
import type { OwnAddress } from "./own-address.ts";
import type { State } from "./state.ts";

/** What stands when the services are made, and what comes after them and is asked for when it is there. */
export interface House {
  readonly state: State;
  readonly settings: Settings;
  /** The project's `data` folder. */
  readonly dataDirectory: string;
  readonly overrides: Overrides;
  readonly clock: Clock;
  readonly random: Random;
  readonly registryForm: RegistryForm;
  readonly address: OwnAddress;
  readonly layerLinks: LayerLinks;
  readonly encodedRefusals: EncodedRefusals;
  readonly pulls: PullRecorder;
  readonly pullThrough: PullThrough;
  readonly containers: Pick<Containers, "fargate" | "machine">;
  services(): readonly Service[];
  runningCalls(): RunningCalls;
  readonly testAnswer: Route53Ports["testAnswer"];
}

/** What each service needs of the house, by its name. */
export interface ServicePorts {
  readonly directory: ReturnType<typeof createIdentityDirectory>;
  readonly secondFactor: SecondFactor;
  /** For the services that keep secrets. */
  readonly keeping: KmsPorts;
  readonly acm: AcmPorts;
  readonly ec2: Ec2Ports;
  readonly ecr: EcrPorts;
  readonly ecs: EcsPorts;
  readonly elb: ElbPorts;
  readonly events: EventsPorts;
  readonly iam: IamPorts;
  readonly route53: Route53Ports;
  readonly sts: StsPorts;
}

/** Hands each service what it needs. */
export function createServicePorts(house: House): ServicePorts {
  const { settings, address, random, containers } = house;
  const { sealer, store } = house.state;
  const { jobs } = store;
  const isAllowed = settings.allowPrivateEgress ? () => true : isPublicAddress;
  const iam = iamPorts(house, isAllowed);
  const directory = createIdentityDirectory({ ...iam, organization: placeOf });
  const secondFactor = createSecondFactor(sealer, (work) => store.transaction(work));
  const identity = createInstanceIdentity(sealer.key("ec2.instance-identity"));
  return {
    ...{ iam, directory, secondFactor },
    keeping: { sealer, jobs, principals: principalRegister },
    acm: { sealer, usersOf: usersOfCertificate },
    ec2: {
      sealer,
      signIdentity: identity.sign,
      machine: containers.machine,
      instanceProfile: viewInstanceProfile,
      addressOf: address.addressOf,
    },
    ecr: ecrPorts(house),
    ecs: {
      jobs,
      verifyIdentity: identity.verify,
      fargate: containers.fargate,
      openSessionChannel: channelOperations.openSessionChannel,
      issueCertificate: createPrivateAuthority({ sealer }).issueCertificate,
      addressOf: address.addressOf,
    },
    elb: {
      jobs,
      domain: settings.domain,
      certificate: (rows, arn) =>
        arn.startsWith("arn:aws:acm:")
          ? viewCertificate(rows, sealer, arn)
          : viewServerCertificate(rows, sealer, arn),
      isExpression: (text) => linearRegex(text) !== undefined,
    },
    events: { jobs, principals: principalRegister, plainHttpEndpoints: settings.allowPrivateEgress },
    route53: { jobs, alarm: alarmView, testAnswer: house.testAnswer },
    sts: {
      ...{ directory, secondFactor },
      issueSession: (principal) => issueSession(principal, sealer, random),
      identityProviders: { openIdConnect: openIdConnectProvider, saml: samlProvider },
      documents: createDocumentFetch(isAllowed),
      outboundIssuer: (rows, account) => outboundIssuer(iam, rows, account),
      organizationId: async (rows, account) => (await organizationOf(rows, account))?.id,
      rootAccess: (rows, account, target) => rootAccess(rows, iamOrganizations, account, target),
      accessKeyAccount: bootstrapAccount(settings),
      decodeMessage: house.encodedRefusals.decode,
    },
  };
}

function iamPorts(house: House, isAllowed: (address: string) => boolean): IamPorts {
  const { overrides, dataDirectory, state, address, clock } = house;
  const serverThumbprint = createServerThumbprint(isAllowed);
  return {
    managedPolicies: overrides.managedPolicies ?? openManagedPolicies(dataDirectory),
    slrCatalogue: overrides.serviceLinkedRoles ?? openServiceLinkedRoles(dataDirectory),
    roleOwners: () => house.services().flatMap((service) => service.roleOwners ?? []),
    lastUse: lastUseOf(state.trail, clock),
    jobs: state.store.jobs,
    runningCalls: (roleId) => house.runningCalls().ofRole(roleId),
    sealer: state.sealer,
    serverThumbprint: (url) => serverThumbprint(url).catch(() => undefined),
    organizations: iamOrganizations,
    usersOfCertificate,
    issuerAddress: (id) => `${address.origin()}${issuerPath}${id}`,
    serviceControl: serviceControlOf,
  };
}

function ecrPorts(house: House): EcrPorts {
  const { state, settings, registryForm, address, layerLinks, pulls, pullThrough } = house;
  const { blobs, repositoryBlobs, sealer } = state;
  return {
    ...{ blobs, repositoryBlobs, pulls, pullThrough },
    jobs: state.store.jobs,
    scanner: createImageScanner(databasePath(settings.dataDir)),
    registryNames: {
      repositoryUri: (account, region, name) => repositoryUri(registryForm, address, account, region, name),
      proxyEndpoint: (account, region) => proxyEndpoint(registryForm, address, account, region),
      downloadUrl: (layer, expiresAt, { source }) =>
        `${address.addressOf(source)}${layerLinks.path(layer, expiresAt)}`,
    },
    principals: principalRegister,
    registryToken: (principal, scope, now) => issueRegistryToken(principal, scope, sealer, now),
  };
}

/** The account of a key that is in no row. The well-known ones work on loopback only. */
function bootstrapAccount(settings: Settings): StsPorts["accessKeyAccount"] {
  const accounts = new Map(settings.bootstrapKeys.map((key) => [key.accessKeyId, key.account]));
  const wellKnown = isLoopback(settings.host);
  return (id) => accounts.get(id) ?? (wellKnown ? wellKnownAccount(id) : undefined);
}
