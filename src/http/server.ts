import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { Fault } from "../kernel/fault.ts";
import { layerLinkPath } from "../registry/layer-links.ts";
import { sitesPath } from "../registry/site-receiver.ts";
import type { BrowserGuard } from "./browser-guard.ts";
import type { Certificate } from "./certificate.ts";
import { decisionPath } from "./console/decisions.ts";
import type { ConsoleHandler } from "./console/handler.ts";
import { liveChangesPath } from "./console/live-changes.ts";
import { permissionsPath } from "./console/permissions.ts";
import { signInPath } from "./console/sign-in.ts";
import { hostsPath } from "./instance-hosts.ts";
import { issuerPath } from "./issuer-documents.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
/** A handler that answers `Expect: 100-continue` itself, when it wants the body. */
type PatientHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly awaitsContinue: boolean },
) => Promise<void>;

export interface ListenerPorts {
  /** Serves TLS where given. */
  readonly certificate?: Certificate;
  readonly guard: BrowserGuard;
  readonly aws: Handler;
  /** `/v2/…`. */
  readonly registry: PatientHandler;
  /** `/_roadstead/layers/…`: links to single layers, which carry their own permission. */
  readonly layers: Handler;
  /** `/_roadstead/issuers/…`: what issuers of web identity tokens publish. */
  readonly issuers: Handler;
  /** `/_roadstead/sites/…`: what other sites replicate. */
  readonly sites: Handler;
  /** `/_roadstead/hosts/…`: machines that are EC2 instances. */
  readonly hosts: Handler;
  /** `/_roadstead/…`. */
  readonly admin: Handler;
  /** `/_roadstead/sign-in`: a user signs in to the console. */
  readonly signIn?: Handler;
  /** `/_roadstead/decisions/…`: why a call was decided as it was, to those who may know. */
  readonly decision?: Handler;
  /** `/_roadstead/permissions`: what the asker may do. */
  readonly permissions?: Handler;
  /** `/_roadstead/events`: what changes, to those who may know. */
  readonly liveChanges?: Handler;
  /** Pages for browsers, at every other path. */
  readonly console?: ConsoleHandler;
  /** Connections that become sockets: those of container agents. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** One port for everything: the path tells registry and admin routes; the rest are AWS calls. */
export function createListener(ports: ListenerPorts): Server {
  const limits = {
    keepAliveTimeout: 65_000,
    headersTimeout: 60_000,
    requestTimeout: 0,
    maxHeaderSize: 32 * 1024,
  };
  const { certificate } = ports;
  const server =
    certificate === undefined
      ? createServer(limits)
      : createSecureServer({ ...limits, ...certificate, handshakeTimeout: 10_000 });

  const handle: PatientHandler = async (request, response, options) => {
    const url = request.url ?? "/";
    try {
      ports.guard.check(request.headers);
      if (url.startsWith("/v2/") || url === "/v2" || url.startsWith("/v2?")) {
        await ports.registry(request, response, options);
        return;
      }
      if (options.awaitsContinue) response.writeContinue();
      if (url.startsWith(layerLinkPath)) await ports.layers(request, response);
      else if (url.startsWith(issuerPath)) await ports.issuers(request, response);
      else if (url.startsWith(sitesPath)) await ports.sites(request, response);
      else if (url.startsWith(hostsPath)) await ports.hosts(request, response);
      else if (url === signInPath) await ports.signIn?.(request, response);
      else if (url.startsWith(decisionPath)) await ports.decision?.(request, response);
      else if (url === liveChangesPath) await ports.liveChanges?.(request, response);
      else if (url === permissionsPath) await ports.permissions?.(request, response);
      else if (url.startsWith("/_roadstead/")) await ports.admin(request, response);
      else if (ports.console?.serve(request, response) === true) request.resume();
      else await ports.aws(request, response);
    } catch (error) {
      fail(request, response, error);
    }
  };

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const refused = error instanceof Fault;
    // A client that went away in the middle of its own request is no error of ours.
    if (!refused && !request.destroyed && !response.destroyed) ports.onError(error);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    response.writeHead(refused ? (error.status ?? 400) : 500, {
      "Content-Type": "application/json",
      Connection: "close",
    });
    const body = refused
      ? { __type: error.code, message: error.message }
      : {
          __type: "InternalFailure",
          message: "The request processing has failed because of an unknown error.",
        };
    response.end(JSON.stringify(body));
  }

  server.on("request", (request, response) => void handle(request, response, { awaitsContinue: false }));
  server.on("checkContinue", (request, response) => void handle(request, response, { awaitsContinue: true }));
  server.on("upgrade", (request, socket, head) => {
    try {
      ports.guard.check(request.headers);
    } catch (error) {
      if (!(error instanceof Fault)) ports.onError(error);
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    ports.upgrade(request, socket, head).catch((error: unknown) => {
      ports.onError(error);
      socket.destroy();
    });
  });
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  return server;
}
