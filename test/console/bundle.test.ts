import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { noBrowser, signIn, startBrowser, visit } from "./browser.ts";

let roadstead: TestRoadstead;
let browser: Browser;

/** What the browser may load until a list is there, in bytes over the wire: code and styles, and with the fonts. */
const mostOfBundle = 500_000;
const mostInAll = 550_000;

describe.skipIf(noBrowser !== undefined)(`what a browser loads ${noBrowser ?? ""}`, () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await roadstead?.stop();
  });

  test("the first page, then the frame with its first list: compressed, and all from here", async () => {
    const { page, context, troubles } = await visit(browser);
    await page.goto(`${roadstead.url}/iam/roles`);
    await page.getByLabel("Access key ID").waitFor();
    await signIn(page, "test", "test");
    await page.getByText("No roles").waitFor();
    const loaded = await loadedBy(page);
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter(({ isOurs }) => !isOurs)).toEqual([]);
    expect(bytesOf(loaded.filter(({ isFont }) => !isFont))).toBeLessThan(mostOfBundle);
    expect(bytesOf(loaded)).toBeLessThan(mostInAll);
    expect(troubles).toEqual([]);
    await context.close();
  });
});

/** The files that a page has loaded so far, as the browser counts them: over the wire, with their headers. */
function loadedBy(
  page: Page,
): Promise<readonly { readonly isOurs: boolean; readonly isFont: boolean; readonly bytes: number }[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => entry as PerformanceResourceTiming)
      .map(({ name, transferSize }) => ({
        isOurs: name.startsWith(`${location.origin}/`),
        isFont: name.endsWith(".woff2"),
        bytes: transferSize,
      })),
  );
}

function bytesOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
