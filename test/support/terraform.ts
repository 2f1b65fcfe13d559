import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command, missing } from "./command.ts";

/** Nothing is asked for: not every action has `-input`, every action heeds this. */
const unattended = { TF_INPUT: "0" };

/** A copy of one of `examples`, in a folder of its own. */
export interface TerraformExample {
  /** Why it cannot be tried; undefined when it can. */
  readonly unavailable: string | undefined;
  /** Runs `terraform <action>` against the endpoint. `text` is all that it printed. */
  run(endpoint: string, action: string, ...args: readonly string[]): Promise<TerraformOutcome>;
  remove(): void;
}

export interface TerraformOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly text: string;
}

/** @param name the folder in `examples`. @param account whose root Terraform calls as. */
export function terraformExample(name: string, account: string): TerraformExample {
  const folder = mkdtempSync(join(tmpdir(), `roadstead-${name}-`));
  return {
    unavailable: prepare(name, folder),
    async run(endpoint, action, ...args) {
      const outcome = await command("terraform", [action, "-no-color", ...args], {
        cwd: folder,
        env: {
          ...process.env,
          ...unattended,
          AWS_EC2_METADATA_DISABLED: "true",
          AWS_MAX_ATTEMPTS: "2",
          TF_VAR_endpoint: endpoint,
          TF_VAR_account: account,
        },
        timeoutMs: 280_000,
      });
      return { ...outcome, text: `${outcome.stdout}\n${outcome.stderr}` };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Why it cannot be tried: Terraform is not there, or finds no AWS provider (in its mirror, or for download). */
function prepare(name: string, folder: string): string | undefined {
  const reason = missing("terraform", "version");
  if (reason !== undefined) return reason;
  const example = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  cpSync(example, folder, { recursive: true, filter: (path) => !/\.terraform|\.tfstate/.test(path) });
  const init = spawnSync("terraform", ["init", "-backend=false", "-no-color"], {
    cwd: folder,
    env: { ...process.env, ...unattended },
    encoding: "utf8",
    timeout: 60_000,
  });
  if (init.status === 0) return undefined;
  const why = /Error: (.+)/.exec(init.stderr)?.[1] ?? "no answer";
  process.stderr.write(`SKIPPED: terraform finds no AWS provider: ${why}\n`);
  return "terraform finds no AWS provider";
}
