import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { Fault } from "../../../kernel/fault.ts";
import type { LoadBalancerType } from "../documents.ts";
import { reading } from "../operation.ts";
import { paged } from "../paging.ts";

/** AWS: what a listener has that names none (API Reference, "CreateListener": the console has another). */
export const defaultPolicy = "ELBSecurityPolicy-2016-08";

/** User Guide, "Security policies for your Application Load Balancer": the tables of protocols and ciphers. */
const tls13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const forwardGcm = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
];
const forwardSha2 = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES128-SHA256",
  "ECDHE-RSA-AES128-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA384",
];
const forwardAll = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES128-SHA256",
  "ECDHE-RSA-AES128-SHA256",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA384",
  "ECDHE-RSA-AES256-SHA",
  "ECDHE-ECDSA-AES256-SHA",
];
const rsaSha2 = ["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"];
const rsaAll = [
  "AES128-GCM-SHA256",
  "AES128-SHA256",
  "AES128-SHA",
  "AES256-GCM-SHA384",
  "AES256-SHA256",
  "AES256-SHA",
];

const since10 = ["TLSv1", "TLSv1.1", "TLSv1.2"];
const since11 = ["TLSv1.1", "TLSv1.2"];
const only12 = ["TLSv1.2"];
const with13 = (protocols: readonly string[]) => ["TLSv1.3", ...protocols];

/** Protocols and ciphers of each policy, in the order of preference. */
const policies: Readonly<
  Record<string, readonly [protocols: readonly string[], ciphers: readonly string[]]>
> = {
  "ELBSecurityPolicy-TLS13-1-3-2021-06": [["TLSv1.3"], tls13],
  "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": [with13(only12), [...tls13, ...forwardGcm]],
  "ELBSecurityPolicy-TLS13-1-2-2021-06": [with13(only12), [...tls13, ...forwardSha2]],
  "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": [with13(only12), [...tls13, ...forwardSha2, ...rsaSha2]],
  "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": [with13(only12), [...tls13, ...forwardAll, ...rsaAll]],
  "ELBSecurityPolicy-TLS13-1-1-2021-06": [with13(since11), [...tls13, ...forwardAll, ...rsaAll]],
  "ELBSecurityPolicy-TLS13-1-0-2021-06": [with13(since10), [...tls13, ...forwardAll, ...rsaAll]],
  "ELBSecurityPolicy-FS-1-2-Res-2020-10": [only12, forwardGcm],
  "ELBSecurityPolicy-FS-1-2-Res-2019-08": [only12, forwardSha2],
  "ELBSecurityPolicy-FS-1-2-2019-08": [only12, forwardAll],
  "ELBSecurityPolicy-FS-1-1-2019-08": [since11, forwardAll],
  "ELBSecurityPolicy-FS-2018-06": [since10, forwardAll],
  "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": [only12, [...forwardAll, ...rsaAll]],
  "ELBSecurityPolicy-TLS-1-2-2017-01": [only12, [...forwardSha2, ...rsaSha2]],
  "ELBSecurityPolicy-TLS-1-1-2017-01": [since11, [...forwardAll, ...rsaAll]],
  "ELBSecurityPolicy-2016-08": [since10, [...forwardAll, ...rsaAll]],
};

/** A security policy of secure listeners, as the API shows it. */
export type SslPolicy = elbv2.SslPolicy & { readonly Name: string };

/** Every policy that is served. AWS has more: for FIPS, for post-quantum keys, and for TLS that nobody should speak. */
const sslPolicies: readonly SslPolicy[] = Object.entries(policies).map(([Name, [protocols, ciphers]]) => ({
  Name,
  SslProtocols: [...protocols],
  Ciphers: ciphers.map((cipher, i) => ({ Name: cipher, Priority: i + 1 })),
  SupportedLoadBalancerTypes: ["application", "network"],
}));

/** A policy by its name; undefined for one that is not served. */
export function findPolicy(name: string): SslPolicy | undefined {
  return sslPolicies.find((policy) => policy.Name === name);
}

/** @throws Fault `SSLPolicyNotFound` */
export function needPolicy(name: string, type: LoadBalancerType): SslPolicy {
  const found = findPolicy(name);
  if (found?.SupportedLoadBalancerTypes?.includes(type)) return found;
  throw new Fault("SSLPolicyNotFound", `SSL policy '${name.slice(0, 128)}' not found`);
}

export const describeSslPolicies = reading("DescribeSSLPolicies", async (_ctx, input) => {
  const { Names = [], LoadBalancerType: type } = input;
  const named = Names.length === 0 ? sslPolicies : Names.map((name) => needPolicy(name, "application"));
  const wanted = named.filter(
    (policy) => type === undefined || policy.SupportedLoadBalancerTypes?.includes(type) === true,
  );
  const { items, NextMarker } = paged(wanted, ({ Name }) => Name, input);
  return { SslPolicies: [...items], NextMarker };
});
