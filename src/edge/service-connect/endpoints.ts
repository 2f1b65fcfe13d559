import {
  DiscoverInstancesCommand,
  DiscoverInstancesRevisionCommand,
  type HttpInstanceSummary,
} from "@aws-sdk/client-servicediscovery";
import type { Client } from "../../dispatch/context.ts";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import type { Endpoint } from "./choose-endpoint.ts";

/** How often it is asked whether the endpoints of a name have changed, in ms. */
const askedEvery = second;

/** Most endpoints of a name (Developer Guide, "Service Connect": 1,000 tasks of a service). */
const mostEndpoints = 1_000;

/** The endpoints of one name, as they are known now. */
export interface KnownEndpoints {
  readonly endpoints: readonly Endpoint[];
  /** Nobody asks for them any more. */
  close(): void;
}

export interface EndpointsPorts {
  /** Calls as the service-linked role of ECS. */
  readonly client: Client;
  readonly namespace: string;
  readonly discoveryName: string;
  /** Hears of what went wrong, the same thing once. */
  onError(error: unknown): void;
}

/**
 * Keeps the endpoints of a name: Cloud Map is asked for its revision, and for the instances when that has changed.
 * @returns once they are known for the first time, or could not be.
 */
export async function watchEndpoints(ports: EndpointsPorts): Promise<KnownEndpoints> {
  const { client } = ports;
  const name = { NamespaceName: ports.namespace, ServiceName: ports.discoveryName };
  let endpoints: readonly Endpoint[] = [];
  let revision: number | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let told: string | undefined;

  async function look(): Promise<void> {
    try {
      if (revision !== undefined) {
        const { InstancesRevision } = await client.send(new DiscoverInstancesRevisionCommand(name));
        if (InstancesRevision === revision) return;
      }
      const found = await client.send(
        new DiscoverInstancesCommand({
          ...name,
          MaxResults: mostEndpoints,
          HealthStatus: "HEALTHY_OR_ELSE_ALL",
        }),
      );
      endpoints = (found.Instances ?? []).flatMap(endpointOf);
      revision = found.InstancesRevision;
      told = undefined;
    } catch (error) {
      // Whoever offered it has gone.
      if (isFault(error, "ServiceNotFound", "NamespaceNotFound")) {
        endpoints = [];
        revision = undefined;
        return;
      }
      // What was known last is used on: a proxy outlives those who tell it.
      const text = error instanceof Error ? error.message : String(error);
      if (told !== text) ports.onError(error);
      told = text;
    }
  }
  function askAgain(): void {
    if (closed) return;
    timer = setTimeout(() => void look().finally(askAgain), askedEvery);
    timer.unref();
  }
  await look();
  askAgain();
  return {
    get endpoints() {
      return endpoints;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function endpointOf({ InstanceId: id = "", Attributes = {} }: HttpInstanceSummary): Endpoint[] {
  const { AWS_INSTANCE_IPV4: address, AWS_INSTANCE_PORT: port } = Attributes;
  return address === undefined || port === undefined ? [] : [{ id, address, port: Number(port) }];
}
