import { items, members, type Place, refused, text, whole } from "./values.ts";

/** A TCP port of a service's containers that the load balancer leads to. */
export interface PublishedPort {
  readonly target: number;
  readonly published: number;
}

const most = 65_535;

/** `80`, `8080:80`, `8080:80/tcp`, or the long form (Compose Specification, "ports"). */
export function readPorts(place: Place): readonly PublishedPort[] {
  return items(place).map((port) =>
    typeof port.value === "object" && port.value !== null ? long(port) : short(port),
  );
}

function short(place: Place): PublishedPort {
  const said = text(place);
  const [, published, target, protocol = "tcp"] =
    /^(?:(\d{1,5}):)?(\d{1,5})(?:\/([a-z]{1,9}))?$/.exec(said) ?? [];
  if (target === undefined)
    throw refused(place.path, `"${said}" is not supported: 8080:80 is, ranges and addresses are not`);
  onlyTcp(place.path, protocol);
  const number = (value: string) => whole({ path: place.path, value }, 1, most);
  return { target: number(target), published: number(published ?? target) };
}

function long(place: Place): PublishedPort {
  const has = members(place, ["name", "protocol", "published", "target"]);
  if (has.target === undefined) throw refused(place.path, "target is required");
  if (has.protocol !== undefined) onlyTcp(has.protocol.path, text(has.protocol));
  return { target: whole(has.target, 1, most), published: whole(has.published ?? has.target, 1, most) };
}

function onlyTcp(path: string, protocol: string): void {
  if (protocol !== "tcp")
    throw refused(path, `${protocol} is not supported: a load balancer looks after its targets by TCP`);
}
