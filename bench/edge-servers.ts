import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Server, startServer } from "./servers.ts";

/** nginx before targets, with what a load balancer does: connections kept, who called told. @param targets `<address>:<port>` */
export function nginxTo(targets: readonly string[]): Promise<Server> {
  return nginx((port) => [
    `upstream target { ${targets.map((target) => `server ${target};`).join(" ")} keepalive 512; }`,
    `server { listen 127.0.0.1:${port} backlog=4096; keepalive_requests 100000000; location / {`,
    "  proxy_pass http://target; proxy_http_version 1.1; proxy_set_header Connection '';",
    "  proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "  proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Port $server_port;",
    "  proxy_set_header X-Amzn-Trace-Id $request_id; } }",
  ]);
}

function nginx(servers: (port: number) => readonly string[]): Promise<Server> {
  return startServer("/", (port, folder) => {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `  ${kind}_temp_path ${join(folder, kind)};`,
    );
    const lines = [
      // One process without a master: its processor time is all there is.
      "daemon off; master_process off; worker_processes 1;",
      `pid ${join(folder, "pid")}; error_log ${join(folder, "error.log")};`,
      "events { worker_connections 8192; }",
      "http { access_log off;",
      ...temporary,
      ...servers(port),
      "}",
    ];
    const config = join(folder, "nginx.conf");
    writeFileSync(config, `${lines.join("\n")}\n`);
    return { command: "nginx", args: ["-e", join(folder, "error.log"), "-c", config] };
  });
}

/** HAProxy before targets, likewise. */
export function haproxyTo(targets: readonly string[]): Promise<Server> {
  return startServer("/", (port, folder) => {
    const lines = [
      "global\n  nbthread 1\n  maxconn 8192",
      "defaults\n  mode http\n  timeout connect 10s\n  timeout client 60s\n  timeout server 60s",
      "  option forwardfor\n  http-reuse always",
      `frontend front\n  bind 127.0.0.1:${port} backlog 4096\n  default_backend back`,
      "  http-request set-header X-Forwarded-Proto http\n  http-request set-header X-Forwarded-Port %[dst_port]",
      "  http-request set-header X-Amzn-Trace-Id %[uuid()]",
      "backend back",
      ...targets.map((target, index) => `  server target${index} ${target}`),
    ];
    const config = join(folder, "haproxy.cfg");
    writeFileSync(config, `${lines.join("\n")}\n`);
    return { command: "haproxy", args: ["-db", "-f", config] };
  });
}
