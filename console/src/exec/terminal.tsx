import { FitAddon } from "@xterm/addon-fit";
import { Terminal as Screen } from "@xterm/xterm";
import { useEffect, useRef } from "react";
import { ExecSession, type SessionAddress } from "./exec-session.ts";
import "@xterm/xterm/css/xterm.css";
import "./terminal.css";

/** A terminal on a session, as long as it is shown. Everything a container writes is text to it. */
export function Terminal({
  address,
  name,
  onEnd,
}: {
  readonly address: SessionAddress;
  /** What it is called, for whom cannot see it. */
  readonly name: string;
  readonly onEnd: (why: string) => void;
}) {
  const place = useRef<HTMLElement>(null);
  const ended = useRef(onEnd);
  ended.current = onEnd;
  const { url, token } = address;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const screen = new Screen({ cursorBlink: true, screenReaderMode: true, fontSize: 13, scrollback: 5_000 });
    const fit = new FitAddon();
    screen.loadAddon(fit);
    screen.open(element);
    fit.fit();
    const session = new ExecSession({ url, token }, screen, {
      output: (bytes) => screen.write(bytes),
      end(why) {
        screen.options.disableStdin = true;
        screen.write(`\r\n${why}\r\n`.replace(/^\r\n\r\n$/, "\r\n"));
        ended.current(why);
      },
    });
    const typed = screen.onData((text) => session.type(text));
    const resized = screen.onResize((size) => session.resize(size));
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(element);
    screen.focus();
    return () => {
      observer.disconnect();
      typed.dispose();
      resized.dispose();
      session.close();
      screen.dispose();
    };
  }, [url, token]);
  return <section ref={place} className="terminal" aria-label={name} />;
}
