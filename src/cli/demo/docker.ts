import { execFile } from "node:child_process";

/** Runs the docker command. @returns what it printed. Throws with its own words. */
export function docker(args: readonly string[], input?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("docker", [...args], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`docker ${args[0]}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input ?? "");
  });
}

/** Whether a Docker Engine answers. */
export async function hasDocker(): Promise<boolean> {
  return docker(["version", "--format", "{{.Server.Version}}"]).then(
    () => true,
    () => false,
  );
}
