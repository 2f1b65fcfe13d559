import { parseDocument } from "yaml";
import { interpolated } from "./interpolate.ts";
import { type PublishedPort, readPorts } from "./ports.ts";
import { fargateSize, type TaskSize } from "./size.ts";
import {
  duration,
  entries,
  items,
  mebibytes,
  members,
  type Place,
  refused,
  text,
  truth,
  whole,
  words,
} from "./values.ts";

/** What is carried out of a Compose file. */
export interface Project {
  readonly name: string;
  readonly services: readonly ComposeService[];
}

export interface ComposeService {
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
  readonly size: TaskSize;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly environment: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly ports: readonly PublishedPort[];
  /** Names of services that are up before this one is started. */
  readonly dependsOn: readonly string[];
  readonly healthCheck: HealthCheck | undefined;
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly init: boolean;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout: number;
}

/** Times in seconds; what is not given is as ECS has it. */
interface HealthCheck {
  readonly command: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly startPeriod?: number;
}

const projectName = /^[a-z][a-z0-9-]{0,40}$/;
const serviceName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads a Compose file (Compose Specification). Whatever is in it and would not be done is refused by its name.
 * @param name what the project is called unless the file or the caller says.
 * @param environment what `$NAME` and variables without a value stand for.
 */
export function readProject(
  yaml: string,
  { name, called }: { readonly name: string; readonly called?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Project {
  const document = parseDocument(yaml, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw refused("YAML", error.message);
  const root = { path: "", value: interpolated(document.toJS({ maxAliasCount: 100 }), "", environment) };
  const top = members(root, ["name", "services", "version"]);
  const known = called ?? (top.name === undefined ? name : text(top.name));
  if (!projectName.test(known))
    throw refused("name", `"${known}" is not lower-case letters, digits and hyphens after a letter`);
  const services = entries(top.services ?? { path: "services", value: undefined }).map(([service, place]) =>
    readService(service, place, environment),
  );
  if (services.length === 0) throw refused("services", "there is none");
  checkDependencies(services);
  checkPublished(services);
  return { name: known, services };
}

function readService(
  name: string,
  place: Place,
  environment: Readonly<Record<string, string | undefined>>,
): ComposeService {
  if (!serviceName.test(name))
    throw refused(place.path, "a service's name is a name of DNS: lower-case letters, digits and hyphens");
  const has = members(place, [
    "command",
    "depends_on",
    "deploy",
    "entrypoint",
    "environment",
    "expose",
    "healthcheck",
    "image",
    "init",
    "labels",
    "ports",
    "restart",
    "stop_grace_period",
    "user",
    "working_dir",
  ]);
  if (has.image === undefined) throw refused(`${place.path}.image`, "it is required: nothing is built");
  if (has.restart !== undefined && !/^(?:always|unless-stopped|on-failure)/.test(text(has.restart)))
    throw refused(has.restart.path, "tasks of a service are always started again");
  const deploy = has.deploy === undefined ? {} : members(has.deploy, ["replicas", "resources"]);
  return {
    name,
    image: text(has.image),
    replicas: deploy.replicas === undefined ? 1 : whole(deploy.replicas, 0, 100),
    size: readSize(deploy.resources),
    entrypoint: has.entrypoint && words(has.entrypoint),
    command: has.command && words(has.command),
    environment: pairs(has.environment, (variable) => environment[variable]),
    labels: pairs(has.labels, () => ""),
    ports: has.ports === undefined ? [] : readPorts(has.ports),
    dependsOn: has.depends_on === undefined ? [] : readDependencies(has.depends_on),
    healthCheck: has.healthcheck && readHealthCheck(has.healthcheck),
    user: has.user && text(has.user),
    workingDirectory: has.working_dir && text(has.working_dir),
    init: has.init !== undefined && truth(has.init),
    stopTimeout: has.stop_grace_period === undefined ? 10 : duration(has.stop_grace_period, 0, 120),
  };
}

function readSize(resources: Place | undefined): TaskSize {
  const limits = resources && members(resources, ["limits"]).limits;
  const has = limits === undefined ? {} : members(limits, ["cpus", "memory"]);
  const cpus = has.cpus === undefined ? 0 : Number(text(has.cpus));
  if (has.cpus !== undefined && !(cpus > 0)) throw refused(has.cpus.path, "a number is expected");
  const size = fargateSize(cpus * 1024, has.memory === undefined ? 0 : mebibytes(has.memory));
  if (size === undefined) throw refused(limits?.path ?? "", "no task of Fargate is so large");
  return size;
}

/** `NAME: value`, or a list of `NAME=value`; a variable without a value has the one that `otherwise` says, if any. */
function pairs(
  place: Place | undefined,
  otherwise: (name: string) => string | undefined,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const put = (name: string, value: string | undefined) => {
    if (value !== undefined) found.set(name, value);
  };
  if (Array.isArray(place?.value)) {
    for (const item of items(place)) {
      const [name = "", ...value] = text(item).split("=");
      put(name, value.length === 0 ? otherwise(name) : value.join("="));
    }
  } else if (place !== undefined) {
    for (const [name, item] of entries(place)) put(name, item.value === null ? otherwise(name) : text(item));
  }
  return found;
}

function readDependencies(place: Place): readonly string[] {
  if (Array.isArray(place.value)) return items(place).map(text);
  return entries(place).map(([name, dependency]) => {
    const { condition } = members(dependency, ["condition", "required", "restart"]);
    if (condition !== undefined && !["service_started", "service_healthy"].includes(text(condition)))
      throw refused(condition.path, "a service that ends by itself is started again");
    return name;
  });
}

function readHealthCheck(place: Place): HealthCheck | undefined {
  const has = members(place, ["disable", "interval", "retries", "start_period", "test", "timeout"]);
  if (has.disable !== undefined && truth(has.disable)) return undefined;
  if (has.test === undefined) throw refused(place.path, "test is required");
  const command = Array.isArray(has.test.value) ? items(has.test).map(text) : ["CMD-SHELL", text(has.test)];
  if (command[0] === "NONE") return undefined;
  if (command.length < 2 || !/^CMD(?:-SHELL)?$/.test(command[0] ?? ""))
    throw refused(has.test.path, "CMD, CMD-SHELL or NONE comes first");
  // The bounds are those of ECS (API Reference, "HealthCheck").
  return {
    command,
    ...(has.interval && { interval: duration(has.interval, 5, 300) }),
    ...(has.timeout && { timeout: duration(has.timeout, 2, 60) }),
    ...(has.retries && { retries: whole(has.retries, 1, 10) }),
    ...(has.start_period && { startPeriod: duration(has.start_period, 0, 300) }),
  };
}

function checkDependencies(services: readonly ComposeService[]): void {
  const byName = new Map(services.map((service) => [service.name, service]));
  const done = new Set<string>();
  const visit = ({ name, dependsOn }: ComposeService, above: readonly string[]): void => {
    if (above.includes(name))
      throw refused(
        `services.${name}.depends_on`,
        `it comes back to itself: ${[...above, name].join(" → ")}`,
      );
    if (done.has(name)) return;
    for (const dependency of dependsOn) {
      const found = byName.get(dependency);
      if (found === undefined)
        throw refused(`services.${name}.depends_on`, `there is no service ${dependency}`);
      visit(found, [...above, name]);
    }
    done.add(name);
  };
  for (const service of services) visit(service, []);
}

/** One load balancer has all ports: each is published once. */
function checkPublished(services: readonly ComposeService[]): void {
  const seen = new Set<number>();
  for (const { name, ports } of services) {
    for (const { published } of ports) {
      if (seen.has(published)) throw refused(`services.${name}.ports`, `${published} is published twice`);
      seen.add(published);
    }
    if (ports.length > 5) throw refused(`services.${name}.ports`, "a service of ECS has five target groups");
  }
}
