import { execFile } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An image of a web server that answers at once, and of what loads one. */
export const webImage = "roadstead-bench/web:1";
/** The port that its web server listens at. */
export const webPort = 8080;

/**
 * Makes it of nginx and of further programs as they are on this machine, at their own paths, with the libraries that they need
 * and nothing else.
 */
export async function importWebImage(...programs: readonly string[]): Promise<void> {
  const config = [
    `daemon off; master_process off; user root; pid /tmp/pid; error_log /dev/null;`,
    "events { worker_connections 8192; }",
    "http { access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;",
    "uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;",
    `server { listen ${webPort}; keepalive_requests 100000000;`,
    'location / { default_type text/plain; return 200 "a few bytes of an answer\\n"; } } }',
  ].join("\n");
  const script =
    'c=$1 i=$2; shift 2; d=$(mktemp -d) && n=$(readlink -f "$(command -v nginx)") && mkdir -p "$d/tmp" "$d/etc" && ' +
    'for p in nginx "$@"; do p=$(readlink -f "$(command -v "$p")"); ' +
    'for f in "$p" $(ldd "$p" | grep -o "/[^ ]*"); do mkdir -p "$d$(dirname "$f")" && cp -L "$f" "$d$f"; done; done && ' +
    'printf "%s" "$c" > "$d/nginx.conf" && echo root:x:0:0::/: > "$d/etc/passwd" && echo root:x:0: > "$d/etc/group" && ' +
    'tar -C "$d" -c . | docker import --change "ENTRYPOINT [\\"$n\\", \\"-e\\", \\"/dev/null\\", \\"-c\\", \\"/nginx.conf\\"]" - "$i" && rm -rf "$d"';
  await run("sh", ["-c", script, "sh", config, webImage, ...programs]);
}

/** Removes it, once nothing is left of the tasks of a family that were made of it. */
export async function removeWebImage(family: string): Promise<void> {
  const label = `label=com.amazonaws.ecs.task-definition-family=${family}`;
  const left = async (): Promise<string> =>
    (await run("docker", ["ps", "--all", "--quiet", "--filter", label])).stdout.trim();
  while ((await left()) !== "") await wait(500);
  await run("docker", ["image", "rm", webImage]);
}
