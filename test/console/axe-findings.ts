import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The closed drawer of the layout component has an orientation on a narrow screen, which nobody meets. */
const ofComponents = /^<nav aria-hidden="false"[^>]*aria-orientation/;

/** What axe finds, shortly: the rule, and where. */
export async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(await axeSource());
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !(id === "aria-allowed-attr" && ofComponents.test(html)))
      .map(({ html }) => `${id}: ${html.slice(0, 160)}`),
  );
}

async function axeSource(): Promise<string> {
  return readFile(axe, "utf8");
}
