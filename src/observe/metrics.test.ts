import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("counters are written as Prometheus reads them", () => {
  const metrics = createMetrics();
  metrics.count("roadstead_calls_total", { service: "ecr", operation: "PutImage", outcome: "ok" });
  metrics.count("roadstead_calls_total", { service: "ecr", operation: "PutImage", outcome: "ok" }, 2);
  metrics.count("roadstead_calls_total", { service: "iam", operation: 'a"b\\c\nd', outcome: "AccessDenied" });
  metrics.count("roadstead_collections_total", {});
  const lines = metrics.text().split("\n");
  expect(lines).toContain('roadstead_calls_total{service="ecr",operation="PutImage",outcome="ok"} 3');
  expect(lines).toContain(
    'roadstead_calls_total{service="iam",operation="a\\"b\\\\c\\nd",outcome="AccessDenied"} 1',
  );
  expect(lines).toContain("roadstead_collections_total 1");
  expect(lines).toContain("# TYPE roadstead_collected_bytes_total counter");
  expect(lines.at(-1)).toBe("");
});

test("gauges are shown as they are given", () => {
  const labels = { queue: "ecr.scan", state: "due" };
  const lines = createMetrics()
    .text([{ name: "roadstead_jobs", labels, value: 3 }])
    .split("\n");
  expect(lines).toContain("# TYPE roadstead_jobs gauge");
  expect(lines).toContain('roadstead_jobs{queue="ecr.scan",state="due"} 3');
});

test("labels without end do not fill the memory", () => {
  const metrics = createMetrics();
  for (let i = 0; i < 10_050; i++) metrics.count("roadstead_calls_total", { operation: `made-up-${i}` });
  const lines = metrics.text().split("\n");
  expect(lines).toContain('roadstead_calls_total{other="true"} 50');
  expect(lines.length).toBeLessThan(10_020);
});
