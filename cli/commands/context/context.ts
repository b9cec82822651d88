import { defineGroup } from "../../command.ts";
import { list } from "./list.ts";
import { remove } from "./remove.ts";
import { set } from "./set.ts";
import { use } from "./use.ts";

export const context = defineGroup("context", "Keep control planes and tokens under names", [
  list,
  use,
  set,
  remove,
]);
