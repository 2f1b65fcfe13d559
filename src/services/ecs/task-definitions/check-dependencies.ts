import { clientFault } from "../faults.ts";
import { invalidContainer } from "./invalid-container.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** Refuses containers that wait for each other, or for what will never be. Throws `ClientException`. */
export function checkDependencies(containers: readonly RegisteredContainer[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const before = new Map<string, string[]>();
  for (const container of containers) {
    const { name, links = [], volumesFrom = [], dependsOn = [] } = container;
    const linked = links.map((link) => link.split(":")[0] ?? "");
    for (const other of linked) {
      if (!byName.has(other) || other === name) {
        throw invalidContainer(name, `The linked container '${other}' does not exist.`);
      }
    }
    for (const { containerName = "", condition } of dependsOn) {
      const dependency = byName.get(containerName);
      if (dependency === undefined || containerName === name) {
        throw invalidContainer(name, `The dependency '${containerName}' does not exist.`);
      }
      // AWS: github.com/boto/boto3, issue 2436.
      if (dependency.essential && (condition === "SUCCESS" || condition === "COMPLETE")) {
        throw clientFault(
          "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
        );
      }
      if (condition === "HEALTHY" && dependency.healthCheck === undefined) {
        throw invalidContainer(
          name,
          `The dependency '${containerName}' with HEALTHY condition must have a health check.`,
        );
      }
    }
    before.set(name, [
      ...linked,
      ...volumesFrom.map(({ sourceContainer = "" }) => sourceContainer),
      ...dependsOn.map(({ containerName = "" }) => containerName),
    ]);
  }
  const cycle = findCycle(before);
  if (cycle !== undefined) {
    throw clientFault(`Containers cannot depend on each other in a cycle: ${cycle.join(", ")}.`);
  }
}

/** Some names that come round to the first again; `undefined` when none do. */
function findCycle(before: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    if (done.has(name)) return undefined;
    for (const next of before.get(name) ?? []) {
      const cycle = visit(next, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of before.keys()) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
