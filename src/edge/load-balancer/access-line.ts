import type { ClientEnd } from "./forwarded-fields.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { FinishedFlow } from "./network-listener.ts";
import type { Carried } from "./ports.ts";

/**
 * A line of the access log of an application load balancer (Elastic Load Balancing User Guide, "Access logs for your
 * Application Load Balancer", "Access log entries"): fields between spaces, quoted where the guide quotes them.
 */
export function accessLine({ view, listener }: Carried, exchange: HttpExchange): string {
  const { requestHead: head, request, target, group, route, ports } = exchange;
  const { client, routes } = ports;
  const { protocol, port } = routes.forwarding;
  const times = timesOf(exchange);
  const arrived = target === undefined ? "-" : `${target.address}:${target.port}`;
  const status = exchange.targetStatus ?? "-";
  const url = `${protocol}://${head?.host ?? "-"}:${port}${request.url}`;
  const tls = client.tls;
  const certificate = tls === undefined ? undefined : listener.certificates[0]?.certificateArn;
  const { kind, reason } = exchange.classification ?? { kind: undefined, reason: undefined };
  return [
    typeOf(exchange),
    new Date(exchange.createdAt + times.all * 1000).toISOString(),
    view.loadBalancer.LoadBalancerArn.split("loadbalancer/")[1] ?? "-",
    `${client.address}:${client.port}`,
    arrived,
    seconds(times.request),
    seconds(times.target),
    seconds(times.response),
    exchange.status,
    status,
    exchange.received,
    exchange.sent,
    quoted(`${request.method} ${url} HTTP/${request.httpVersion}`),
    quoted(head?.header("user-agent")[0]),
    tls?.cipher ?? "-",
    tls?.version ?? "-",
    group?.arn ?? "-",
    quoted(exchange.traceId === "" ? undefined : exchange.traceId),
    quoted(tls === undefined ? undefined : head?.host),
    quoted(certificate),
    route?.priority ?? "-1",
    new Date(exchange.createdAt).toISOString(),
    quoted(route === undefined ? undefined : route.action.kind),
    quoted(exchange.redirectUrl),
    quoted(undefined),
    quoted(target === undefined ? undefined : arrived),
    quoted(target === undefined ? undefined : String(status)),
    quoted(kind),
    quoted(reason),
    "-",
  ].join(" ");
}

/** A line of the access log of a TLS listener of a network load balancer ("Access logs for your Network Load Balancer"). */
export function flowLine({ view, listener }: Carried, flow: FinishedFlow, endedAt: number): string {
  const { target, client } = flow;
  return [
    "tls",
    "2.0",
    stamp(endedAt),
    view.loadBalancer.LoadBalancerArn.split("loadbalancer/")[1] ?? "-",
    listener.listener.ListenerArn.split("/").at(-1) ?? "-",
    `${client.address}:${client.port}`,
    target === undefined ? "-" : `${target.address}:${target.port}`,
    Math.round(endedAt - flow.startedAt),
    "-",
    flow.received,
    flow.sent,
    "-",
    listener.certificates[0]?.certificateArn ?? "-",
    "-",
    client.tls?.cipher ?? "-",
    client.tls?.version ?? "-",
    "-",
    "-",
    "-",
    "-",
    "-",
    stamp(flow.startedAt),
  ].join(" ");
}

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19);

function typeOf({ request, requestHead, ports, targetStatus }: HttpExchange): string {
  const secure = ports.client.tls !== undefined;
  if (targetStatus === 101) return secure ? "wss" : "ws";
  if (requestHead?.grpc === true) return "grpcs";
  if (request.httpVersion.startsWith("2")) return "h2";
  return secure ? "https" : "http";
}

/** Seconds of each part; -1 for one that there was none of, as the guide says. */
function timesOf({ receivedAt, sentAt, answeredAt, endedAt }: HttpExchange) {
  const now = endedAt ?? performance.now();
  const part = (from: number | undefined, to: number | undefined): number =>
    from === undefined || to === undefined ? -1 : (to - from) / 1000;
  return {
    request: part(receivedAt, sentAt),
    target: part(sentAt, answeredAt),
    response: part(answeredAt, endedAt),
    all: (now - receivedAt) / 1000,
  };
}

const seconds = (value: number): string => (value < 0 ? "-1" : value.toFixed(3));

/** AWS: what could end the field, or the line, is written in hexadecimal. */
function quoted(text: string | undefined): string {
  if (text === undefined || text === "") return '"-"';
  const safe = text.replace(
    /["\\\p{Cc}]/gu,
    (sign) => `\\x${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
  );
  return `"${safe}"`;
}

/** A line of a connection log ("Connection logs for your Application Load Balancer", "Connection log entries"). */
export function connectionLine({ listener }: Carried, client: ClientEnd, at: number): string {
  return [
    new Date(at).toISOString(),
    ...[client.address, client.port, listener.listener.Port],
    ...[client.tls?.version ?? "-", client.tls?.cipher ?? "-"],
    // The time of the handshake is not measured; there are no certificates of clients.
    ...["-", quoted(undefined), "-", "-", "-", "-"],
  ].join(" ");
}
