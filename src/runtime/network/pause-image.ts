import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
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
  return engine.importImage(tarOf("pause", program), {
    repository,
    tag,
    changes: ['ENTRYPOINT ["/pause"]'],
    message: "the program of pause containers",
    platform: `linux/${name}`,
  });
}

/** A tar with one executable file, owned by root (POSIX.1-1988 ustar). */
export function tarOf(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const fields: readonly (readonly [at: number, text: string])[] = [
    [0, name],
    [100, "0000755\0"],
    [108, "0000000\0"],
    [116, "0000000\0"],
    [124, `${bytes.length.toString(8).padStart(11, "0")}\0`],
    [136, "00000000000\0"],
    [148, "        "],
    [156, "0"],
    [257, "ustar\x0000"],
  ];
  for (const [at, text] of fields) header.write(text, at, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([header, bytes, padding, Buffer.alloc(1024)]);
}
