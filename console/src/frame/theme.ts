import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useState } from "react";

/** How the console looks. */
export type Theme = "light" | "dark";

const key = "roadstead.theme";

/** The theme that was chosen, or the one that the system prefers. */
function keptTheme(): Theme {
  const kept = localStorage.getItem(key);
  if (kept === "light" || kept === "dark") return kept;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Shows the page in it, before anything is drawn. */
export function applyKeptTheme(): void {
  applyMode(keptTheme() === "dark" ? Mode.Dark : Mode.Light);
}

/** The theme, and what changes it. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(keptTheme);
  return [
    theme,
    (chosen) => {
      localStorage.setItem(key, chosen);
      applyKeptTheme();
      setTheme(chosen);
    },
  ];
}
