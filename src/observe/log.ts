import { type Logger, pino } from "pino";

export type Log = Logger;

/** `text` for people at a terminal, `json` for machines. */
export type LogFormat = "text" | "json";

/**
 * Makes the log. Lines go to `write`, those of one turn of the event loop together; secrets never reach it, as no caller
 * hands it a request body or a header.
 */
export function createLog(format: LogFormat, level: string, write: (lines: string) => void): Log {
  const destination = {
    write: together(format === "json" ? write : (lines) => write(lines.split("\n").map(readable).join(""))),
  };
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** Gathers what is written in one turn of the event loop: a busy server spends one system call on many calls. */
function together(write: (lines: string) => void): (line: string) => void {
  let waiting = "";
  const flush = (): void => {
    const lines = waiting;
    waiting = "";
    process.off("exit", flush);
    write(lines);
  };
  return (line) => {
    if (waiting === "") {
      setImmediate(flush);
      process.once("exit", flush);
    }
    waiting += line;
  };
}

/** One line a person can read: time, level, message, and the rest as `key=value`. */
function readable(line: string): string {
  if (line === "") return "";
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${plain(value)}`);
  const stack = typeof err === "object" && err !== null && "stack" in err ? `\n${String(err.stack)}` : "";
  return `${[clock, levelName(Number(level)), String(msg ?? ""), ...fields].join(" ")}${stack}\n`;
}

function plain(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text ?? "") ? String(text) : JSON.stringify(text);
}

function levelName(level: number): string {
  if (level >= 50) return "ERROR";
  if (level >= 40) return "WARN ";
  if (level >= 30) return "INFO ";
  return "DEBUG";
}
