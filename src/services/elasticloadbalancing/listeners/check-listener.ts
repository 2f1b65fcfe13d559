import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import type { ListenerDocument, LoadBalancerType } from "../documents.ts";
import { notServed, validation } from "../faults.ts";
import type { ElbPorts } from "../ports.ts";
import type { Place } from "../scope.ts";
import { defaultPolicy, needPolicy } from "./ssl-policies.ts";

/** What a request says of a listener. */
export interface ListenerSettings {
  readonly Protocol?: elbv2.ProtocolEnum | undefined;
  readonly Port?: number | undefined;
  readonly SslPolicy?: string | undefined;
  readonly Certificates?: readonly elbv2.Certificate[] | undefined;
  readonly AlpnPolicy?: readonly string[] | undefined;
  readonly MutualAuthentication?: elbv2.MutualAuthenticationAttributes | undefined;
}

const protocols: Readonly<Record<LoadBalancerType, readonly string[]>> = {
  application: ["HTTP", "HTTPS"],
  network: ["TCP", "TLS", "UDP", "TCP_UDP"],
};

/** API Reference, "CreateListener". */
const alpnPolicies: readonly string[] = ["HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"];

/**
 * The document of a listener as a request makes it.
 * @throws Fault `ValidationError`, `UnsupportedProtocol`, `CertificateNotFound`, `SSLPolicyNotFound` …
 */
export async function checkListener(
  rows: Rows,
  place: Place,
  ports: Pick<ElbPorts, "certificate">,
  type: LoadBalancerType,
  given: ListenerSettings,
): Promise<Omit<ListenerDocument, "attributes">> {
  const { Protocol, Port } = given;
  if (Protocol === undefined) throw validation("A protocol must be specified");
  if (Port === undefined) throw validation("A port must be specified");
  if (Protocol === "QUIC" || Protocol === "TCP_QUIC" || Protocol === "GENEVE") {
    throw notServed(`The protocol '${Protocol}'`);
  }
  if (!protocols[type].includes(Protocol)) {
    throw validation(`Listener protocol '${Protocol}' must be one of '${protocols[type].join(", ")}'`);
  }
  if ((given.MutualAuthentication?.Mode ?? "off") !== "off") throw notServed("Mutual authentication");
  const certificates = await checkCertificates(rows, place, ports, Protocol, given.Certificates);
  const isSecure = Protocol === "HTTPS" || Protocol === "TLS";
  if (!isSecure && given.SslPolicy) {
    throw validation(`An SSL policy cannot be specified for ${Protocol} listeners`);
  }
  const alpn = checkAlpn(Protocol, given.AlpnPolicy);
  return {
    protocol: Protocol,
    port: Port,
    certificates,
    ...(isSecure && { sslPolicy: needPolicy(given.SslPolicy || defaultPolicy, type).Name }),
    ...(alpn !== undefined && { alpn }),
  };
}

async function checkCertificates(
  rows: Rows,
  place: Place,
  ports: Pick<ElbPorts, "certificate">,
  protocol: elbv2.ProtocolEnum,
  given: readonly elbv2.Certificate[] = [],
): Promise<readonly string[]> {
  const isSecure = protocol === "HTTPS" || protocol === "TLS";
  if (!isSecure) {
    if (given.length > 0) throw validation(`A certificate cannot be specified for ${protocol} listeners`);
    return [];
  }
  const [one, ...more] = given;
  if (one?.CertificateArn === undefined) {
    throw validation(`A certificate must be specified for ${protocol} listeners`);
  }
  if (more.length > 0 || one.IsDefault !== undefined) {
    throw validation("You must specify exactly one certificate as the default, without IsDefault");
  }
  await needCertificate(rows, place, ports, one.CertificateArn);
  return [one.CertificateArn];
}

/** @throws Fault `CertificateNotFound`, also for a certificate of another account or region. */
export async function needCertificate(
  rows: Rows,
  { account, region }: Place,
  ports: Pick<ElbPorts, "certificate">,
  arn: string,
): Promise<void> {
  const owned =
    arn.startsWith(`arn:aws:iam::${account}:`) || arn.startsWith(`arn:aws:acm:${region}:${account}:`);
  if (owned && (await ports.certificate(rows, arn)) !== undefined) return;
  throw new Fault("CertificateNotFound", `Certificate '${arn.slice(0, 512)}' not found`);
}

function checkAlpn(
  protocol: elbv2.ProtocolEnum,
  given: readonly string[] | undefined,
): readonly string[] | undefined {
  if (given === undefined || given.length === 0) return undefined;
  if (protocol !== "TLS") throw validation("An ALPN policy can only be specified for TLS listeners");
  const [policy = "", ...more] = given;
  if (more.length > 0) throw validation("You can specify only one ALPN policy");
  if (!alpnPolicies.includes(policy)) {
    throw new Fault("ALPNPolicyNotFound", `ALPN policy '${policy}' not found`);
  }
  return [policy];
}
