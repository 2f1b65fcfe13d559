/** Waits until a page has what it asked for. The network is never idle: a page holds a stream of changes open. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const text = document.body.textContent ?? "";
    return !/\bLoading\b/.test(text) && document.querySelector('[aria-label="Loading"]') === null;
  });
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300);
}
