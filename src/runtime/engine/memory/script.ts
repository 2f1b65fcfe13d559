/** What a container in memory does, one thing after the other. */
export type Step =
  | { readonly kind: "write"; readonly stream: "stdout" | "stderr"; readonly text: string }
  /** Seconds. */
  | { readonly kind: "sleep"; readonly seconds: number }
  | { readonly kind: "exit"; readonly code: number }
  /** The kernel kills it for its memory. */
  | { readonly kind: "out-of-memory" }
  /** What TERM does from now on: nothing, or an exit with a code. */
  | { readonly kind: "trap"; readonly exitCode: number | undefined }
  /** Runs on until it is stopped, as a server does. */
  | { readonly kind: "serve" };

/**
 * Reads the few commands that containers in memory know, out of what a shell would run: `echo`, `printf`, `sleep`,
 * `exit`, `true`, `false`, `trap '' TERM`, `trap 'exit 3' TERM`, `oom`, with `;`, `&&` or newlines between, and
 * `>&2`. Whatever else is run is a server. A script that ends exits with its last command's code.
 */
export function parseScript(command: readonly string[]): readonly Step[] {
  const [program = "", option, text] = command;
  const script = /(^|\/)(sh|bash)$/.test(program) && option === "-c" ? (text ?? "") : quoted(command);
  const commands = splitCommands(script);
  if (commands.length === 0) return [{ kind: "serve" }];
  return [...commands.map(parseCommand), { kind: "exit", code: commands.at(-1) === "false" ? 1 : 0 }];
}

const quoted = (command: readonly string[]): string => command.join(" ");

/** Cuts at `;`, `&&` and newlines that are in no quotes. */
function splitCommands(script: string): string[] {
  const parts = script.match(/(?:'[^']*'|"[^"]*"|(?!&&)[^;\n'"])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function parseCommand(command: string): Step {
  const toError = command.endsWith(">&2");
  const [name = "", ...words] = (toError ? command.slice(0, -3) : command).trim().split(/\s+/);
  const rest = unquoted(words.join(" "));
  const stream = toError ? "stderr" : "stdout";
  switch (name) {
    case "echo":
      return { kind: "write", stream, text: `${rest}\n` };
    case "printf":
      return { kind: "write", stream, text: rest.replaceAll("\\n", "\n") };
    case "sleep":
      return { kind: "sleep", seconds: Number(rest) || 0 };
    case "exit":
      return { kind: "exit", code: Number(rest) || 0 };
    case "true":
    case "false":
      return { kind: "sleep", seconds: 0 };
    case "oom":
      return { kind: "out-of-memory" };
    case "trap": {
      const code = /exit (\d+)/.exec(rest)?.[1];
      return { kind: "trap", exitCode: code === undefined ? undefined : Number(code) };
    }
    default:
      return { kind: "serve" };
  }
}

const unquoted = (text: string): string => text.replace(/^(['"])(.*)\1$/s, "$2");
