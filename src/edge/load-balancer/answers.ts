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

/** AWS: its words for a status, where they are not the usual ones. */
const reasons: Readonly<Record<number, string>> = {
  301: "Moved Permanently",
  302: "Found",
  400: "Bad Request",
  403: "Forbidden",
  405: "Not Allowed",
  408: "Request Time-out",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  463: "",
  464: "",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version Not Supported",
};

/** The words of a status line. */
export const reasonOf = (status: number): string => reasons[status] ?? "";

/**
 * The page of an error or a redirect, as AWS's own: five lines ended by CRLF. Source: what a load balancer answers
 * ("Troubleshoot your Application Load Balancers" names the codes).
 */
export function page(status: number, headers?: readonly string[]): OwnAnswer {
  const title = `${status} ${reasonOf(status)}`.trim();
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
