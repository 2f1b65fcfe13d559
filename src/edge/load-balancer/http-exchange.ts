import type { Duplex, Readable } from "node:stream";
import { type OwnAnswer, page, reasonOf, serverName } from "./answers.ts";
import { byShare } from "./choose-target.ts";
import { type ClientAnswer, forwardable } from "./client-answer.ts";
import { type Classification, classify, desyncAction } from "./desync.ts";
import { type ClientEnd, forwardedCount, forwardedFields } from "./forwarded-fields.ts";
import { redirectLocation } from "./redirect.ts";
import { type RequestHead, readHead } from "./request-head.ts";
import type { Forward, ListenerRoutes, Route } from "./routes.ts";
import {
  applicationCookie,
  cookieValue,
  groupCookie,
  stickyCookies,
  stickyTag,
  stickyValue,
  targetCookie,
} from "./stickiness.ts";
import type { AnswerSink, Failure } from "./target-answer.ts";
import type { CarriedGroup, CarriedTarget } from "./targets.ts";

/** What an exchange needs of the listener that it came by. */
export interface ExchangePorts {
  readonly routes: ListenerRoutes;
  /** The zone of the node that was asked. */
  readonly zone: string | undefined;
  /** The node's address: where requests to targets come from. */
  readonly localAddress: string | undefined;
  readonly client: ClientEnd;
  /** Epoch ms: since when the client is connected. */
  readonly connectedAt: number;
  /** Epoch ms. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** `1-<8 hex digits>-<24 hex digits>` */
  newTrace(): string;
  finished(exchange: HttpExchange): void;
}

/** A request as a client's connection gave it. */
export interface ClientRequest {
  readonly method: string;
  readonly url: string;
  /** `1.0`, `1.1` or `2.0` */
  readonly httpVersion: string;
  /** Name and value in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  /** Whether nothing follows the head, as the connection knows; undefined to go by the fields. */
  readonly withoutBody?: boolean;
  /** The protocol that it asks to change to. */
  readonly upgrade?: string;
}

/** AWS: quotas of Application Load Balancers, in bytes and addresses. */
const longestLine = 16 * 1024;
const largestField = 16 * 1024;
const mostForwarded = 30;

/** One request of a client, from its head to the end of its answer. */
export class HttpExchange implements AnswerSink {
  readonly request: ClientRequest;
  readonly ports: ExchangePorts;
  readonly #answer: ClientAnswer;
  /** Epoch ms. */
  readonly createdAt: number;
  /** What the client was answered; 0 until then. */
  status = 0;
  /** What the target answered. */
  targetStatus: number | undefined;
  /** When the request went to the target, and when the head and the end of its answer came: milliseconds of `performance`. */
  readonly receivedAt = performance.now();
  sentAt: number | undefined;
  answeredAt: number | undefined;
  endedAt: number | undefined;
  /** Bytes of the client's connection, when it has finished. */
  received = 0;
  sent = 0;
  requestHead: RequestHead | undefined;
  route: Route | undefined;
  group: CarriedGroup | undefined;
  target: CarriedTarget | undefined;
  redirectUrl: string | undefined;
  classification: Classification | undefined;
  traceId = "";
  #abort: (() => void) | undefined;
  #closeAfter = false;
  #done = false;
  #resume: (() => void) | undefined;
  #clientGone = false;
  /** Set when the client's connection changed its protocol. */
  onUpgraded: ((fields: readonly string[], target: Duplex) => void) | undefined;

  constructor(request: ClientRequest, answer: ClientAnswer, ports: ExchangePorts) {
    this.request = request;
    this.ports = ports;
    this.#answer = answer;
    this.createdAt = ports.now();
  }

  /** Answers, or sends the request on. */
  start(): void {
    const answer = this.#decide();
    if (answer !== undefined) this.#own(answer);
  }

  /** @returns what the load balancer answers itself; undefined when the request was sent on. */
  #decide(): OwnAnswer | undefined {
    const { method, url, httpVersion, rawHeaders } = this.request;
    const { routes, client } = this.ports;
    const version = httpVersion.startsWith("2") ? 2 : 1;
    const head = readHead({ method, url, sourceIp: client.address, version }, rawHeaders);
    this.requestHead = head;
    if (url.length > longestLine) return page(414);
    if (head === undefined || rawHeaders.some((text) => text.length > largestField)) return page(400);
    if (method === "TRACE") return page(405);
    if (forwardedCount(head.forwardedFor) > mostForwarded) return page(463);
    this.classification = classify(method, httpVersion, rawHeaders);
    const action = desyncAction(routes.desync, this.classification);
    if (action === "refuse") return page(400);
    this.#closeAfter = action === "route and close";
    const route = routes.routes.find(({ matches }) => matches(head));
    this.route = route;
    switch (route?.action.kind) {
      case "forward":
        return this.#forward(head, route, route.action.forward);
      case "redirect": {
        const { protocol, port } = routes.forwarding;
        const parts = { protocol, port, host: head.host, path: head.path, query: head.query };
        this.redirectUrl = redirectLocation(route.action.config, parts);
        return page(route.action.status, ["Location", this.redirectUrl]);
      }
      case "fixed-response": {
        const { status, contentType, body } = route.action;
        return { status, contentType, body };
      }
      default:
        return page(500);
    }
  }

  /** The client's connection has ended before its answer. */
  clientGone(): void {
    if (this.#done) return;
    this.#clientGone = true;
    if (this.#abort === undefined) this.#finish(460);
    else this.#abort();
  }

  /** Whether the head of the target's answer is still awaited. */
  get waiting(): boolean {
    return !this.#done && !this.#answer.begun;
  }

  began(abort: () => void): void {
    this.#abort = abort;
    if (this.#clientGone) abort();
  }

  head(status: number, reason: string, fields: readonly string[], resume: () => void): boolean {
    this.targetStatus = status;
    this.status = status;
    this.answeredAt = performance.now();
    this.#resume = resume;
    const answered = this.#withListenerFields(forwardable(fields));
    this.#addStickyCookies(answered);
    this.#answer.head(status, reason, answered, this.#closeAfter || this.#tooOld());
    return true;
  }

  data(chunk: Buffer): boolean {
    const more = this.#answer.write(chunk);
    if (!more && this.#resume !== undefined) this.#answer.onDrain(this.#resume);
    return more;
  }

  ended(trailers: readonly string[]): void {
    this.endedAt = performance.now();
    this.#answer.end(trailers);
    this.#finish(this.status);
  }

  upgraded(fields: readonly string[], socket: Duplex): void {
    this.targetStatus = 101;
    this.answeredAt = performance.now();
    this.endedAt = this.answeredAt;
    this.onUpgraded?.(fields, socket);
    this.#finish(101);
  }

  failed(why: Failure): void {
    if (this.#done) return;
    this.#abort = undefined;
    if (this.#clientGone) {
      this.#finish(460);
    } else if (this.#answer.begun) {
      this.#answer.abort();
      this.#finish(this.status);
    } else {
      this.#own(page(this.#statusOf(why)));
    }
  }

  #statusOf(why: Failure): number {
    switch (why) {
      case "timeout":
        // The client did not send all of its request in time, or the target did not answer.
        return this.request.body.readableEnded || this.#withoutBody() ? 504 : 408;
      case "unsendable":
        return 400;
      default:
        return 502;
    }
  }

  #withoutBody(): boolean {
    return this.request.withoutBody ?? this.requestHead?.hasBody !== true;
  }

  /** Something that the load balancer says itself. */
  #own({ status, contentType, body, headers = [] }: OwnAnswer): void {
    const said = this.ports.routes.sayServer ? ["Server", serverName] : [];
    const length = Buffer.byteLength(body);
    const fields = [
      ...said,
      ...["Date", new Date(this.createdAt).toUTCString()],
      ...["Content-Type", contentType, "Content-Length", String(length)],
      ...headers,
    ];
    // What follows on the connection would be the rest of a body that nobody reads.
    const close =
      this.#closeAfter || status === 400 || !(this.#withoutBody() || this.request.body.readableEnded);
    this.#answer.head(status, reasonOf(status), fields, close);
    if (this.request.method !== "HEAD") {
      this.#answer.write(body);
    }
    this.#answer.end([]);
    this.#finish(status);
  }

  #forward(head: RequestHead, route: Route, forward: Forward): OwnAnswer | undefined {
    const { localAddress } = this.ports;
    const group = this.#groupOf(head, forward);
    this.group = group;
    if (group === undefined) return page(503);
    const version = this.request.httpVersion.startsWith("2") ? 2 : 1;
    const { protocolVersion } = group.settings;
    // AWS: 464, "the load balancer received an incoming request protocol that is incompatible with the target group".
    if (protocolVersion !== "HTTP1" && version === 1) return page(464);
    if (protocolVersion === "HTTP1" && head.grpc) return page(464);
    const target = this.#targetOf(head, group);
    this.target = target;
    if (target === undefined) return page(503);
    const { upgrade, body } = this.request;
    const fields = forwardedFields(
      head,
      this.ports.routes.forwarding,
      this.ports.client,
      this.ports.newTrace,
    );
    this.traceId = fields[fields.indexOf("X-Amzn-Trace-Id") + 1] ?? "";
    this.#rewriteHost(fields, route);
    target.outstanding += 1;
    this.sentAt = performance.now();
    const request = {
      method: head.method,
      path: route.rewriteUrl?.(head.target) ?? head.target,
      fields,
      body: this.#withoutBody() ? null : body,
      ...(upgrade !== undefined && { upgrade }),
    };
    group.connectionsTo(target, localAddress).send(request, this);
    return undefined;
  }

  #rewriteHost(fields: string[], { rewriteHost }: Route): void {
    const at = fields.indexOf("Host");
    if (rewriteHost !== undefined && at >= 0) fields[at + 1] = rewriteHost(fields[at + 1] ?? "");
  }

  /** The group that the client's cookie names, or one by the weights. */
  #groupOf(head: RequestHead, { groups, weights, stickyFor }: Forward): CarriedGroup | undefined {
    if (groups.length < 2) return groups[0];
    if (stickyFor > 0) {
      const tag = stickyTag(cookieValue(head.cookie, groupCookie), this.ports.now());
      const known = groups.find((group, index) => group.tag === tag && (weights[index] ?? 0) > 0);
      if (known !== undefined) return known;
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return total === 0 ? undefined : byShare(groups, weights, this.ports.random() * total);
  }

  #targetOf(head: RequestHead, group: CarriedGroup): CarriedTarget | undefined {
    const { zone, now, random } = this.ports;
    const { stickiness } = group.settings;
    if (stickiness !== undefined && head.cookie !== "") {
      const byApplication = stickiness.type === "app_cookie";
      const value = cookieValue(head.cookie, byApplication ? applicationCookie : targetCookie);
      const bound = !byApplication || cookieValue(head.cookie, stickiness.cookieName) !== undefined;
      const tag = bound ? stickyTag(value, now()) : undefined;
      const known = tag === undefined ? undefined : group.byTag(tag, zone);
      if (known !== undefined) return known;
    }
    return group.choose(zone, now(), random);
  }

  #addStickyCookies(fields: string[]): void {
    const { group, target } = this;
    const action = this.route?.action;
    if (group === undefined || target === undefined || action?.kind !== "forward") return;
    const { stickyFor, groups } = action.forward;
    const { stickiness } = group.settings;
    if (stickyFor === 0 && stickiness === undefined) return;
    const now = this.ports.now();
    if (stickyFor > 0 && groups.length > 1) {
      fields.push(...stickyCookies(groupCookie, stickyValue(group.tag, now + stickyFor), now));
    }
    if (stickiness === undefined) return;
    const value = stickyValue(target.tag, now + stickiness.duration);
    if (stickiness.type === "lb_cookie") {
      fields.push(...stickyCookies(targetCookie, value, now));
    } else if (stickiness.type === "app_cookie" && setsCookie(fields, stickiness.cookieName)) {
      fields.push(...stickyCookies(applicationCookie, value, now).slice(0, 2));
    }
  }

  /** AWS: fields that the listener sets take the place of the target's. */
  #withListenerFields(fields: string[]): string[] {
    const { answerFields } = this.ports.routes;
    if (answerFields.size === 0) return fields;
    const kept = fields.filter((_text, at) => !answerFields.has((fields[at - (at % 2)] ?? "").toLowerCase()));
    return [...kept, ...[...answerFields.values()].flat()];
  }

  #tooOld(): boolean {
    return this.ports.now() - this.ports.connectedAt > this.ports.routes.clientKeepAlive;
  }

  #finish(status: number): void {
    if (this.#done) return;
    this.#done = true;
    this.status = status;
    if (this.target !== undefined && this.sentAt !== undefined) this.target.outstanding -= 1;
    this.ports.finished(this);
  }
}

function setsCookie(fields: readonly string[], name: string): boolean {
  return fields.some(
    (text, at) =>
      at % 2 === 1 && fields[at - 1]?.toLowerCase() === "set-cookie" && text.startsWith(`${name}=`),
  );
}
