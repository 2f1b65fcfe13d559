import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Listener, Rule } from "../resource.ts";

/** As the API shows it. @param rules its rules: the default one holds its default actions. */
export function apiListener({ arn, parent, document }: Listener, rules: readonly Rule[]): elbv2.Listener {
  const { protocol, port, sslPolicy, certificates, alpn } = document;
  const [CertificateArn] = certificates;
  const actions = rules.find((rule) => rule.document.isDefault)?.document.actions ?? [];
  return {
    ListenerArn: arn,
    LoadBalancerArn: parent,
    Port: port,
    Protocol: protocol,
    ...(CertificateArn !== undefined && { Certificates: [{ CertificateArn }] }),
    ...(sslPolicy !== undefined && { SslPolicy: sslPolicy }),
    DefaultActions: [...actions],
    ...(alpn !== undefined && { AlpnPolicy: [...alpn] }),
    ...(protocol === "HTTPS" && { MutualAuthentication: { Mode: "off" } }),
  };
}
