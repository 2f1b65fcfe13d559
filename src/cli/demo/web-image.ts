import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tarOf } from "../../kernel/tar.ts";
import { docker } from "./docker.ts";

/** Where busybox comes from when this machine has no static one of its own. */
const published = "public.ecr.aws/docker/library/busybox:stable";

/** The port that the web server of the story listens on. */
export const webPort = 8080;

/**
 * What the container runs: it says in its log who it is (the metadata endpoint) and with which role it may call (the
 * credentials endpoint), and serves one page with its version.
 */
const program = `
b=/bin/busybox
field() { $b sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
echo "task $($b wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task | field TaskARN)"
echo "role $($b wget -qO- http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI | field RoleArn)"
$b mkdir -p /www
echo "hello from $VERSION" >/www/index.html
exec $b httpd -f -p ${webPort} -h /www
`;

/** Makes a local image of a web server: busybox, and a version that it tells. */
export async function makeWebImage(image: string, version: string): Promise<void> {
  const changes = [
    `ENV VERSION=${version}`,
    `ENTRYPOINT ${JSON.stringify(["/bin/busybox", "sh", "-c", program])}`,
  ];
  const layer = tarOf("bin/busybox", await busybox(), 0o755);
  await docker(["import", ...changes.flatMap((change) => ["--change", change]), "-", image], layer);
}

async function busybox(): Promise<Buffer> {
  if (process.platform === "linux") {
    const own = await readFile("/bin/busybox").catch(() => undefined);
    // A program that names no interpreter needs no libraries: it runs in an image of its own.
    if (own !== undefined && !own.subarray(0, 4096).includes("ld-linux")) return own;
  }
  const folder = mkdtempSync(join(tmpdir(), "roadstead-demo-"));
  const container = (await docker(["create", published])).trim();
  try {
    await docker(["cp", `${container}:/bin/busybox`, join(folder, "busybox")]);
    return await readFile(join(folder, "busybox"));
  } finally {
    await docker(["rm", "--force", container]).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}
