import type { DnsRecord, HealthCheckConfig } from "@aws-sdk/client-servicediscovery";

/** What an operation does. */
export type Change =
  | { readonly type: "CREATE_NAMESPACE" }
  | {
      readonly type: "UPDATE_NAMESPACE";
      readonly description?: string | undefined;
      /** Seconds. */
      readonly soaTtl?: number | undefined;
    }
  | { readonly type: "DELETE_NAMESPACE" }
  | {
      readonly type: "UPDATE_SERVICE";
      readonly description?: string | undefined;
      /** The records from now on. */
      readonly records?: readonly DnsRecord[] | undefined;
      /** The health check from now on. */
      readonly healthCheck?: HealthCheckConfig | undefined;
    }
  | {
      readonly type: "REGISTER_INSTANCE";
      readonly attributes: Readonly<Record<string, string>>;
      readonly creatorRequestId?: string | undefined;
      /** The hosted zone of the load balancer that AWS_ALIAS_DNS_NAME names. */
      readonly aliasZoneId?: string | undefined;
    }
  | { readonly type: "DEREGISTER_INSTANCE" };
