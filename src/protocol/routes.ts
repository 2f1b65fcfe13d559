import type { OperationContract } from "./contract.ts";

/** One REST operation's address (Smithy specification, "http trait"). */
export interface Route {
  readonly operation: OperationContract;
  readonly method: string;
  readonly segments: readonly Segment[];
  /** Fixed query parameters, e.g. `?x-id=…`; an empty value needs only the name. */
  readonly query: readonly (readonly [name: string, value: string])[];
}

type Segment = { readonly literal: string } | { readonly label: string; readonly greedy: boolean };

/** A route that fits a request, and the values of its labels, decoded. */
export interface Matched {
  readonly operation: OperationContract;
  readonly labels: Readonly<Record<string, string>>;
}

/** The routes of a service's REST operations, most specific first. */
export function compileRoutes(operations: Iterable<OperationContract>): readonly Route[] {
  const routes: Route[] = [];
  for (const operation of operations)
    if (operation.http !== undefined) routes.push(routeOf(operation, operation.http));
  return routes.sort((a, b) => b.query.length - a.query.length || compareSegments(a.segments, b.segments));
}

function routeOf(operation: OperationContract, [method, uri]: NonNullable<OperationContract["http"]>): Route {
  const [path = "", queryText = ""] = uri.split("?");
  const segments = split(path).map((text): Segment => {
    const label = /^\{([^}+]+)(\+?)\}$/.exec(text);
    return label === null ? { literal: text } : { label: label[1] ?? "", greedy: label[2] === "+" };
  });
  return { operation, method, segments, query: [...new URLSearchParams(queryText)] };
}

/** Literals before labels, labels before greedy labels, longer before shorter. */
function compareSegments(a: readonly Segment[], b: readonly Segment[]): number {
  const rank = (segment: Segment | undefined) =>
    segment === undefined ? 3 : "literal" in segment ? 0 : segment.greedy ? 2 : 1;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = rank(a[i]) - rank(b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The segments of a path. AWS: a slash more or less at the end makes no difference. */
function split(path: string): string[] {
  const segments = path.split("/");
  if (segments[0] === "") segments.shift();
  if (segments.at(-1) === "") segments.pop();
  return segments;
}

/** The first route that fits; `undefined` when none does or a label is not valid percent-encoding. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
  query: ReadonlyMap<string, string>,
): Matched | undefined {
  const segments = split(path);
  for (const route of routes) {
    if (route.method !== method) continue;
    if (!route.query.every(([name, value]) => query.has(name) && (value === "" || query.get(name) === value)))
      continue;
    const labels = matchSegments(route.segments, segments);
    if (labels !== undefined) return { operation: route.operation, labels };
  }
  return undefined;
}

function matchSegments(
  pattern: readonly Segment[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let at = 0;
  for (let i = 0; i < pattern.length; i++) {
    const part = pattern[i];
    if (part === undefined) return undefined;
    if ("literal" in part) {
      if (segments[at] !== part.literal) return undefined;
      at++;
      continue;
    }
    const take = part.greedy ? segments.length - at - (pattern.length - i - 1) : 1;
    if (take < 1 || at + take > segments.length) return undefined;
    const value = decoded(segments.slice(at, at + take).join("/"));
    if (value === undefined || value === "") return undefined;
    labels[part.label] = value;
    at += take;
  }
  return at === segments.length ? labels : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
