import { command } from "./command.ts";

/** Removes from the Docker Engine what tasks pulled from the registry of a Roadstead that is about to stop. */
export async function removePulledImages(port: number): Promise<void> {
  const { stdout } = await command("docker", ["images", "--format", "{{.Repository}} {{.ID}}"]);
  const ids = stdout
    .split("\n")
    .filter((line) => line.startsWith(`127.0.0.1:${port}/`) || line.startsWith(`localhost:${port}/`))
    .map((line) => line.split(" ")[1] ?? "");
  if (ids.length > 0) await command("docker", ["image", "rm", "--force", ...new Set(ids)]);
}
