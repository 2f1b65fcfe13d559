import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ConsoleFile, ConsoleFiles } from "./files.ts";
import { consoleHeaders } from "./headers.ts";

/** Serves the console's page and files. */
export interface ConsoleHandler {
  /** Answers when the request is for the console; says whether it was. */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

/** What a browser is told where the console is not built (a checkout that never ran the build). */
const notBuilt: ConsoleFile = {
  type: "text/plain; charset=utf-8",
  plain: Buffer.from("The console is not built.\n  try: npm run build\n"),
  immutable: false,
};

/**
 * The console shares the port with the AWS APIs. It takes what they never send: an unsigned GET or HEAD for one of its
 * files, or by a browser that wants a page (`Accept: text/html`). Every path that is no file is the page: it finds its
 * own way by the address, so deep links survive a reload.
 */
export function createConsoleHandler(files: ConsoleFiles | undefined): ConsoleHandler {
  const tags = new Map<ConsoleFile, string>();
  const tagOf = (file: ConsoleFile): string => {
    const tag =
      tags.get(file) ?? `"${createHash("sha256").update(file.plain).digest("base64url").slice(0, 22)}"`;
    tags.set(file, tag);
    return tag;
  };

  return {
    serve(request, response) {
      if (!isBare(request)) return false;
      const [path = "/"] = (request.url ?? "/").split("?");
      const file = files?.find(path) ?? (wantsPage(request, path) ? (files?.page ?? notBuilt) : undefined);
      if (file === undefined) return false;
      send(request, response, file, tagOf(file));
      return true;
    },
  };
}

/** Neither signed, in a header or in the query, nor a call of the Query protocol. */
function isBare({ method, headers, url = "/" }: IncomingMessage): boolean {
  if ((method !== "GET" && method !== "HEAD") || headers.authorization !== undefined) return false;
  return !/[?&](?:X-Amz-[A-Za-z]+|Action)=/i.test(url);
}

function wantsPage({ headers }: IncomingMessage, path: string): boolean {
  return !path.startsWith("/assets/") && (headers.accept ?? "").includes("text/html");
}

function send(request: IncomingMessage, response: ServerResponse, file: ConsoleFile, tag: string): void {
  const coding = (["br", "gzip"] as const).find(
    (name) => file[name] !== undefined && accepts(request.headers["accept-encoding"], name),
  );
  const body = (coding && file[coding]) ?? file.plain;
  const headers = {
    ...consoleHeaders,
    "Content-Type": file.type,
    "Cache-Control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    ETag: tag,
    Vary: "Accept-Encoding",
  };
  if (request.headers["if-none-match"] === tag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    ...(coding === undefined ? {} : { "Content-Encoding": coding }),
    "Content-Length": body.length,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** RFC 9110, 12.5.3: named, and not with weight 0. */
function accepts(header: string | string[] | undefined, coding: string): boolean {
  return String(header ?? "")
    .split(",")
    .some((item) => {
      const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
      return name === coding && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    });
}
