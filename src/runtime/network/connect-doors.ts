import { join } from "node:path";
import type { ConnectedName, ConnectedPort, TaskSpec } from "../task.ts";

/** A way through a task's pause container to a file, behind which a proxy of Service Connect listens. */
interface Door {
  /** A file name in the relay folder. */
  readonly socket: string;
  /**
   * Where the pause container listens when it cannot at the door's own port, which a container has: the kernel
   * redirects there.
   */
  readonly listensAt?: number;
}

/** Where a task calls a name of Service Connect. */
export interface ConnectDoor extends ConnectedName, Door {
  /** On the task's own loopback device. AWS's agent takes addresses of the same range. */
  readonly address: string;
}

/** Where a task is called by Service Connect: at its interface. */
export interface IngressDoor extends ConnectedPort, Door {}

/** Ours, above those that containers usually have: the first port at which redirected calls are taken. */
const firstListened = 15_100;

/** The doors of a task: each name has an address of its own, so that names may have the same port. */
export function connectDoors({
  taskId,
  connect,
  containers,
}: Pick<TaskSpec, "taskId" | "connect" | "containers">): {
  readonly calls: readonly ConnectDoor[];
  readonly ingress: readonly IngressDoor[];
} {
  const { routes = [], ports = [] } = connect ?? {};
  const names = [...new Set(routes.map(({ dnsName }) => dnsName))];
  const listened = listenedPorts(containers);
  // AWS: a port can have more than one name. What comes to it is told of the first.
  const served = ports.filter(
    (port, index) => ports.findIndex((other) => calledAt(other) === calledAt(port)) === index,
  );
  const taken = new Set([...listened, ...served.map(calledAt)]);
  let next = firstListened;
  const free = (): number => {
    while (taken.has(next)) next += 1;
    return next++;
  };
  const ingress = served.map((port, index) => ({
    ...port,
    socket: `${taskId}-in-${index}.sock`,
    ...(listened.has(calledAt(port)) && { listensAt: free() }),
  }));
  const calls = routes.map((route, index) => ({
    ...route,
    address: `127.255.0.${names.indexOf(route.dnsName) + 1}`,
    socket: `${taskId}-${index}.sock`,
    ...(taken.has(route.port) && { listensAt: free() }),
  }));
  return { calls, ingress };
}

/** Where the proxy before a port is called. */
const calledAt = ({ ingressPort, containerPort }: ConnectedPort): number => ingressPort ?? containerPort;

/** What the pause program is told of the doors (tools/pause/pause.c). @param folder where it finds the files. */
export function doorArguments(
  { calls, ingress }: ReturnType<typeof connectDoors>,
  folder: string,
): readonly string[] {
  const door = (address: string, port: number, { listensAt, socket }: Door): string =>
    `${address}:${port}${listensAt === undefined ? "" : `@${listensAt}`}=${folder}/${socket}`;
  return [
    ...calls.map((call) => door(call.address, call.port, call)),
    ...ingress.map((port) => door("0.0.0.0", calledAt(port), port)),
  ];
}

/** The ports at which the containers of a task listen, as they say: on every address, perhaps. */
function listenedPorts(containers: TaskSpec["containers"]): ReadonlySet<number> {
  const mappings = containers.flatMap(({ definition }) => definition.portMappings ?? []);
  return new Set(
    mappings.flatMap(({ containerPort, containerPortRange, protocol }) => {
      if (protocol === "udp") return [];
      if (containerPort !== undefined) return [containerPort];
      const [first = 0, last = 0] = (containerPortRange ?? "").split("-").map(Number);
      return first > 0 && last >= first ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : [];
    }),
  );
}

/** The folder in which a task's pause container listens for whom to call; it alone writes there. */
export function dialFolder(relayFolder: string, taskId: string): string {
  return join(relayFolder, "dial", taskId);
}

/** Where it listens, on this machine. */
export const dialSocket = (relayFolder: string, taskId: string): string =>
  join(dialFolder(relayFolder, taskId), dialFile);

/** The file's name. */
export const dialFile = "d.sock";
