import { setTimeout as wait } from "node:timers/promises";
import { DescribeServicesCommand, type Service } from "@aws-sdk/client-ecs";
import type { Clients } from "./clients.ts";
import { cluster, service } from "./harbour.ts";

/** How long the story waits for a service, in ms. */
const patience = 120_000;

export async function look({ ecs }: Clients): Promise<Service> {
  const { services: [found] = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster, services: [service] }),
  );
  if (found === undefined) throw new Error("the service is gone");
  return found;
}

/** Looks until the service is as wanted. @param seen is shown each different look. Throws when it never is. */
export async function until(
  home: Clients,
  wanted: (found: Service) => boolean,
  seen: (found: Service) => void = () => undefined,
): Promise<Service> {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    const found = await look(home);
    seen(found);
    if (wanted(found)) return found;
    await wait(250);
  }
  throw new Error("the service did not come to rest");
}

/** One deployment, in every task that is wanted. */
export function steady({ deployments = [], runningCount, desiredCount }: Service): boolean {
  return (
    deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED" && runningCount === desiredCount
  );
}

/** The deployments in a line: `web:2 PRIMARY 1/3, web:1 ACTIVE 3/3`. */
export function deploymentsOf({ deployments = [] }: Service): string {
  return deployments
    .map(
      ({ taskDefinition = "", status, runningCount, desiredCount, rolloutState }) =>
        `${taskDefinition.split("/").at(-1)} ${status} ${runningCount}/${desiredCount} ${rolloutState}`,
    )
    .join(", ");
}

/** The newest events, oldest first. */
export function newestEvents({ events = [] }: Service, count: number): string {
  return events
    .slice(0, count)
    .map(({ message = "" }) => message)
    .reverse()
    .join("\n");
}
