import type { HealthCheckConfig, ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Instance } from "../instances/instance.ts";
import type { Namespace } from "../namespaces/namespace.ts";
import { healthCheckOf, recordsOf } from "../records/records.ts";
import type { CloudMapService } from "../services/cloud-map-service.ts";
import type { Operation } from "./operation.ts";

/** What an operation asks of Route 53. */
export type ZoneWork =
  | {
      readonly kind: "create-zone";
      readonly name: string;
      /** Tells a second attempt from another zone of the same name. */
      readonly reference: string;
      readonly comment?: string | undefined;
      readonly vpc?: { readonly id: string; readonly region: string } | undefined;
      /** Seconds. */
      readonly soaTtl: number;
    }
  | { readonly kind: "delete-zone"; readonly hostedZoneId: string }
  | {
      readonly kind: "set-soa";
      readonly hostedZoneId: string;
      readonly name: string;
      readonly soaTtl: number;
    }
  | {
      readonly kind: "change-instances";
      readonly hostedZoneId?: string | undefined;
      readonly instances: readonly InstanceWork[];
    };

/** What changes in Route 53 for one instance. */
export interface InstanceWork {
  readonly id: string;
  /** Made before. */
  readonly records: readonly ResourceRecordSet[];
  readonly healthCheckId?: string | undefined;
  /** What it shall have; `undefined` where it goes. Records are without their health check, which is not made yet. */
  readonly after?:
    | { readonly records: readonly ResourceRecordSet[]; readonly check?: HealthCheckConfig | undefined }
    | undefined;
}

/** What Route 53 has made of it. */
export interface ZoneResult {
  readonly hostedZoneId?: string | undefined;
  readonly instances: readonly {
    readonly id: string;
    readonly records: readonly ResourceRecordSet[];
    readonly healthCheckId?: string | undefined;
  }[];
}

/** What an operation is about, as it stands now. */
export interface Subjects {
  readonly namespace: Namespace;
  readonly service?: CloudMapService | undefined;
  /** The instances that it touches. */
  readonly instances: readonly Instance[];
}

/** What Route 53 has to do for an operation; `undefined` when it has nothing to do with it. */
export function zoneWorkOf(
  { change, targets }: Pick<Operation, "change" | "targets">,
  { namespace, service, instances }: Subjects,
): ZoneWork | undefined {
  const { hostedZoneId } = namespace;
  switch (change.type) {
    case "CREATE_NAMESPACE":
      if (namespace.type === "HTTP") return undefined;
      return {
        kind: "create-zone",
        name: namespace.name,
        reference: namespace.key.id,
        comment: namespace.description,
        vpc: namespace.vpc === undefined ? undefined : { id: namespace.vpc, region: namespace.key.region },
        soaTtl: namespace.soaTtl ?? defaultSoaTtl,
      };
    case "UPDATE_NAMESPACE":
      if (change.soaTtl === undefined || hostedZoneId === undefined) return undefined;
      return { kind: "set-soa", hostedZoneId, name: namespace.name, soaTtl: change.soaTtl };
    case "DELETE_NAMESPACE":
      return hostedZoneId === undefined ? undefined : { kind: "delete-zone", hostedZoneId };
    case "UPDATE_SERVICE": {
      if (service === undefined) return undefined;
      const changed = serviceAfter(service, change);
      return touched(
        hostedZoneId,
        instances.map((instance) => workOn(changed, namespace, instance, instance)),
      );
    }
    case "REGISTER_INSTANCE": {
      if (service === undefined || targets.instance === undefined) return undefined;
      const customHealth = initialHealth(service, change.attributes);
      const { attributes, aliasZoneId } = change;
      const wanted = { id: targets.instance, attributes, aliasZoneId, customHealth };
      return touched(hostedZoneId, [workOn(service, namespace, instances[0], wanted)]);
    }
    case "DEREGISTER_INSTANCE":
      return touched(
        hostedZoneId,
        instances.map(({ id, records, healthCheckId }) => ({ id, records, healthCheckId })),
      );
  }
}

/** Seconds; AWS's own for the zones of Cloud Map. */
export const defaultSoaTtl = 15;

/** What an instance's health is at first, where it is told (API Reference, "RegisterInstance"). */
export function initialHealth(
  { customHealth }: Pick<CloudMapService, "customHealth">,
  attributes: Readonly<Record<string, string>>,
): "HEALTHY" | "UNHEALTHY" | undefined {
  if (!customHealth) return undefined;
  return attributes.AWS_INIT_HEALTH_STATUS === "UNHEALTHY" ? "UNHEALTHY" : "HEALTHY";
}

/** A service after an update: records and health check that an update leaves out are gone, the custom one stays. */
export function serviceAfter(
  service: CloudMapService,
  {
    description,
    records,
    healthCheck,
  }: Omit<Extract<Operation["change"], { type: "UPDATE_SERVICE" }>, "type">,
): CloudMapService {
  return {
    ...service,
    description: description ?? service.description,
    dns:
      records === undefined || service.dns === undefined
        ? undefined
        : { routingPolicy: service.dns.routingPolicy, records },
    healthCheck,
  };
}

function workOn(
  service: CloudMapService,
  namespace: Namespace,
  before: Instance | undefined,
  wanted: Pick<Instance, "id" | "attributes" | "customHealth" | "aliasZoneId">,
): InstanceWork {
  return {
    id: wanted.id,
    records: before?.records ?? [],
    healthCheckId: before?.healthCheckId,
    after: {
      records: recordsOf(service, namespace.name, wanted),
      check: healthCheckOf(service, namespace.name, wanted.attributes, wanted.customHealth),
    },
  };
}

function touched(hostedZoneId: string | undefined, instances: readonly InstanceWork[]): ZoneWork | undefined {
  const busy = instances.some(
    ({ records, healthCheckId, after }) =>
      records.length > 0 ||
      healthCheckId !== undefined ||
      (after !== undefined && (after.records.length > 0 || after.check !== undefined)),
  );
  return busy ? { kind: "change-instances", hostedZoneId, instances } : undefined;
}
