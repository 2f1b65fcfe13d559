/** What an application load balancer says itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Further fields, name and value in turn. */
  readonly headers?: readonly string[];
}

/** AWS: how an application load balancer calls itself in what it answers itself. */
export const serverName = "awselb/2.0";

/** AWS: its words for a status in the status line; others have none (captured; those of its errors are documented). */
const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Not Allowed",
  408: "Request Time-out",
  409: "Conflict",
  410: "Gone",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version Not Supported",
};

/** AWS: the page of a redirect has other words than its status line (captured). */
const titles: Readonly<Record<number, string>> = { ...reasons, 302: "Found" };

/** The words of a status line. */
export const reasonOf = (status: number): string => reasons[status] ?? "";

/**
 * The page of an error or a redirect, as AWS's own: five lines ended by CRLF. Source: what a load balancer answers
 * ("Troubleshoot your Application Load Balancers" names the codes).
 */
export function page(status: number, headers?: readonly string[]): OwnAnswer {
  const title = `${status} ${titles[status] ?? ""}`.trim();
  const lines = [
    "<html>",
    `<head><title>${title}</title></head>`,
    "<body>",
    `<center><h1>${title}</h1></center>`,
    "</body>",
    "</html>",
    "",
  ];
  return { status, contentType: "text/html", body: lines.join("\r\n"), ...(headers && { headers }) };
}

/** An answer as bytes for a connection on which no request could be read; it is closed then. */
export function rawAnswer({ status, contentType, body }: OwnAnswer, date: Date): string {
  const lines = [
    `HTTP/1.1 ${status} ${reasonOf(status)}`.trim(),
    `Server: ${serverName}`,
    `Date: ${date.toUTCString()}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
