import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tarOf } from "../../kernel/tar.ts";
import type { ContainerEngine } from "../engine/port.ts";

const repository = "roadstead/pause";

/** Processors that there is a pause program for, as engines name them. */
const architectures = new Set(["amd64", "arm64"]);

/**
 * The image of pause containers: one static program, made from the bytes in `folder` (`pause-amd64`, `pause-arm64`;
 * its source is tools/pause/pause.c). Imported when the engine does not have it; nothing is pulled.
 * @returns the image's id.
 */
export async function pauseImage(engine: ContainerEngine, folder: string): Promise<string> {
  const { architecture } = await engine.version();
  const name = architecture === "x86_64" ? "amd64" : architecture === "aarch64" ? "arm64" : architecture;
  if (!architectures.has(name)) throw new Error(`there is no pause program for ${architecture}`);
  const program = await readFile(join(folder, `pause-${name}`));
  const tag = createHash("sha256").update(program).digest("hex").slice(0, 16);
  const there = await engine.inspectImage(`${repository}:${tag}`);
  if (there !== undefined) return there.id;
  return engine.importImage(tarOf("pause", program, 0o755), {
    repository,
    tag,
    changes: ['ENTRYPOINT ["/pause"]'],
    message: "the program of pause containers",
    platform: `linux/${name}`,
  });
}
