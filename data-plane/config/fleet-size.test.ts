import { expect, it } from "vitest";
import { FleetSize } from "./fleet-size.ts";

let nowMs = 0;
const fleetOf = (...sizes: number[]) => {
  const fleet = new FleetSize(() => nowMs);
  for (const size of sizes) fleet.update(size);
  return fleet;
};

it("is not known before somebody said it", () => {
  expect(new FleetSize().current).toBeUndefined();
});

it("believes at once that there are more", () => {
  expect(fleetOf(2, 3).current).toBe(3);
});

it("believes only after a while that there are fewer", () => {
  const fleet = fleetOf(5, 4);
  nowMs += 59_999;
  expect(fleet.current).toBe(5);
  nowMs += 1;
  expect(fleet.current).toBe(4);
});

it("forgets that there were fewer once they are back", () => {
  const fleet = fleetOf(5, 1, 5);
  nowMs += 60_000;
  expect(fleet.current).toBe(5);
});

it("believes the most of the smaller numbers it was told meanwhile, as proxies come back", () => {
  const fleet = fleetOf(5, 1);
  nowMs += 30_000;
  fleet.update(3);
  nowMs += 59_999;
  expect(fleet.current).toBe(5);
  nowMs += 1;
  expect(fleet.current).toBe(3);
});
